"""What an erasure would do to a declared database, row by row: read in one transaction, used by the preview, the preparation and the deed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from connectors.declared.shapes import Empty, Keep
from connectors.outside import faults
from connectors.outside.faults import SystemAway
from connectors.sources.declaring import row_key
from connectors.sources.following import follow
from connectors.sources.statements import NEVER, Sql
from datamap.declaration import Kept, Outcome
from datamap.wall_clock import HOME

if TYPE_CHECKING:
    from connectors.declared.shapes import SqlSystem, Table
    from connectors.outside.sessions import Session
    from connectors.sources.statements import Statements, Whose
    from subjects.enums import IdentifierKind

#: Our number of a row to its own key.
Rows: TypeAlias = "dict[UUID, object]"
Known: TypeAlias = "Mapping[IdentifierKind, Sequence[str]]"


@dataclass(slots=True)
class Plan:
    """Rows by part: those that go, those that are emptied, those that stay, and what the outcome says of the last. For the person what is
    emptied is erased: it says nothing of them any more, and is approved and told like what goes.
    """

    going: dict[str, Rows] = field(default_factory=dict)
    emptied: dict[str, Rows] = field(default_factory=dict)
    staying: dict[str, Rows] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)

    def outcome(self) -> Outcome:
        return Outcome(erased=_keys({**self.emptied, **self.going}), kept=tuple(self.kept))


def _keys(rows: Mapping[str, Rows]) -> dict[str, list[UUID]]:
    return {part: sorted(found) for part, found in rows.items() if found}


def make(session: Session, statements: Statements, known: Known, *, at: datetime, is_locking: bool = False) -> Plan:
    """``is_locking``: nobody else changes these rows until the session ends."""
    plan, ends = Plan(), dict[str, date]()
    whose = follow(session, statements, known, is_locking=is_locking)
    for table in statements.system.children_first():
        question = _question(statements, table, whose, at=at)
        if question is not None:
            found = session.all(question.text + " FOR UPDATE" * is_locking, question.params)
            _add(plan, table, found, ends, system=statements.system.key)
    plan.kept = [
        _kept(table, table.erasing, len(plan.staying[table.name]), ends.get(_last(statements.system, table).name))
        for table in statements.system.tables
        if isinstance(table.erasing, Keep) and plan.staying.get(table.name)
    ]
    return plan


def _last(system: SqlSystem, table: Table) -> Table:
    """The table whose period says how long the rows of this one stay."""
    while isinstance(table.erasing, Keep) and table.erasing.along:
        table = system.table(table.erasing.along)
    return table


def _question(statements: Statements, table: Table, whose: Whose, *, at: datetime) -> Sql | None:
    """Key, when the period began, and whether it is kept, of each row of the person; None where there can be none."""
    owned, kept = statements.owned(table, whose), statements.kept(table, at=at)
    if owned is NEVER:
        return None
    key = statements.column(table, table.key)
    trigger = table.erasing.trigger if isinstance(table.erasing, Keep) else ""
    begun = statements.column(table, trigger) if trigger else "NULL"
    asked = f"SELECT {key}, {begun}, CASE WHEN {kept.text} THEN 1 ELSE 0 END FROM {statements.lying(table)}"  # noqa: S608 - quoted names
    return Sql(f"{asked} WHERE {owned.text} ORDER BY {key}", (*kept.params, *owned.params))


def _add(plan: Plan, table: Table, found: Sequence[tuple[Any, ...]], ends: dict[str, date], *, system: str) -> None:
    going: Rows = {}
    staying: Rows = {}
    since: list[date] = []
    for own, begun, is_kept in found:
        if own is None:
            raise SystemAway(faults.NO_KEY)
        (staying if is_kept else going)[row_key(system, table.name, own)] = own
        if is_kept and isinstance(begun, date):
            since.append(_day(begun))
    (plan.emptied if isinstance(table.erasing, Empty) else plan.going)[table.name] = going
    plan.staying[table.name] = staying
    if isinstance(table.erasing, Keep) and since:
        # A day at the end of time has none after it: the row stays, and no day is named.
        with suppress(ValueError, OverflowError):
            ends[table.name] = max(since) + table.erasing.keep_for


def _kept(table: Table, keep: Keep, rows: int, until: date | None) -> Kept:
    event = "" if until else _("until the period that the law gives is over")
    return Kept(part=table.name, rows=rows, ground=keep.ground, article=keep.article, until=until, until_event=event)


def _day(begun: date) -> date:
    if not isinstance(begun, datetime):
        return begun
    return begun.astimezone(HOME).date() if begun.tzinfo else begun.date()
