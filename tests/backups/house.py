"""What these tests share: commands in processes of their own, and the look from outside at a database that is being restored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2
from django.conf import settings
from psycopg2 import sql

from oxyprivacy import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent


def manage(*arguments: str, fault: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command as an operator runs it, on this test's database; ``fault`` is where it is cut off, as by a power cut."""
    given = os.environ | {"HOSTING_FAULT_AT": str(fault)} | variables
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=300)


def was_cut(done: subprocess.CompletedProcess[str]) -> bool:
    if done.returncode == -signal.SIGKILL:
        assert "FAULT" in done.stderr
        return True
    assert done.returncode == 0, done.stdout + done.stderr
    return False


def connect(database: str, *, role: str = "app") -> Any:
    here = environment.load()
    url = {"app": here.database_url, "retention": here.retention_url, "owner": here.owner_url, "superuser": here.test_superuser_url}[role]
    config = environment.database(url)
    return psycopg2.connect(
        host=config["HOST"], port=config["PORT"] or None, user=config["USER"], password=config["PASSWORD"], dbname=database
    )


def databases() -> list[str]:
    """Those beside the test's own that a restore made."""
    name = settings.DATABASES["default"]["NAME"]
    with closing(connect(name)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1", [f"{name}\\_%"])
        return [row[0] for row in cursor.fetchall()]


def drop_all() -> None:
    for name in databases():
        with closing(connect(settings.DATABASES["default"]["NAME"], role="superuser")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rows(database: str, statement: str, *values: object, role: str = "app") -> list[tuple[Any, ...]]:
    with closing(connect(database, role=role)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def archives() -> Iterator[Path]:
    yield from sorted(Path(settings.ENVIRONMENT.archives).glob("*/oxyprivacy/*/archive.age"))
