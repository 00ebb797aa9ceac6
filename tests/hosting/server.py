"""The server of customers' databases for whatever test destroys one: the embedded one, or that of DATABASE_URL."""

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

from oxyprivacy import environment
from tests.hosting import cast

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLE = "oxyprivacy_hosting"


@pytest.fixture(scope="session")
def hosting_server(_servers: None) -> Iterator[None]:
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
