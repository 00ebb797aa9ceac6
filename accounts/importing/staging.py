"""Puts clean records beside the tables, in a temporary one, by COPY: a file of any size in little memory."""

from __future__ import annotations

from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING

from django.db import connection

from accounts.importing.columns import CONTACT, INVOICE, NAMES, Checker
from audit.keys import new_key
from subjects.identifiers import import_digests
from subjects.models import ImportBlock
from subjects.selectors import blocked_digests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from accounts.importing.reading import Record

TABLE = "import_stage"
COLUMNS = ("kind", *sorted(NAMES - {"kind"}))
AT_A_TIME = 2000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
ABSENT = "\\N"

Row = tuple[int, dict[str, str]]


def stage(records: Iterable[Record], *, checker: Checker, progress: Callable[[int], None]) -> None:
    """Check every record and stage the good ones, until the first bad one: from there on it is only checked."""
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} text" for name in COLUMNS)
        # The transaction may be a caller's, who imports another file in it.
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{TABLE}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {TABLE} (line integer, id uuid, is_blocked boolean, is_restricted boolean DEFAULT FALSE, {columns}) ON COMMIT DROP"
        )
        rows = _checked(records, checker=checker, progress=progress)
        is_anybody_erased = ImportBlock.objects.exists()
        while batch := list(islice(rows, AT_A_TIME)):
            lines = StringIO("".join(_lines(batch, blocked=_blocked(batch) if is_anybody_erased else set())))
            cursor.copy_expert(f"COPY {TABLE} (line, id, is_blocked, {', '.join(COLUMNS)}) FROM STDIN", lines)
        cursor.execute(f"CREATE INDEX ON {TABLE} (kind, number)")
        cursor.execute(f"ANALYZE {TABLE}")


def _checked(records: Iterable[Record], *, checker: Checker, progress: Callable[[int], None]) -> Iterator[Row]:
    for record in records:
        values = checker.check(record)
        progress(record.line)
        if values is not None and not checker.findings:
            yield record.line, values


def _blocked(batch: list[Row]) -> set[bytes]:
    return blocked_digests(value for _line, values in batch for value in _names_of(values))


def _lines(batch: list[Row], *, blocked: set[bytes]) -> Iterator[str]:
    """The batch as COPY reads it."""
    for line, values in batch:
        is_blocked = bool(blocked) and _is_any_in(blocked, _names_of(values))
        cells = [values[name].translate(ESCAPES) if name in values else ABSENT for name in COLUMNS]
        yield "\t".join((str(line), str(new_key()), "t" if is_blocked else "f", *cells)) + "\n"


def _is_any_in(blocked: set[bytes], names: list[str]) -> bool:
    return any(digest in blocked for name in names for digest in import_digests(name))


def _names_of(values: dict[str, str]) -> list[str]:
    """By what an erased person would be known again."""
    if values["kind"] == CONTACT:
        return [values["email"], f"contact:{values['number']}"]
    return [values["billing_email"]] if values["kind"] == INVOICE else []
