"""Making, closing, opening and dropping: each may be done again, and finds done what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql
from psycopg2.extensions import encrypt_password

from hosting import faults
from hosting.postgres.connecting import MISSING, NOT_OURS, ServerRefused, identity, met, run
from hosting.rules import checked_name

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg2 import extensions

    from hosting.postgres.connecting import Target


def meet(target: Target) -> tuple[str, int]:
    """The identifier and version of a server."""
    with met(target) as cursor:
        return identity(cursor)


def create(target: Target, *, name: str, mark: str) -> None:
    """Make a database and the role that owns all in it but not the database itself: so its owner cannot open it when it is closed.

    The role has no password yet, and cannot sign in. ``mark`` is what the database is known by when it is to be dropped.
    """
    role = checked_name(name)
    with met(target) as cursor:
        if not _has_role(cursor, role):
            run(cursor, "CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT", role=role)
        run(cursor, "GRANT {role} TO CURRENT_USER", role=role)
        faults.reach("role made")
        if _mark_of(cursor, name) is None:
            run(cursor, "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'", name=name)
        faults.reach("database made")
        run(cursor, "COMMENT ON DATABASE {name} IS {mark}", name=name, mark=sql.Literal(mark))
        run(cursor, "REVOKE ALL ON DATABASE {name} FROM PUBLIC", name=name)
    faults.reach("marked")
    with met(target, database=name) as cursor:
        run(cursor, "ALTER SCHEMA public OWNER TO {role}", role=role)
    with met(target) as cursor:
        run(cursor, "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {role}", name=name, role=role)


def close(target: Target, *, name: str, mark: str) -> None:
    """Let nobody in any more, and end who is in."""
    with met(target) as cursor:
        _refuse_other(cursor, name, mark)
        run(cursor, "ALTER ROLE {name} NOLOGIN", name=checked_name(name))
        faults.reach("owner kept out")
        run(cursor, "REVOKE CONNECT ON DATABASE {name} FROM {name}", name=name)
        run(cursor, "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", name=name)
        end_sessions(cursor, name)


def reopen(target: Target, *, name: str, mark: str) -> None:
    """Let its owner in again; the password is what it was."""
    with met(target) as cursor:
        _refuse_other(cursor, name, mark)
        run(cursor, "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", name=checked_name(name))
        run(cursor, "GRANT CONNECT ON DATABASE {name} TO {name}", name=name)
        run(cursor, "ALTER ROLE {name} LOGIN", name=name)


def unlock(target: Target, *, name: str, mark: str) -> None:
    """Let ourselves in to copy a closed database; its owner stays out, having no right to connect and none to sign in."""
    with met(target) as cursor:
        _refuse_other(cursor, name, mark)
        run(cursor, "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", name=checked_name(name))


def drop(target: Target, *, name: str, mark: str) -> None:
    """Drop a database with all in it, and its role. What bears another mark than ours is somebody else's and stays."""
    with met(target) as cursor:
        found = _mark_of(cursor, checked_name(name))
        if found not in {None, "", mark}:
            raise ServerRefused(NOT_OURS)
        if found is not None:
            run(cursor, "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", name=name)
            end_sessions(cursor, name)
        # Not by force, which the server refuses at once while a vacuum of its own is there: without it that is sent away and waited for.
        run(cursor, "DROP DATABASE IF EXISTS {name}", name=name)
        faults.reach("database dropped")
        run(cursor, "DROP ROLE IF EXISTS {name}", name=name)
        if _mark_of(cursor, name) is not None:
            raise ServerRefused(NOT_OURS)


def set_password(target: Target, *, role: str, password: str) -> None:
    """Give a role its password. The server is told only what it checks it by, so no log of it can hold the password."""
    with met(target) as cursor:
        if not _has_role(cursor, checked_name(role)):
            raise ServerRefused(MISSING)
        known_by = encrypt_password(password, role, cursor.connection, "scram-sha-256")
        run(cursor, "ALTER ROLE {role} PASSWORD {known_by}", role=role, known_by=sql.Literal(known_by))


def let_in(target: Target, *, name: str, mark: str, role: str, password: str, until: datetime) -> None:
    """Make a role that reads this one database until its time is over."""
    with met(target) as cursor:
        _refuse_other(cursor, checked_name(name), mark)
        if not _has_role(cursor, checked_name(role)):
            run(cursor, "CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT", role=role)
        run(cursor, "GRANT {role} TO CURRENT_USER", role=role)
        run(cursor, "GRANT CONNECT ON DATABASE {name} TO {role}", name=name, role=role)
    with met(target, database=name) as cursor:
        for schema in _schemas(cursor):
            run(cursor, "GRANT USAGE ON SCHEMA {schema} TO {role}", schema=schema, role=role)
            run(cursor, "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}", schema=schema, role=role)
    with met(target) as cursor:
        known_by = encrypt_password(password, role, cursor.connection, "scram-sha-256")
        text = "ALTER ROLE {role} LOGIN CONNECTION LIMIT 2 VALID UNTIL {until} PASSWORD {known_by}"
        run(cursor, text, role=role, until=sql.Literal(until.isoformat()), known_by=sql.Literal(known_by))


def shut_out(target: Target, *, name: str, role: str, was_closed: bool) -> None:
    """Take a colleague's role away, and end its sessions."""
    with met(target) as cursor:
        if not _has_role(cursor, checked_name(role)):
            return
        run(cursor, "ALTER ROLE {role} NOLOGIN", role=role)
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [role])
        has_database = _mark_of(cursor, checked_name(name)) is not None
        if has_database and was_closed:
            run(cursor, "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", name=name)
    if has_database:
        with met(target, database=name) as cursor:
            run(cursor, "DROP OWNED BY {role}", role=role)
    with met(target) as cursor:
        if has_database and was_closed:
            run(cursor, "ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", name=name)
        run(cursor, "DROP ROLE IF EXISTS {role}", role=role)


def end_sessions(cursor: extensions.cursor, name: str) -> None:
    """End what customers and staff do there. What the server itself does, such as a vacuum, and its superusers are not ours to end."""
    cursor.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = %s AND pid <> pg_backend_pid() AND pg_has_role(usesysid, 'USAGE')",
        [name],
    )


def _refuse_other(cursor: extensions.cursor, name: str, mark: str) -> None:
    found = _mark_of(cursor, name)
    if found is None:
        raise ServerRefused(MISSING)
    if found != mark:
        raise ServerRefused(NOT_OURS)


def _mark_of(cursor: extensions.cursor, name: str) -> str | None:
    """What a database of this name is known by; None where there is none."""
    cursor.execute("SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s", [name])
    row = cursor.fetchone()
    return row[0] if row else None


def _has_role(cursor: extensions.cursor, name: str) -> bool:
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [name])
    return cursor.rowcount == 1


def _schemas(cursor: extensions.cursor) -> list[str]:
    cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname")
    return [row[0] for row in cursor.fetchall()]
