"""The server of these tests is a real one: the embedded one, or that of DATABASE_URL. What a test made there is taken away by its name."""

from __future__ import annotations

import shutil
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from psycopg2 import sql
from psycopg2.errors import InsufficientPrivilege

from hosting.services import exporting
from subjects import escrow
from tests.accounts.factories import make_staff
from tests.hosting import cast
from tests.hosting.cast import NOON
from tests.hosting.server import hosting_server
from tests.hosting.source_casts import make_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from psycopg2.extensions import cursor

    from accounts.models import User
    from hosting.models import Backup

__all__ = ["hosting_server"]

#: A superuser's vacuum at work in a database may not be ended by others; it is done soon.
VACUUMS = 50


def _drop(cursor: cursor, name: str) -> None:
    for patience in reversed(range(VACUUMS)):
        try:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        except InsufficientPrivilege:
            if not patience:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.fixture(autouse=True)
def _tidy(hosting_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every name that is given in a test is remembered, and whatever bears it afterwards is dropped."""
    from hosting import rules

    given: list[str] = []
    real = rules.new_name

    def remembered(kind: str = "cust") -> str:
        given.append(real(kind))
        return given[-1]

    monkeypatch.setattr(rules, "new_name", remembered)
    field = __import__("hosting.models").models.CustomerDatabase._meta.get_field("name")
    monkeypatch.setattr(field, "default", remembered)
    monkeypatch.setattr(field, "_get_default", remembered)
    yield
    with closing(cast.connect()) as connection, connection.cursor() as cursor:
        for name in given:
            _drop(cursor, name)
        for name in given:
            cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    for file in exporting.folder().iterdir():
        file.unlink(missing_ok=True)
    shutil.rmtree(settings.ENVIRONMENT.archives, ignore_errors=True)


@pytest.fixture
def boss() -> User:
    return cast.make_administrator()


@pytest.fixture
def listed(boss: User) -> Backup:
    """A backup by the rows alone, for what is decided before any server is asked."""
    return cast.make_backup(make_database(boss.company, at=NOON, label="Listed"))


@pytest.fixture
def staff() -> list[User]:
    return [make_staff(entity="Oxygis Partners", country="BE") for _number in range(2)]


@pytest.fixture
def escrow_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger outside that no other test writes to."""
    folder = tmp_path / "escrow"
    folder.mkdir()
    monkeypatch.setattr(escrow, "folder", lambda: folder)
