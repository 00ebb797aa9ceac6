from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from datamap.rows import RETENTION, RowSource
from subjects import escrow
from tests.conformance import tables
from tests.conformance.casting import EMAIL, STRANGER, Cast, Person, casts
from tests.hosting.server import hosting_server

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from datamap.declaration import Source
    from subjects.models import Subject

__all__ = ["hosting_server"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A source that holds something of somebody, and the same of a stranger."""

    cast: Cast
    person: Person
    stranger: Person
    strangers_rows: tables.Rows

    @property
    def source(self) -> Source:
        return self.cast.source

    @property
    def subject(self) -> Subject:
        return self.person.subject


@pytest.fixture
def stage(cast: Cast, at: datetime) -> Stage:
    stranger = Person.called(STRANGER, at=at)
    cast.fill(stranger, at=at)
    rows = tables.dump()
    with tables.unchanged(only=rows):
        person = Person.called(EMAIL, at=at)
        cast.fill(person, at=at)
    return Stage(cast=cast, person=person, stranger=stranger, strangers_rows=rows)


@pytest.fixture
def person(at: datetime) -> Person:
    return Person.called(EMAIL, at=at)


@pytest.fixture(autouse=True)
def _server_of_customers(hosting_server: None) -> None:
    """A customer's database is gone when its server says so."""


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)


def pytest_generate_tests(metafunc: Any) -> None:
    """Each test for each source, or for each rule of each source. What the retention role deletes, it must first see."""
    rule, cast = "rule" in metafunc.fixturenames, "cast" in metafunc.fixturenames
    if not cast:
        return
    if not rule:
        metafunc.parametrize("cast", [pytest.param(cast, id=key) for key, cast in casts().items()])
        return
    found = [
        pytest.param(cast, rule, id=rule.code, marks=_ground(cast.source))
        for cast in casts().values()
        for rule in cast.source.retention
    ]  # fmt: skip
    metafunc.parametrize(("cast", "rule"), found)


def _ground(source: Source) -> Any:
    if isinstance(source, RowSource) and source.guarded:
        return pytest.mark.django_db(transaction=True, databases=["default", RETENTION])
    return pytest.mark.django_db
