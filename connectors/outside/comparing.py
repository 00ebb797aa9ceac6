"""A declaration beside the database that it speaks of: what is missing over there, and what is there and nobody speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.declared.shapes import Empty, Finding, Keep
from connectors.outside import sessions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.declared.shapes import SqlSystem, Table
    from connectors.outside.sessions import Session

#: What a day and an instant are stored as, on either kind of server.
DAYS = frozenset({"date"})
INSTANTS = frozenset({"timestamp with time zone", "timestamp without time zone", "timestamp", "datetime"})
#: What takes which kind of value; a text fits where the database says so.
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "tinyint", "mediumint", "int", "decimal"})
#: What a purge can write down as a key and ask for again.
_KEYS = _NUMBERS | {"text", "character", "character varying", "char", "varchar", "uuid"}
_TAKING: Mapping[type, frozenset[str]] = {bool: frozenset({"boolean", "tinyint", "bit"}), int: _NUMBERS, str: frozenset()}

#: Whether one row at most has a key: an index of the whole column alone says so, over all rows.
_UNIQUE = {
    "postgresql": """
SELECT count(*) FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indrelid
  JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
  JOIN pg_attribute AS key ON key.attrelid = class.oid AND key.attnum = index.indkey[0]
 WHERE schema.nspname = {schema} AND class.relname = %s AND key.attname = %s
   AND index.indisunique AND index.indisvalid AND index.indnkeyatts = 1 AND index.indpred IS NULL
""",
    "mysql": """
SELECT count(*) FROM (
    SELECT index_name FROM information_schema.statistics WHERE table_schema = {schema} AND table_name = %s AND non_unique = 0
     GROUP BY index_name HAVING count(*) = 1 AND max(column_name) = %s AND max(sub_part) IS NULL
) AS found
""",
}
#: Tables whose rows the database itself takes, or changes, when a row goes on which they hang.
_TAKEN_ALONG = {
    "postgresql": """
SELECT DISTINCT away.nspname, child.relname FROM pg_constraint AS link
  JOIN pg_class AS class ON class.oid = link.confrelid JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
  JOIN pg_class AS child ON child.oid = link.conrelid JOIN pg_namespace AS away ON away.oid = child.relnamespace
 WHERE schema.nspname = {schema} AND class.relname = %s AND link.contype = 'f' AND link.confdeltype IN ('c', 'n', 'd') ORDER BY 1, 2
""",
    "mysql": """
SELECT DISTINCT constraint_schema, table_name FROM information_schema.referential_constraints
 WHERE unique_constraint_schema = {schema} AND referenced_table_name = %s AND delete_rule NOT IN ('RESTRICT', 'NO ACTION') ORDER BY 1, 2
""",
}
_ENGINE = "SELECT engine FROM information_schema.tables WHERE table_schema = {schema} AND table_name = %s"

_COLUMNS = """
SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = {schema} AND table_name = %s
"""


def findings(system: SqlSystem) -> list[Finding]:
    """Everything that does not fit.

    Raises:
        SystemAway: it cannot be asked.
    """
    with sessions.session(system, is_urgent=True) as session:
        return [Finding(system.file, key, reason) for table in system.tables for key, reason in _table(session, system, table)]


def _table(session: Session, system: SqlSystem, table: Table) -> Iterator[tuple[str, str]]:
    at = f"tables.{table.name}"
    found = {name: (kind, nullable) for name, kind, nullable in _asked(session, table, _COLUMNS)}
    if not found:
        yield f"{at}.table", f"there is no table {table.table} that we may read."
        return
    for key, column in _named(system, table):
        if column not in found:
            yield f"{at}.{key}", f"the table has no column {column}."
    if table.key in found:
        yield from _rows(session, system, table, *found[table.key])
    spoken_of = {column.name for column in table.columns} | set(table.unlisted)
    for column in sorted(found.keys() - spoken_of):
        yield f"{at}.columns", f"the table has a column {column}: declare it, or say under unlisted why it is not handed over."
    for key, column in _nulled(table):
        if found.get(column, ("", "YES"))[1] == "NO":
            yield f"{at}.{key}", f"{column} cannot become NULL over there."
    yield from ((f"{at}.stop", reason) for reason in _stopped(table, {name: kind for name, (kind, _nullable) in found.items()}))
    for key, column, holds in _timed(system, table):
        kind = found[column][0] if column in found else None
        if kind is not None and kind not in (DAYS if holds == "day" else INSTANTS):
            yield f"{at}.{key}", f"{column} is {kind}, and holds no {holds}."


def _asked(session: Session, table: Table, sql: str, *values: str) -> list[tuple[Any, ...]]:
    """Of MySQL the schema may be that of the connection."""
    schema = [table.schema] if table.schema else []
    return session.all(sql.format(schema="%s" if schema else "database()"), [*schema, table.table, *values])


def _rows(session: Session, system: SqlSystem, table: Table, kind: str, nullable: str) -> Iterator[tuple[str, str]]:
    """What has the same key as a row of the person goes with it, whosever it is; what has none stays, and would be told as gone."""
    engine = system.connection.engine
    if kind not in _KEYS:
        yield f"tables.{table.name}.key", f"{table.key} is {kind}: a key is a whole number, a text or a UUID."
    if nullable != "NO" or not _asked(session, table, _UNIQUE[engine], table.key)[0][0]:
        yield f"tables.{table.name}.key", f"{table.key} names no single row: nothing over there says that it is unique and never NULL."
    if engine == "mysql" and _asked(session, table, _ENGINE) != [("InnoDB",)]:
        yield f"tables.{table.name}.table", "it is no InnoDB table: what is done there cannot be taken back."
    hanging = {(child.schema, child.table) for child, _join in system.children(table.name)}
    for schema, child in _asked(session, table, _TAKEN_ALONG[engine]):
        if hanging.isdisjoint({(schema, child), ("", child)}):
            yield f"tables.{table.name}.erase", f"the database takes rows of {child} along with its rows: declare how they hang together."


def _stopped(table: Table, found: Mapping[str, str]) -> Iterator[str]:
    for stop in table.stops:
        kinds = _TAKING[type(stop.to)]
        if stop.column in found and kinds and found[stop.column] not in kinds:
            yield f"{stop.column} is {found[stop.column]}, and cannot become {stop.to!r}."


def _named(system: SqlSystem, table: Table) -> Iterator[tuple[str, str]]:
    yield "key", table.key
    yield from ((f"columns.{column.name}", column.name) for column in table.columns)
    yield from ((f"unlisted.{column}", column) for column in table.unlisted)
    yield from (("stop", stop.column) for stop in table.stops)
    yield from (("identity", identity.column) for identity in table.identities)
    yield from (("join", join.ours) for join in table.joins)
    yield from (("key", join.theirs) for _child, join in system.children(table.name))
    yield from _nulled(table)
    yield from ((key, column) for key, column, _holds in _timed(system, table))


def _nulled(table: Table) -> Iterator[tuple[str, str]]:
    if isinstance(table.erasing, Empty):
        yield from (("erase.null", column) for column in table.erasing.columns)
    if isinstance(table.erasing, Keep):
        yield from (("erase.null", column) for column in table.erasing.nulled)


def _timed(system: SqlSystem, table: Table) -> Iterator[tuple[str, str, str]]:
    if isinstance(table.erasing, Keep) and table.erasing.trigger:
        yield "erase.from", table.erasing.trigger, table.erasing.holds
    yield from (("retention.from", period.trigger, period.holds) for period in system.periods if period.table == table.name)
