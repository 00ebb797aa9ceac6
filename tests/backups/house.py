"""What these tests share: commands in processes of their own, and the look from outside at a database that is being restored."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from django.conf import settings
from django.db import connection, connections
from psycopg2 import sql

from hosting import faults
from oxyprivacy import environment
from tests import power_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command as an operator runs it, on this test's database."""
    given = os.environ | variables
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=300)


def cut_off(work: Callable[[], object], *, at: int) -> bool:
    """Let the owner do it in a process of its own, which is cut off at a step, as by a power cut; whether it was."""

    def deed() -> None:
        faults.end_at(at)
        with as_owner():
            work()

    return not power_cut.survives(deed)


@contextmanager
def as_owner() -> Iterator[None]:
    """What ``manage.py restore`` is."""
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    owner = environment.database(environment.load().owner_url)
    connection.close()
    connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def connect(database: str, *, role: str = "app") -> Any:
    here = environment.load()
    url = {"app": here.database_url, "retention": here.retention_url, "owner": here.owner_url, "superuser": here.test_superuser_url}[role]
    config = environment.database(url)
    return psycopg2.connect(
        host=config["HOST"], port=config["PORT"] or None, user=config["USER"], password=config["PASSWORD"], dbname=database
    )


def databases(*, main_too: bool = False, via: str = "") -> list[str]:
    """Those beside the test's own that a restore made."""
    name = settings.DATABASES["default"]["NAME"]
    with closing(connect(via or name, role="superuser")) as link, link.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1", [f"{name}\\_%"])
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT datname FROM pg_database WHERE datname = %s", [name])
        return found + [row[0] for row in cursor.fetchall() if main_too]


def put_back(main: str) -> None:
    """The test's own database gets its name and its callers again."""
    connections.close_all()
    with closing(connect("postgres", role="superuser")) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{main}\\_before\\_%"])
            for (aside,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(main)))
                cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(aside), sql.Identifier(main)))
            for role in ("oxyprivacy_app", "oxyprivacy_retention"):
                cursor.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(main), sql.Identifier(role)))


def drop_all() -> None:
    for name in databases():
        with closing(connect(settings.DATABASES["default"]["NAME"], role="superuser")) as link:
            link.autocommit = True
            with link.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rows(database: str, statement: str, *values: object, role: str = "app") -> list[tuple[Any, ...]]:
    with closing(connect(database, role=role)) as link, link.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def archives() -> Iterator[Path]:
    yield from sorted(Path(settings.ENVIRONMENT.archives).glob("*/oxyprivacy/*/archive.age"))
