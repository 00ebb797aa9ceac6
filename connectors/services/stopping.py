"""What ends at once here ends in declared databases too: an objection to marketing asks for no identity, and nobody's address is looked up for it.
So it is the other way round: those who still get something over there are held against what was said here.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from audit import services as audit
from audit.actor import Actor
from connectors.declared import systems
from connectors.declared.shapes import SqlSystem
from connectors.outside import dialects, sessions
from connectors.outside.faults import SystemAway
from connectors.sources.statements import VALUES_AT_ONCE, Statements
from datamap import gate
from datamap.purposes import PURPOSES
from subjects.enums import IdentifierKind
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from connectors.declared.shapes import Stop, Table
    from datamap.declaration import Purpose

HOUSE = Actor.system("connectors.stopping")

T = TypeVar("T")


def carry_over(*, at: datetime) -> int:
    """Write down over there what ended here; how many rows that changed. A system that is away is asked again the next time."""
    return sum(_carry_over(system, at=at) for system in systems.every() if isinstance(system, SqlSystem))


def _carry_over(system: SqlSystem, *, at: datetime) -> int:
    changed = 0
    try:
        for table, address, stop in _at_once(system):
            changed += _stop(system, table, address, stop)
    except SystemAway:
        # The desk knows by itself (see ``systems.look``); what was done stays done.
        pass
    if changed:
        audit.record(action="system.stopped", about=f"connectors.system:{system.key}", actor=HOUSE, at=at, rows=changed)
    return changed


def _at_once(system: SqlSystem) -> Iterator[tuple[Table, str, Stop]]:
    """Only rows that hold an address themselves."""
    for table in system.tables:
        for identity in table.identities:
            if identity.kind == IdentifierKind.EMAIL:
                yield from ((table, identity.column, stop) for stop in table.stops if _purposes(stop))


def _purposes(stop: Stop) -> list[Purpose]:
    return [PURPOSES[code] for code in stop.purposes if PURPOSES[code].stops_at_once]


def _stop(system: SqlSystem, table: Table, address: str, stop: Stop) -> int:
    """Read first, in a transaction that can change nothing; then exactly these rows."""
    statements = Statements(system, dialects.of(system.connection.engine))
    key, email = statements.column(table, table.key), statements.dialect.as_text(statements.column(table, address))
    column = statements.column(table, stop.column)
    asked = f"SELECT {key}, {email} FROM {statements.lying(table)} WHERE {email} IS NOT NULL AND ({column} IS NULL OR {column} <> %s)"  # noqa: S608
    with sessions.session(system) as session:
        rows = [own for some in _batches(session.stream(asked, [stop.to])) for own in _ended(some, _purposes(stop))]
    if not rows:
        return 0
    own, target = statements.dialect.quote(table.key), statements.dialect.quote(stop.column)
    with sessions.session(system, is_writing=True) as session:
        for some in _batches(rows):
            marks = ", ".join(["%s"] * len(some))
            session.run(f"UPDATE {statements.place(table)} SET {target} = %s WHERE {own} IN ({marks})", [stop.to, *some])  # noqa: S608
    return len(rows)


def _ended(rows: list[tuple[Any, ...]], purposes: list[Purpose]) -> Iterator[object]:
    told = {own: normalise_email(email) for own, email in rows}
    ended = {email for purpose in purposes for email in gate.objected(set(told.values()), purpose)}
    yield from (own for own, email in told.items() if email in ended)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(rows)
    while some := list(islice(waiting, VALUES_AT_ONCE)):
        yield some
