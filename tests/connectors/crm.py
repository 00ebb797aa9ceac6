"""A real database of somebody else's, on the server of the tests: five tables that hang together, declared by the file of the demo."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings
from psycopg2 import sql

from connectors.outside import sessions
from oxyprivacy import environment
from tests.connectors import systems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from psycopg2.extensions import connection

HERE = Path(__file__).resolve().parents[2] / "demo" / "systems"
DECLARATION, SCHEMA = (HERE / "crm.toml").read_text(), (HERE / "crm.sql").read_text()
VARIABLE = "CONNECTOR_URL_CRM"
ROLE, PASSWORD = "oxyprivacy_test_crm", "pass word/@:"
NOOR = "noor@customer.example"
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
TABLES = ("invoice_line", "invoice", "interaction", "survey", "person")


def _name() -> str:
    return f"oxyprivacy_test_crm_{os.environ.get('OXYPRIVACY_TEST_SLOT', '0')}"


def _superuser(database: str) -> connection:
    parts = urlsplit(environment.load().test_superuser_url)
    made = psycopg2.connect(urlunsplit(parts._replace(path=f"/{database}")))
    made.autocommit = True
    return made


def url(*, password: str = PASSWORD, database: str = "", role: str = ROLE) -> str:
    parts = urlsplit(environment.load().test_superuser_url)
    netloc = f"{role}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(scheme="postgresql", netloc=netloc, path=f"/{database or _name()}", query=""))


def folder() -> str:
    """The folder of the server's socket, or nothing where it is met by its address."""
    parts = urlsplit(environment.load().test_superuser_url)
    host = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    return host if host.startswith("/") else "127.0.0.0/8"


@contextmanager
def made() -> Iterator[Crm]:
    """The database, with a role that may read and change rows and nothing else."""
    name, role = sql.Identifier(_name()), sql.Identifier(ROLE)
    with closing(_superuser("postgres")) as server, server.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(8)")
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
        verb = sql.SQL("ALTER" if cursor.rowcount else "CREATE")
        cursor.execute(sql.SQL("{verb} ROLE {role} LOGIN PASSWORD {word}").format(verb=verb, role=role, word=sql.Literal(PASSWORD)))
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(name))
    with closing(_superuser(_name())) as database:
        with database.cursor() as cursor:
            cursor.execute(SCHEMA)
            cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA sales TO {}").format(role))
            cursor.execute(sql.SQL("GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales TO {}").format(role))
        yield Crm(database)
    with closing(_superuser("postgres")) as server, server.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@contextmanager
def configured() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.CONNECTOR_URLS, VARIABLE, url())
        patch.setitem(settings.CONNECTORS, "networks", (folder(),))
        sessions.forget("crm")
        yield
        sessions.forget("crm")


@pytest.fixture(scope="session")
def crm_server(_servers: None) -> Iterator[Crm]:
    with made() as database:
        yield database


@pytest.fixture
def crm(crm_server: Crm) -> Iterator[Crm]:
    """Declared and empty."""
    with configured(), systems.declared(DECLARATION, file="crm.toml"):
        yield crm_server
    crm_server.run("TRUNCATE sales.invoice_line, sales.invoice, sales.interaction, sales.survey, sales.person")


class Crm:
    """What its own people do with it."""

    def __init__(self, made: connection) -> None:
        self.made = made

    def run(self, statement: str, *values: object) -> Any:
        with self.made.cursor() as cursor:
            cursor.execute(statement, values[0] if values and isinstance(values[0], dict) else values)
            return cursor.fetchall() if cursor.description else None

    def person(self, email: str | None, *, account: str | None = None, name: str = "Noor Vermeulen", at: datetime = NOON) -> int:
        return int(
            self.run(
                "INSERT INTO sales.person (email, portal_account, full_name, phone, last_contact_at) VALUES (%s, %s, %s, %s, %s) RETURNING id",
                email, account, name, "+32 2 555 01 40", at,
            )[0][0]
        )  # fmt: skip

    def interaction(self, person: int, *, at: datetime = NOON) -> UUID:
        statement = "INSERT INTO sales.interaction (person_id, note, happened_at) VALUES (%s, 'Asked about maps', %s) RETURNING id"
        return self.run(statement, person, at)[0][0]

    def invoice(self, person: int, number: str, *, on: date = date(2026, 3, 1)) -> str:
        self.run("INSERT INTO sales.invoice (number, person_id, total, issued_on) VALUES (%s, %s, 121.50, %s)", number, person, on)
        self.run("INSERT INTO sales.invoice_line (invoice_number, what) VALUES (%s, 'Maps')", number)
        return number

    def survey(self, email: str | None, person: int | None = None) -> None:
        self.run("INSERT INTO sales.survey (person_id, email, grade, remark) VALUES (%s, %s, 8, 'Fine maps')", person, email)

    def everything_of(self, email: str, *, on: date = date(2026, 3, 1)) -> int:
        """A row in each of the five tables."""
        person = self.person(email)
        self.interaction(person)
        self.invoice(person, f"F-{person}", on=on)
        self.survey(email, person)
        return person

    def dump(self) -> dict[str, list[str]]:
        """Every row, as the database writes it."""
        return {table: sorted(row[0] for row in self.run(f"SELECT t::text FROM sales.{table} t")) for table in TABLES}

    def rows(self) -> dict[str, int]:
        return {table: len(rows) for table, rows in self.dump().items() if rows}


@contextmanager
def at_url(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[None]:
    """The same system, somewhere else."""
    with monkeypatch.context() as patch:
        patch.setitem(settings.CONNECTOR_URLS, VARIABLE, url)
        sessions.forget("crm")
        yield
        sessions.forget("crm")
