"""A backup that was restored apart: shut for everybody, and rid of what must not come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import errors, sql

from hosting.postgres import databases
from hosting.postgres.connecting import HELD_ON, NO_KEY, ServerRefused, met, run
from hosting.rules import checked_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg2 import extensions

    from hosting.postgres.connecting import Target


def shut(target: Target, *, name: str, mark: str) -> None:
    """Let nobody in, and take the password away that it had."""
    databases.close(target, name=name, mark=mark)
    with met(target) as cursor:
        run(cursor, "ALTER ROLE {name} PASSWORD NULL", name=checked_name(name))


def erase(target: Target, *, name: str, rows: Mapping[str, Sequence[str]]) -> int:
    """Delete rows by the keys of their tables, all or nothing; how many went. Rows that hold on to others go first, in as many rounds as that takes.
    ``target`` is the database's own role: what the customer hung on its tables runs, and must not run as ours.

    Raises:
        ServerRefused: a row is held on to by one that stays, or a table has no key of one column.
    """
    with met(target, database=checked_name(name)) as cursor:
        run(cursor, "BEGIN")
        gone, waiting = 0, dict(rows)
        while waiting:
            held = {}
            for relation, keys in waiting.items():
                try:
                    gone += _erase(cursor, relation, keys)
                except (errors.ForeignKeyViolation, errors.RestrictViolation):
                    run(cursor, "ROLLBACK TO SAVEPOINT round")
                    held[relation] = keys
            if len(held) == len(waiting):
                raise ServerRefused(HELD_ON)
            waiting = held
        run(cursor, "COMMIT")
    return gone


def _erase(cursor: extensions.cursor, relation: str, keys: Sequence[str]) -> int:
    """A table that the backup has not is empty of them."""
    schema, _dot, table = relation.rpartition(".")
    run(cursor, "SAVEPOINT round")
    cursor.execute(
        """
        SELECT i.indnkeyatts, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
          LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
         WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
        """,
        [schema or "public", table],
    )
    found = cursor.fetchone()
    if found is None:
        return 0
    if found[0] != 1:
        raise ServerRefused(NO_KEY)
    statement = "DELETE FROM {table} WHERE {key}::text = ANY (%s)"
    names = {"table": sql.Identifier(schema or "public", table), "key": sql.Identifier(found[1])}
    cursor.execute(sql.SQL(statement).format(**names), [list(keys)])
    gone = cursor.rowcount
    run(cursor, "SET CONSTRAINTS ALL IMMEDIATE")
    return gone
