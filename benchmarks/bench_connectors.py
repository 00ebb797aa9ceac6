"""What a declared database costs: access requests and erasures over five tables of somebody else's, in seconds of the processor."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import bench
from connectors.declared import reading
from connectors.sources import registering
from rights_requests.enums import Right
from tests.connectors import crm

if TYPE_CHECKING:
    from collections.abc import Iterator

PEOPLE, REQUESTS = 1000, 200

_FILL = """
INSERT INTO sales.person (id, email, full_name, phone, last_contact_at)
SELECT n, 'noor' || n || '@customer.example', 'Noor Vermeulen ' || n, '+32 2 555 01 40', now() FROM generate_series(0, %(people)s - 1) AS n;
INSERT INTO sales.interaction (person_id, note, happened_at) SELECT p.id, 'Asked about maps', now() FROM sales.person p, generate_series(1, 4);
INSERT INTO sales.invoice (number, person_id, total, issued_on)
SELECT 'F-' || p.id || '-' || n, p.id, 121.50, CURRENT_DATE - 200 FROM sales.person p, generate_series(1, 4) AS n;
INSERT INTO sales.invoice_line (invoice_number, what) SELECT number, 'Maps' FROM sales.invoice;
INSERT INTO sales.survey (person_id, email, grade, remark) SELECT id, email, 8, 'Fine maps' FROM sales.person, generate_series(1, 4);
ANALYZE;
"""


def access(scale: float) -> dict[str, Any]:
    """Access requests as ``access`` measures them, with a declared database among the sources."""
    with _declared():
        return bench.requests(Right.ACCESS, scale * REQUESTS / bench.SUBJECTS, limit=bench.ACCESS_A_SECOND, cpu_limit=bench.CPU_AN_ACCESS)


def erasure(scale: float) -> dict[str, Any]:
    """Erasures, carried out there as well."""
    with _declared() as database:
        found = bench.requests(
            Right.ERASURE,
            scale * REQUESTS / bench.SUBJECTS,
            limit=bench.ERASURES_A_SECOND,
            cpu_limit=bench.CPU_AN_ERASURE,
        )
        left = database.run("SELECT count(*) FROM sales.interaction")[0][0]
    return {**found, "rows_erased_there": 4 * PEOPLE - left, "is_kept": found["is_kept"] and left == 4 * (PEOPLE - found["requests"])}


@contextmanager
def _declared() -> Iterator[crm.Crm]:
    """A database of 1,000 people on the server of the measures, known to this process and to every worker that it starts."""
    with crm.made() as database, tempfile.TemporaryDirectory() as folder:
        database.run(_FILL, {"people": PEOPLE})
        (Path(folder) / "crm.toml").write_text(crm.DECLARATION, encoding="utf-8")
        before = dict(os.environ)
        os.environ |= {"OXYPRIVACY_CONNECTORS": folder, "OXYPRIVACY_CONNECTOR_NETWORKS": crm.folder(), crm.VARIABLE: crm.url()}
        registering.add(reading.read(crm.DECLARATION, file="crm.toml"))
        try:
            with crm.configured():
                yield database
        finally:
            registering.remove("crm")
            os.environ.clear()
            os.environ |= before
