"""The whole import, as one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.importing import merging
from accounts.importing.columns import Checker
from accounts.importing.findings import Findings, NotImported, Unreadable
from accounts.importing.reading import read
from accounts.importing.staging import stage
from audit import services as audit
from audit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from accounts.importing.merging import Counts

BRUSSELS = ZoneInfo("Europe/Brussels")
#: Two imports at a time would each miss what the other adds.
LOCK = 7_301_204_511


def nothing(_line: int) -> None:
    """Report progress to nobody."""


@transaction.atomic
def load(
    file: BinaryIO, *, at: datetime, written_at: datetime | None = None, progress: Callable[[int], None] = nothing
) -> dict[str, Counts]:
    """Take over a file of customers, contacts and invoices, whole or not at all; again, and nothing changes. What a person had
    corrected stays, unless the file was ``written_at`` a later time.

    Raises:
        NotImported: with every reason. The tables are as they were.
    """
    findings = Findings()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    today = at.astimezone(BRUSSELS).date()
    try:
        stage(read(file), checker=Checker(findings, today), progress=progress)
    except Unreadable as error:
        findings.add(error.line, "", error.reason)
    if not findings:
        merging.find_conflicts(findings)
    periods = merging.periods_by_law(findings) if not findings else {}
    if findings:
        raise NotImported(findings)
    merging.set_restricted_aside()
    counts = merging.merge(periods=periods, today=today, written_at=written_at)
    for kind, count in counts.items():
        audit.record(
            action="customers.imported",
            about=f"import:{kind}",
            actor=Actor.system("import"),
            at=at,
            added=count.added,
            changed=count.changed,
            erased=count.erased,
            restricted=count.restricted,
            over=count.over,
            corrected=len(count.corrected),
        )
    return counts
