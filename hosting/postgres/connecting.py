"""Meeting a server: as the role that makes and drops databases, under time limits, and only if it is the one that it was."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg2
from django.conf import settings
from psycopg2 import sql
from psycopg2.extensions import parse_dsn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from psycopg2 import extensions


class ServerRefused(Exception):
    """The server did not do it. ``code`` says why in one word, for people and the audit trail; never what the server said."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


NOT_CONFIGURED = "not-configured"
UNREACHABLE = "unreachable"
WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a word for what went wrong
ANOTHER_SERVER = "another-server"
TOO_SLOW = "too-slow"
FULL = "full"
NO_RIGHTS = "no-rights"
NOT_OURS = "not-ours"
MISSING = "missing"
TOOLS_MISSING = "tools-missing"
REFUSED = "refused"
HELD_ON = "held-on"
NO_KEY = "no-key"

#: What PostgreSQL's own codes mean to us.
_SQLSTATES: Mapping[str, str] = {
    "57014": TOO_SLOW,
    "55P03": TOO_SLOW,
    "53100": FULL,
    "53200": FULL,
    "53300": FULL,
    "53400": FULL,
    "42501": NO_RIGHTS,
    "3D000": MISSING,
    "23503": HELD_ON,
    "23001": HELD_ON,
    "57P01": UNREACHABLE,
    "57P02": UNREACHABLE,
    "57P03": UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server is met. ``identifier`` is empty until it was met once."""

    secret: str
    identifier: str = ""
    #: Instead of our own role, where what is run might be a customer's.
    role: str = ""
    password: str = field(default="", repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """How libpq is told.

        Raises:
            ServerRefused: this process does not know the server.
        """
        url = settings.HOSTING_URLS.get(self.secret)
        if not url:
            raise ServerRefused(NOT_CONFIGURED)
        ours = {name: str(value) for name, value in parse_dsn(url).items()}
        return ours | {"user": self.role, "password": self.password} if self.role else ours


@contextmanager
def met(target: Target, *, database: str = "") -> Iterator[extensions.cursor]:
    """A cursor on the server's own database, or on ``database``; each statement commits by itself.

    Raises:
        ServerRefused: it cannot be met, is another one, or did not do what it was told.
    """
    try:
        with closing(_connect(target, database)) as connection, connection.cursor() as cursor:
            refuse_another(target, cursor)
            yield cursor
    except psycopg2.Error as error:
        raise ServerRefused(word_for(error)) from None


def refuse_another(target: Target, cursor: extensions.cursor) -> None:
    """Where a URL was changed to another server, a database that is not there was not destroyed."""
    if target.identifier and identity(cursor)[0] != target.identifier:
        raise ServerRefused(ANOTHER_SERVER)


def identity(cursor: extensions.cursor) -> tuple[str, int]:
    """What tells this server from every other one, and its version."""
    cursor.execute("SELECT system_identifier::text, current_setting('server_version_num')::int FROM pg_control_system()")
    found: Any = cursor.fetchone()
    return found[0], found[1]


def word_for(error: psycopg2.Error) -> str:
    """Why, in one word. What a server says may repeat what people wrote, so it goes no further."""
    if error.pgcode:
        return _SQLSTATES.get(error.pgcode, REFUSED)
    said = str(error)
    for part, word in _SAID.items():
        if part in said:
            return word
    return UNREACHABLE if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) else REFUSED


#: A connection that was refused carries no code.
_SAID: Mapping[str, str] = {
    "password authentication failed": WRONG_PASSWORD,
    "no password supplied": WRONG_PASSWORD,
    "too many": FULL,
    "No space left": FULL,
    "remaining connection slots": FULL,
    "permission denied": NO_RIGHTS,
    "does not exist": MISSING,
}


def _connect(target: Target, database: str) -> extensions.connection:
    """Every call ends: a server that hangs must not hold a worker."""
    parameters = target.parameters | ({"dbname": database} if database else {})
    milliseconds = int(settings.HOSTING["statement_seconds"] * 1000)
    # As a customer's role, what the customer wrote finds its tables; as ours, nothing that somebody else made is taken for PostgreSQL's own.
    path = "" if target.role else "-c search_path=pg_catalog"
    connection: extensions.connection = psycopg2.connect(
        psycopg2.extensions.make_dsn(**parameters),
        connect_timeout=settings.HOSTING["connect_seconds"],
        application_name="oxyprivacy hosting",
        options=f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} {path}",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=milliseconds,
    )
    connection.autocommit = True
    return connection


def run(cursor: extensions.cursor, statement: str, **names: str | sql.Composable) -> None:
    """Run a statement with names of things in it, quoted as such."""
    quoted = {key: value if isinstance(value, sql.Composable) else sql.Identifier(value) for key, value in names.items()}
    cursor.execute(sql.SQL(statement).format(**quoted))
