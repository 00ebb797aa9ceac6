"""Deleting and emptying rows of a declared database, inside a transaction over there."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from connectors.declared.shapes import Empty, Keep
from connectors.outside import faults
from connectors.outside.faults import SystemAway
from connectors.sources.statements import VALUES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from uuid import UUID

    from connectors.declared.shapes import Table
    from connectors.outside.sessions import Session
    from connectors.sources.planning import Plan
    from connectors.sources.statements import Statements


def carry_out(
    session: Session,
    statements: Statements,
    plan: Plan,
    *,
    delete: Mapping[str, Collection[UUID]],
    empty: Mapping[str, Collection[UUID]],
) -> None:
    """Of the plan's rows exactly those that were prepared; and, of rows that stay, the columns that go at once. Children first."""
    for table in statements.system.children_first():
        going, emptied = plan.going.get(table.name, {}), plan.emptied.get(table.name, {})
        _delete(session, statements, table, [own for key, own in going.items() if key in delete.get(table.name, ())])
        if isinstance(table.erasing, Empty):
            rows = [own for key, own in emptied.items() if key in empty.get(table.name, ())]
            _null(session, statements, table, rows, table.erasing.columns)
        if isinstance(table.erasing, Keep):
            _null(session, statements, table, plan.staying.get(table.name, {}).values(), table.erasing.nulled)


def delete_with_children(session: Session, statements: Statements, table: Table, rows: Iterable[object]) -> None:
    """Rows, and before them whatever hangs on them: emptied where an erasure would empty it, deleted otherwise."""
    for some in _batches(rows):
        marks = ", ".join(["%s"] * len(some))
        for child, join in statements.system.children(table.name):
            hanging = [row[0] for row in session.all(statements.hanging(table, child, join, marks), some)]
            if isinstance(child.erasing, Empty):
                _null(session, statements, child, hanging, child.erasing.columns)
            else:
                delete_with_children(session, statements, child, hanging)
        _delete(session, statements, table, some)


def _delete(session: Session, statements: Statements, table: Table, rows: Iterable[object]) -> None:
    key = statements.dialect.quote(table.key)
    for some in _batches(rows):
        _run(session, f"DELETE FROM {statements.place(table)} WHERE {key} IN ({', '.join(['%s'] * len(some))})", some)  # noqa: S608 - quoted names


def _null(session: Session, statements: Statements, table: Table, rows: Iterable[object], columns: Collection[str]) -> None:
    if not columns:
        return
    key = statements.dialect.quote(table.key)
    nulled = ", ".join(f"{statements.dialect.quote(column)} = NULL" for column in columns)
    for some in _batches(rows):
        _run(session, f"UPDATE {statements.place(table)} SET {nulled} WHERE {key} IN ({', '.join(['%s'] * len(some))})", some)  # noqa: S608


def _run(session: Session, sql: str, keys: list[object]) -> None:
    """What concerns more rows than there are keys concerns somebody else's: nothing of the session is done then."""
    if session.run(sql, keys) > len(keys):
        raise SystemAway(faults.NO_KEY)


def _batches(rows: Iterable[object]) -> Iterator[list[object]]:
    waiting = iter(rows)
    while some := list(islice(waiting, VALUES_AT_ONCE)):
        yield some
