"""Whether what a database's declaration says holds together: whose every row is, and that what an erasure leaves can be left."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from connectors.declared.shapes import Delete, Empty, Finding, Keep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.declared.shapes import SqlSystem, Table


def findings(system: SqlSystem) -> list[Finding]:
    return [Finding(system.file, key, reason) for key, reason in _all(system)]


def _all(system: SqlSystem) -> Iterator[tuple[str, str]]:
    names = {table.name for table in system.tables}
    yield from _repeated(system)
    for table in system.tables:
        at = f"tables.{table.name}"
        if system.connection.engine == "postgresql" and not table.schema:
            # No search path finds it for us; and it could be declared a second time under its whole name.
            yield f"{at}.table", f"it lies in a schema, which is named too: public.{table.table}, for example."
        yield from ((f"{at}.join", f"{join.table!r} is none of the tables.") for join in table.joins if join.table not in names)
        if not (table.identities or table.joins):
            yield at, "nothing says whose a row is: it needs an identity or a join."
        yield from _columns_twice(table, at)
        yield from _stopped(table, at)
        yield from _reached(table, at)
    if any(join.table not in names for table in system.tables for join in table.joins):
        return
    if circle := _circle(system):
        yield f"tables.{circle}.join", "its joins lead back to itself."
        return
    for table in system.tables:
        yield from _erasing(system, table, f"tables.{table.name}.erase")


def _repeated(system: SqlSystem) -> Iterator[tuple[str, str]]:
    lying = Counter((table.schema, table.table) for table in system.tables)
    yield from (("tables", f"{table} is declared more than once.") for (_schema, table), number in lying.items() if number > 1)
    codes = Counter(period.code for period in system.periods)
    yield from (("retention", f"two rules are called {code}.") for code, number in codes.items() if number > 1)


def _columns_twice(table: Table, at: str) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        if column.name in table.unlisted:
            yield f"{at}.unlisted.{column.name}", "it is declared as a column too."
        if column.is_rectifiable and column.name in {table.key, *(identity.column for identity in table.identities)}:
            yield f"{at}.columns.{column.name}.rectifiable", "what says whose a row is, is not corrected here."


def _stopped(table: Table, at: str) -> Iterator[tuple[str, str]]:
    """Whose a row is stays to be seen, whatever ends for the person."""
    needed = {table.key, *(identity.column for identity in table.identities), *(join.ours for join in table.joins)}
    yield from (
        (f"{at}.stop", f"{stop.column} says whose the row is, and is left as it is.") for stop in table.stops if stop.column in needed
    )


def _reached(table: Table, at: str) -> Iterator[tuple[str, str]]:
    """What we use of a person is handed over to them too."""
    declared = {column.name for column in table.columns}
    for column in sorted({column for reach in table.reaches for column in reach.columns} - declared):
        yield f"{at}.reach", f"{column} is none of the columns that are handed over."


def _circle(system: SqlSystem) -> str:
    """A table from which joins lead back to it."""
    for table in system.tables:
        reached: set[str] = set()
        waiting = [join.table for join in table.joins]
        while waiting:
            name = waiting.pop()
            if name == table.name:
                return name
            if name not in reached:
                reached.add(name)
                waiting += [join.table for join in system.table(name).joins]
    return ""


def _erasing(system: SqlSystem, table: Table, at: str) -> Iterator[tuple[str, str]]:
    match table.erasing:
        case Empty(columns):
            yield from _emptied(system, table, columns, at)
        case Keep() as keep:
            yield from _kept(system, table, keep, at)
        case Delete():
            for child, _join in system.children(table.name):
                if isinstance(child.erasing, Keep):
                    yield at, f"rows of {child.name} are kept and hang on its rows: it must be kept along with them."


def _emptied(system: SqlSystem, table: Table, columns: tuple[str, ...], at: str) -> Iterator[tuple[str, str]]:
    """What is left of a row must lead to nobody: neither by a column of its own nor along a join."""
    left = [identity.column for identity in table.identities if identity.column not in columns]
    yield from ((f"{at}.null", f"{column} says whose the row is, and must become NULL too.") for column in left)
    for join in table.joins:
        if join.ours not in columns and not isinstance(system.table(join.table).erasing, Empty):
            yield f"{at}.null", f"{join.ours} leads to {join.table}, and must become NULL too."
    if table.key in columns:
        yield f"{at}.null", "the key of a row cannot become NULL."
    for child, _join in system.children(table.name):
        if isinstance(child.erasing, Keep) and not child.identities:
            yield at, f"rows of {child.name} are kept, and could not be found any more."


def _kept(system: SqlSystem, table: Table, keep: Keep, at: str) -> Iterator[tuple[str, str]]:
    needed = {table.key, *(identity.column for identity in table.identities), *(join.ours for join in table.joins)}
    for column in keep.nulled:
        if column in needed or column == keep.trigger:
            yield f"{at}.null", f"{column} is needed to find the row and its period again."
    if not keep.along:
        return
    if keep.along not in _beside(system, table):
        yield f"{at}.along", f"{keep.along!r} is no table that hangs on this one, or on which this one hangs."
    elif not isinstance(system.table(keep.along).erasing, Keep):
        yield f"{at}.along", f"rows of {keep.along} are not kept."
    elif not _has_period(system, table):
        yield f"{at}.along", "nothing at the end of this says for how long."


def _beside(system: SqlSystem, table: Table) -> set[str]:
    return {child.name for child, _join in system.children(table.name)} | {join.table for join in table.joins}


def _has_period(system: SqlSystem, table: Table) -> bool:
    """Whether whoever follows what is kept along with what comes to a period."""
    seen: set[str] = set()
    while isinstance(table.erasing, Keep) and table.erasing.along and table.name not in seen:
        seen.add(table.name)
        table = next((other for other in system.tables if other.name == table.erasing.along), table)
    return isinstance(table.erasing, Keep) and not table.erasing.along
