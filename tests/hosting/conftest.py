"""The server of these tests is a real one: the embedded one, or that of DATABASE_URL. What a test made there is taken away by its name."""

from __future__ import annotations

import hashlib
import os
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings
from psycopg2 import sql

from hosting.services import exporting
from oxyprivacy import environment
from tests.hosting import cast

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "oxyprivacy_hosting"


@pytest.fixture(scope="session")
def _hosting_server(_servers: None) -> Iterator[None]:
    """On a server of yours that has no role for it yet, the superuser makes one."""
    if cast.SECRET in settings.HOSTING_URLS:
        yield
        return
    superuser = environment.load().test_superuser_url
    password = hashlib.sha256(superuser.encode()).hexdigest()
    with closing(psycopg2.connect(urlunsplit(urlsplit(superuser)._replace(path="/postgres")))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(7)")
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
            verb = "ALTER" if cursor.rowcount else "CREATE"
            text = "{verb} ROLE {role} LOGIN CREATEDB CREATEROLE PASSWORD {password}"
            cursor.execute(sql.SQL(text).format(verb=sql.SQL(verb), role=sql.Identifier(ROLE), password=sql.Literal(password)))
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", [ROLE])
            if not cursor.rowcount:
                cursor.execute(sql.SQL("CREATE DATABASE {role} OWNER {role}").format(role=sql.Identifier(ROLE)))
            cursor.execute("REVOKE CONNECT ON DATABASE postgres, template1, oxyprivacy_hosting FROM PUBLIC")
    parts = urlsplit(superuser)
    url = urlunsplit(parts._replace(netloc=f"{ROLE}:{password}@{parts.netloc.rpartition('@')[2]}", path=f"/{ROLE}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.HOSTING_URLS, cast.SECRET, url)
        patch.setitem(os.environ, cast.SECRET, url)
        yield


@pytest.fixture(autouse=True)
def _tidy(_hosting_server: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
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
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        for name in given:
            cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    for file in exporting.folder().iterdir():
        file.unlink(missing_ok=True)
