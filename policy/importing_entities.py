"""The entities of the group with their clauses as a file: read whole or not at all, as the register of processors is."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.importing.columns import countries
from accounts.importing.findings import Findings, NotImported
from audit import services as audit
from datamap import spreadsheets
from datamap.models import Subsidiary
from policy import importing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from audit.actor import Actor

COLUMNS = ("entity", "country", "clauses_module", "clauses_signed_on", "clauses_valid_until", "assessed_on")
_DAYS = frozenset(COLUMNS[3:])
_SEPARATORS = re.compile(rb"[,;\t\s]+")


def is_of_entities(file: BinaryIO) -> bool:
    """Whether the first line of a file names the columns of this register. The file is read from its beginning afterwards."""
    names = _SEPARATORS.split(file.readline().removeprefix(spreadsheets.BYTE_ORDER_MARK).replace(b'"', b""))
    file.seek(0)
    return b"entity" in names


@transaction.atomic
def load(file: BinaryIO, *, actor: Actor, at: datetime) -> dict[str, int]:
    """Take over entities; how many were "added", "changed" and the "same". What the file does not name stays as it is.

    Raises:
        NotImported: with every reason. The register is as it was.
    """
    findings, counts = Findings(), Counter({"added": 0, "changed": 0, "same": 0})
    before = {(row.entity, row.country): row for row in Subsidiary.objects.select_for_update()}
    seen: dict[tuple[str, str], int] = {}
    for line, said in _lines(file, findings):
        place = said["entity"], said["country"]
        if place in seen:
            findings.add(line, "entity", _("stands on line %(line)s already") % {"line": seen[place]})
        seen.setdefault(place, line)
        row = before.get(place)
        _leave_what_others_changed(line, said, row, findings)
        done = "added" if row is None else "same" if all(getattr(row, name) == value for name, value in said.items()) else "changed"
        counts[done] += 1
        if done != "same":
            kept = _kept(line, row or Subsidiary(), said, findings)
            audit.record(action=f"register.{done}", about=f"{Subsidiary._meta.label_lower}:{kept.pk}", actor=actor, at=at)
    if findings:
        # The transaction ends without any of it.
        raise NotImported(findings)
    if counts["added"] or counts["changed"]:
        audit.record(action="register.imported", about="import:entities", actor=actor, at=at, **counts)
    return dict(counts)


def _lines(file: BinaryIO, findings: Findings) -> Iterator[tuple[int, dict[str, Any]]]:
    """Lines without a fault so far, each with the value of every column that the file has."""
    for record in importing.records(file, findings):
        faults = findings.count
        said = importing.values_of(record, findings, columns=(*COLUMNS, importing.AS_WRITTEN), clean=_clean)
        for name in ("entity", "country"):
            if not said.get(name) and findings.count == faults:
                findings.add(record.line, name, _("is needed and empty"))
        if findings.count == faults:
            yield record.line, said


def _leave_what_others_changed(line: int, said: dict[str, Any], row: Subsidiary | None, findings: Findings) -> None:
    """As with processors: see there."""
    as_written = said.pop(importing.AS_WRITTEN, "")
    if not as_written or row is None or as_written == importing.digest(there := _cells(row)):
        return
    cells = [importing.cell(said.get(name)) for name in COLUMNS]
    if importing.digest(cells) == as_written:
        said.clear()
    elif cells != there:
        findings.add(line, importing.AS_WRITTEN, importing.changed_since())


def _clean(name: str, text: str) -> Any:
    if name in _DAYS:
        return importing.day(text) if text else None
    if name == "country" and text and text.upper() not in countries():
        raise ValueError(_("“%(code)s” is not one of the codes that can stand here") % {"code": text})
    return text.upper() if name == "country" else text


def _kept(line: int, row: Subsidiary, said: Mapping[str, Any], findings: Findings) -> Subsidiary:
    for name, value in said.items():
        setattr(row, name, value)
    signed, until = row.clauses_signed_on, row.clauses_valid_until
    if signed and until and until < signed:
        findings.add(line, "clauses_valid_until", _("It ends before it begins."))
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        for name, reasons in error.message_dict.items():
            findings.add(line, name, " ".join(reasons))
    if not findings:
        row.save()
    return row


def dump() -> bytes:
    """The entities as a file that ``load`` takes."""
    rows = [_cells(row) for row in Subsidiary.objects.order_by("entity", "country")]
    return spreadsheets.csv_of([[*COLUMNS, importing.AS_WRITTEN], *([*cells, importing.digest(cells)] for cells in rows)])


def _cells(row: Subsidiary) -> list[str]:
    return [importing.cell(getattr(row, name)) for name in COLUMNS]
