"""Telephone numbers and postal addresses on file: how somebody without an e-mail address is known, and no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datamap import registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from subjects.enums import IdentifierKind
    from subjects.models import Subject


def of(subject: Subject) -> set[tuple[str, str]]:
    """What stands in our records beside the person's addresses, as (kind, value). Asked before each letter, which waits for nobody else's
    server: systems outside are left out.
    """
    return {pair for source in registry.all_sources() if not source.is_outside for pair in source.reached_at(subject)}


def now(subject: Subject) -> set[tuple[str, str]]:
    """Where the person can be told something today, by what systems outside know too: not by the address on an old invoice.

    Raises:
        Away: a system outside does not answer now.
    """
    return {pair for source in registry.all_sources() if source.reaches_now for pair in source.reached_at(subject)}


def in_columns(rows: QuerySet[Any], columns: Mapping[IdentifierKind, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Of each row what these columns together say; nothing where they are empty. ``columns``: kind to the columns."""
    for kind, names in columns.items():
        for row in rows.order_by().values_list(*names).distinct():
            if any(row):
                yield kind, " ".join(filter(None, row))
