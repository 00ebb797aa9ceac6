"""The test database: made by a superuser, migrated by the owner, used by the app, kept while no migration changes."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg2 import sql

from oxyprivacy import environment

SEED = "test_seed"


@dataclass
class TestDatabase:
    """The superuser's hand on the test database.

    It alone switches the guards off, and only around the flush: the immutability triggers rightly refuse to let evidence go.
    """

    __test__ = False

    name: str
    url: str
    fingerprint: str
    tables: list[str] = field(default_factory=list)
    seeds: dict[str, list[str]] = field(default_factory=dict)

    def flush(self) -> None:
        """Empty every table that a test filled, and put back what the migrations had laid there."""
        connections.close_all()
        with closing(_connect(self.url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '20s'")
            for table in self._filled(cursor):
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for table, columns in self.seeds.items():
                self._restore(cursor, table, columns)

    def finish(self) -> None:
        """Mark the database as clean, so that the next run may use it again."""
        _comment(self.url, self.name, self.fingerprint)

    def remember(self) -> None:
        """Note the tables, and keep aside the rows that the migrations laid."""
        with closing(_connect(self.url)) as connection, connection, connection.cursor() as cursor:
            self.tables = _tables(cursor)
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SEED)))
            cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace", [SEED])
            kept = {row[0] for row in cursor.fetchall()}
            for table in kept or set(self._filled(cursor)):
                self.seeds[table] = _columns(cursor, table)
                if not kept:
                    cursor.execute(_seed_copy(table))

    def _filled(self, cursor: Any) -> list[str]:
        """Ask all tables in one go which have rows; the seeded ones are compared instead."""
        asked = [table for table in self.tables if table not in self.seeds]
        query = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table)) for table in asked
        )
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]

    def _restore(self, cursor: Any, table: str, columns: list[str]) -> None:
        names = {"now": sql.Identifier("public", table), "seed": sql.Identifier(SEED, table)}
        changed = "SELECT EXISTS ((TABLE {now} EXCEPT ALL TABLE {seed}) UNION ALL (TABLE {seed} EXCEPT ALL TABLE {now}))"
        cursor.execute(sql.SQL(changed).format(**names))
        if not cursor.fetchone()[0]:
            return
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        cursor.execute(sql.SQL("DELETE FROM {now}").format(**names))
        put_back = "INSERT INTO {now} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {seed}"
        cursor.execute(sql.SQL(put_back).format(columns=listed, **names))


def prepare() -> TestDatabase:
    """Take the slot's database as an unbroken earlier run left it, or make it anew."""
    here = environment.load()
    if not here.test_superuser_url:
        pytest.exit("With DATABASE_URL the tests also need DATABASE_OWNER_URL, DATABASE_RETENTION_URL and DATABASE_SUPERUSER_URL.", 4)
    name = connections["default"].settings_dict["NAME"]
    made = TestDatabase(name=name, url=here.test_superuser_url, fingerprint=_fingerprint(here.test_superuser_url))
    if _comment_of(here.test_superuser_url, name) != made.fingerprint:
        create(here.test_superuser_url, name)
        _migrate(here.owner_url)
    _comment(here.test_superuser_url, name, "in use")
    made.remember()
    made.flush()
    return made


def create(url: str, name: str) -> None:
    """Make an empty database in which our roles may do what they may in production; ``url`` is a superuser's, and names it."""
    drop(url, name)
    with closing(_connect(url, database="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            made = "CREATE DATABASE {} OWNER oxyprivacy_owner TEMPLATE template0 ENCODING 'UTF8'"
            cursor.execute(sql.SQL(made).format(sql.Identifier(name)))
    with closing(_connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute((environment.ROOT / "deploy" / "postgres" / "database.sql").read_text(encoding="utf-8"))


def drop(url: str, name: str) -> None:
    with closing(_connect(url, database="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _migrate(owner_url: str) -> None:
    connection = connections["default"]
    app = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    owner = environment.database(owner_url)
    connection.close()
    connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict.update(app)


def _fingerprint(url: str) -> str:
    """Hash all that a fresh database would be made from."""
    root = environment.ROOT
    labels = sorted(app.partition(".")[0] for app in settings.INSTALLED_APPS)
    sources = [*(root / "deploy" / "postgres").glob("*.sql"), root / "tests" / "database.py"]
    for label in labels:
        sources += [path for path in (root / label).glob("**/*") if path.suffix in {".py", ".csv", ".sql"} and _shapes(path)]
    digest = hashlib.sha256(f"{url} {version('django')} {labels}".encode())
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _shapes(path: Any) -> bool:
    return "migrations" in path.parts or path.name in {"apps.py", "models.py", "guard.py"} or path.suffix in {".csv", ".sql"}


def _tables(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition",
    )
    return sorted(row[0] for row in cursor.fetchall())


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [f'public."{table}"'],
    )
    return [row[0] for row in cursor.fetchall()]


def _seed_copy(table: str) -> sql.Composed:
    names = {"seed": sql.Identifier(SEED, table), "now": sql.Identifier("public", table)}
    return sql.SQL("CREATE TABLE {seed} AS TABLE {now}").format(**names)


def _comment(url: str, name: str, text: str) -> None:
    with closing(_connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text)))


def _comment_of(url: str, name: str) -> str | None:
    with closing(_connect(url, database="postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        row = cursor.fetchone()
    return row[0] if row else None


def _connect(url: str, database: str | None = None) -> Any:
    config = environment.database(url)
    return psycopg2.connect(
        host=config["HOST"],
        port=config["PORT"] or None,
        user=config["USER"],
        password=config["PASSWORD"],
        dbname=database or config["NAME"],
    )
