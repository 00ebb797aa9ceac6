"""Which rows an approved preview covers: the deed erases these and no others."""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

from django.db import connection

from rights_requests.models import PreviewRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

    from datamap.declaration import RowKeys

KEYS_PER_ROW = 10_000
#: So many at once when they are written: a million keys never stand in one statement.
ROWS_AT_ONCE = 10

#: Plain SQL: the deed asks for every part it erased, and making the statement cost more than the answer.
_KEYS = "SELECT row_keys FROM rights_requests_previewrows WHERE preview_id = %s AND source = %s AND part = %s AND number = %s"


def note(request_id: UUID, erased: Mapping[str, RowKeys]) -> None:
    """Write down what the preview of a case would erase, source by source."""
    rows = (
        PreviewRows(preview_id=request_id, source=source, part=part, number=number, row_keys=keys)
        for source, parts in erased.items()
        for part, found in parts.items()
        for number, keys in enumerate(_batches(sorted(found)))
    )
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        PreviewRows.objects.bulk_create(batch)


def strangers(request_id: UUID, source: str, rows: RowKeys) -> dict[str, list[UUID]]:
    """Those of ``rows`` that the preview of the case does not cover, by part."""
    found = {part: list(_missing(sorted(keys), _covered(request_id, source, part))) for part, keys in rows.items() if keys}
    return {part: keys for part, keys in found.items() if keys}


def forget(request_id: UUID) -> None:
    """The case is closed: nothing of it will be erased any more."""
    PreviewRows.objects.filter(preview=request_id).delete()


def _missing(keys: Iterable[UUID], covered: Iterator[UUID]) -> Iterator[UUID]:
    """Both in order, side by side, so that a million keys are compared in the memory of one row of them."""
    known = next(covered, None)
    for key in keys:
        while known is not None and known < key:
            known = next(covered, None)
        if known != key:
            yield key


def _covered(request_id: UUID, source: str, part: str) -> Iterator[UUID]:
    for number in count():
        with connection.cursor() as cursor:
            cursor.execute(_KEYS, [request_id, source, part, number])
            found = cursor.fetchone()
        keys: list[UUID] = found[0] if found else []
        yield from keys
        if len(keys) < KEYS_PER_ROW:
            return


def _batches(keys: list[UUID]) -> Iterator[list[UUID]]:
    return (keys[start : start + KEYS_PER_ROW] for start in range(0, len(keys), KEYS_PER_ROW))
