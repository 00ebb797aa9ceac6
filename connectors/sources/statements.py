"""The questions to a declared database as SQL: names quoted, values bound. Which rows are whose is written once and used in all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.declared.shapes import Keep
from datamap.wall_clock import HOME
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dateutil.relativedelta import relativedelta

    from connectors.declared.shapes import Identity, Join, Period, SqlSystem, Table
    from connectors.outside.dialects import Dialect

#: No statement carries more values than this.
VALUES_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its values."""

    text: str
    params: tuple[object, ...] = ()

    def and_(self, other: Sql) -> Sql:
        return Sql(f"({self.text}) AND ({other.text})", self.params + other.params)


NEVER = Sql("1 = 0")


@dataclass(frozen=True, slots=True)
class Whose:
    """By what rows are somebody's: values by kind of identifier; and, by table and column, what the rows of theirs hold on which others
    hang (see ``following``). What is not known of the latter is asked within each statement.
    """

    known: Mapping[IdentifierKind, Sequence[str]]
    held: Mapping[tuple[str, str], Sequence[object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statements:
    """Whose rows they are is asked in each statement."""

    system: SqlSystem
    dialect: Dialect

    def place(self, table: Table) -> str:
        names = [table.schema, table.table] if table.schema else [table.table]
        return ".".join(self.dialect.quote(name) for name in names)

    def column(self, table: Table, name: str) -> str:
        """A column, by the table's own name: a table stands only once in the nest of conditions."""
        return f"{self.dialect.quote(table.name)}.{self.dialect.quote(name)}"

    def lying(self, table: Table) -> str:
        return f"{self.place(table)} AS {self.dialect.quote(table.name)}"

    def owned(self, table: Table, whose: Whose) -> Sql:
        """Rows whose own columns name the person, and rows that hang on such a row."""
        found = [self._identified(table, identity, whose.known.get(identity.kind, ())) for identity in table.identities]
        found += [self._joined(table, join, whose) for join in table.joins]
        found = [one for one in found if one is not NEVER]
        if not found:
            return NEVER
        return Sql(" OR ".join(f"({one.text})" for one in found), tuple(param for one in found for param in one.params))

    def _identified(self, table: Table, identity: Identity, values: Sequence[str]) -> Sql:
        column = self.column(table, identity.column)
        text = self.dialect.as_text(column)
        if identity.is_exact:
            found, exactly = _among(column, values), self.dialect.letter_by_letter(text)
            return found if exactly == text or found is NEVER else found.and_(_among(exactly, values))
        if identity.kind == IdentifierKind.EMAIL:
            return _among(self.dialect.letter_by_letter(f"lower({text})"), [value.lower() for value in values])
        return _among(self.dialect.letter_by_letter(text), values)

    def _joined(self, table: Table, join: Join, whose: Whose) -> Sql:
        held = whose.held.get((join.table, join.theirs))
        if held is not None:
            return _among(self.column(table, join.ours), held)
        parent = self.system.table(join.table)
        owned = self.owned(parent, whose)
        if owned is NEVER:
            return NEVER
        theirs = self.column(parent, join.theirs)
        return Sql(
            f"{self.column(table, join.ours)} IN (SELECT {theirs} FROM {self.lying(parent)} WHERE {owned.text})",  # noqa: S608 - quoted names
            owned.params,
        )

    def hanging(self, table: Table, child: Table, join: Join, marks: str) -> str:
        """Keys of the rows of a child that hang on rows of a table with these keys."""
        theirs = f"SELECT {self.column(table, join.theirs)} FROM {self.lying(table)} WHERE {self.column(table, table.key)} IN ({marks})"  # noqa: S608
        return f"SELECT {self.column(child, child.key)} FROM {self.lying(child)} WHERE {self.column(child, join.ours)} IN ({theirs})"  # noqa: S608

    def kept(self, table: Table, *, at: datetime) -> Sql:
        """Rows that a law keeps at ``at``."""
        if not isinstance(table.erasing, Keep):
            return NEVER
        keep = table.erasing
        if not keep.along:
            over = self._over(self.column(table, keep.trigger), keep.holds, keep.keep_for, at=at)
            # A row that does not say from when its period counts is kept: nobody knows that it is over.
            return Sql(f"NOT COALESCE({over.text}, FALSE)", over.params)
        return self._kept_along(table, keep.along, at=at)

    def _kept_along(self, table: Table, along: str, *, at: datetime) -> Sql:
        other = self.system.table(along)
        kept = self.kept(other, at=at)
        ways = [(join.ours, join.theirs) for join in table.joins if join.table == along]
        ways += [(join.theirs, join.ours) for child, join in self.system.children(table.name) if child.name == along]
        found = [
            f"EXISTS (SELECT 1 FROM {self.lying(other)} WHERE {self.column(other, theirs)} = {self.column(table, ours)} AND ({kept.text}))"  # noqa: S608
            for ours, theirs in ways
        ]
        return Sql(" OR ".join(found), kept.params * len(found))

    def due(self, table: Table, period: Period, *, at: datetime) -> Sql:
        """Rows whose period is over at ``at``, and on which none hangs that an erasure would keep."""
        found = self._over(self.column(table, period.trigger), period.holds, period.keep_for, at=at)
        for child, join in self.system.children(table.name):
            if isinstance(child.erasing, Keep):
                hanging = f"SELECT 1 FROM {self.lying(child)} WHERE {self.column(child, join.ours)} = {self.column(table, join.theirs)}"  # noqa: S608
                found = found.and_(Sql(f"NOT EXISTS ({hanging})"))
        return found

    def _over(self, column: str, holds: str, period: relativedelta, *, at: datetime) -> Sql:
        end = self.dialect.later(column, period)
        if holds == "day":
            return Sql(f"{end} < %s", (at.astimezone(HOME).date(),))
        return Sql(f"{end} <= %s", (self.dialect.bound(at),))


def _among(column: str, values: Sequence[object]) -> Sql:
    return Sql(f"{column} IN ({', '.join(['%s'] * len(values))})", tuple(values)) if values else NEVER
