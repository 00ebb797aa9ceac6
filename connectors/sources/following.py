"""From the rows that name a person to the rows that hang on them, table after table. Every question after that has plain values in it, for
which the indexes over there serve; a question within a question would have whole tables read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sources.statements import NEVER, VALUES_AT_ONCE, Whose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.declared.shapes import Table
    from connectors.outside.sessions import Session
    from connectors.sources.statements import Statements
    from subjects.enums import IdentifierKind


def follow(session: Session, statements: Statements, known: Mapping[IdentifierKind, Sequence[str]], *, is_locking: bool = False) -> Whose:
    """``is_locking``: nobody gives these rows to somebody else until the session ends."""
    held: dict[tuple[str, str], Sequence[object]] = {}
    whose = Whose(known, held)
    for table in reversed(statements.system.children_first()):
        held |= _held(session, statements, table, whose, lock=" FOR UPDATE" * is_locking)
    return whose


def _held(session: Session, statements: Statements, table: Table, whose: Whose, *, lock: str) -> Mapping[tuple[str, str], Sequence[object]]:
    """What other tables hang on. Too many values, or such as the other database might compare in another way than its own, are left out."""
    names = sorted({join.theirs for _child, join in statements.system.children(table.name)})
    if not names:
        return {}
    owned = statements.owned(table, whose)
    if owned is NEVER:
        return {(table.name, name): () for name in names}
    columns = ", ".join(statements.column(table, name) for name in names)
    sql = f"SELECT {columns} FROM {statements.lying(table)} WHERE {owned.text} LIMIT {VALUES_AT_ONCE + 1}{lock}"  # noqa: S608 - quoted names
    rows = session.all(sql, owned.params)
    if len(rows) > VALUES_AT_ONCE:
        return {}
    found = {(table.name, name): [row[place] for row in rows if row[place] is not None] for place, name in enumerate(names)}
    return {place: list(dict.fromkeys(values)) for place, values in found.items() if all(map(statements.dialect.is_comparable, values))}
