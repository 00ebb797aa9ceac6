"""Two kinds of databases behind one small face: connect, quote, reckon, stream, and say in one word what went wrong."""

from __future__ import annotations

import os
import select
import ssl
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import psycopg2
from django.conf import settings
from psycopg2 import errorcodes, extensions

from connectors.outside import faults
from connectors.outside.faults import SystemAway

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dateutil.relativedelta import relativedelta

    from connectors.declared.shapes import Connection, Engine
    from connectors.outside.urls import Place

ROWS_AT_A_TIME = 2000
#: Where Debian, Red Hat and Alpine keep the authorities that the machine trusts.
ROOTS = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


class Dialect(Protocol):
    """How one kind of database is spoken to. Parameters are bound as ``%s``."""

    errors: tuple[type[Exception], ...]

    def connect(self, connection: Connection, place: Place) -> Any: ...
    def begin(self, raw: Any, *, is_writing: bool) -> None: ...
    def begin_again(self, raw: Any, *, is_writing: bool, is_at_hand: bool) -> None:
        """On a connection that was used before, and which the server may have ended since: one of ``errors`` then."""

    def quote(self, name: str) -> str: ...
    def as_text(self, column: str) -> str: ...
    def letter_by_letter(self, text: str) -> str:
        """A text as it is compared where another letter is another text."""

    def later(self, column: str, period: relativedelta) -> str: ...
    def bound(self, at: datetime) -> object: ...
    def is_comparable(self, value: object) -> bool:
        """Whether what a column gave, bound into a later statement, finds the rows that the column itself would find there."""

    def stream(self, raw: Any, sql: str, params: Sequence[object]) -> Iterator[tuple[Any, ...]]: ...
    def word_for(self, error: Exception) -> str: ...


class PostgreSQL:
    errors: tuple[type[Exception], ...] = (psycopg2.Error,)

    def connect(self, connection: Connection, place: Place) -> extensions.connection:
        milliseconds = int(settings.CONNECTORS["statement_seconds"] * 1000)
        where = {"host": place.folder} if place.met is None else {"host": place.met.host, "hostaddr": place.met.address}
        parameters: dict[str, Any] = where | self._tls(connection, place)
        raw: extensions.connection = psycopg2.connect(
            **parameters,
            port=place.port,
            user=place.user,
            password=place.password,
            dbname=place.database,
            connect_timeout=settings.CONNECTORS["connect_seconds"],
            application_name="oxyprivacy",
            client_encoding="UTF8",
            options=f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} -c TimeZone={settings.TIME_ZONE}"
            f" -c idle_in_transaction_session_timeout={20 * milliseconds} -c search_path=pg_catalog",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=2 * milliseconds,
        )
        for one in _DAYS:
            extensions.register_type(one, raw)
        return raw

    def _tls(self, connection: Connection, place: Place) -> dict[str, str]:
        if place.met is None or connection.tls == "off":
            return {"sslmode": "disable", "gssencmode": "disable"}
        roots = {"sslrootcert": connection.ca or _trusted_here()} if connection.tls == "verify-full" else {}
        return {"sslmode": connection.tls, "gssencmode": "disable", **roots}

    def begin(self, raw: extensions.connection, *, is_writing: bool) -> None:
        """The next statement opens the transaction. Reading sees one moment of all tables, and can change nothing."""
        level = extensions.ISOLATION_LEVEL_READ_COMMITTED if is_writing else extensions.ISOLATION_LEVEL_REPEATABLE_READ
        raw.set_session(isolation_level=level, readonly=not is_writing, autocommit=False)

    def begin_again(self, raw: extensions.connection, *, is_writing: bool, is_at_hand: bool) -> None:
        """Where something waits to be read, although nothing was asked, the server has ended it: that costs no way there and back."""
        waiting = select.poll()
        waiting.register(raw.fileno(), select.POLLIN)
        if waiting.poll(0):
            raise psycopg2.InterfaceError
        self.begin(raw, is_writing=is_writing)
        if not is_at_hand:
            with raw.cursor() as cursor:
                cursor.execute("SELECT 1")

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def as_text(self, column: str) -> str:
        return f"CAST({column} AS text)"

    def letter_by_letter(self, text: str) -> str:
        return text

    def later(self, column: str, period: relativedelta) -> str:
        return f"({column} + INTERVAL '{period.years} years {period.months} months {period.days} days')"

    def bound(self, at: datetime) -> object:
        return at

    def is_comparable(self, value: object) -> bool:
        """A floating number is rounded on its way, and blanks at the end count in one kind of text and not in another."""
        if isinstance(value, str):
            return not value.endswith(" ")
        return isinstance(value, int | Decimal | UUID)

    def stream(self, raw: extensions.connection, sql: str, params: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """Few rows in one statement; where there are more, by a cursor that stays on the server."""
        with raw.cursor() as cursor:
            cursor.execute(f"{sql} LIMIT {ROWS_AT_A_TIME + 1}", params)
            first = cursor.fetchall()
        if len(first) <= ROWS_AT_A_TIME:
            yield from first
            return
        with raw.cursor("oxyprivacy") as cursor:
            cursor.itersize = ROWS_AT_A_TIME
            cursor.execute(sql, params)
            yield from cursor

    def word_for(self, error: Exception) -> str:
        code = getattr(error, "pgcode", None)
        if code:
            return _SQLSTATES.get(code, faults.REFUSED)
        said = str(error)
        for part, word in _SAID.items():
            if part in said:
                return word
        return faults.UNREACHABLE if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) else faults.REFUSED


def _day_or_text(known: Any) -> Any:
    """A day that Python does not have, of the year 12000 or before Christ, is handed over as it is written."""

    def cast(written: str | bytes | None, cursor: extensions.cursor) -> object:
        try:
            return known(written, cursor)
        except (ValueError, OverflowError):
            return written

    return extensions.new_type(known.values, known.name, cast)


#: For each connection to another database alone.
_DAYS = [_day_or_text(known) for known in (extensions.PYDATE, extensions.PYDATETIME, extensions.PYDATETIMETZ)]

_SQLSTATES: Mapping[str, str] = {
    errorcodes.QUERY_CANCELED: faults.TOO_SLOW,
    errorcodes.LOCK_NOT_AVAILABLE: faults.TOO_SLOW,
    errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT: faults.TOO_SLOW,
    errorcodes.DISK_FULL: faults.FULL,
    errorcodes.OUT_OF_MEMORY: faults.FULL,
    errorcodes.TOO_MANY_CONNECTIONS: faults.FULL,
    errorcodes.INSUFFICIENT_PRIVILEGE: faults.NO_RIGHTS,
    errorcodes.READ_ONLY_SQL_TRANSACTION: faults.NO_RIGHTS,
    errorcodes.UNDEFINED_TABLE: faults.MISSING,
    errorcodes.UNDEFINED_COLUMN: faults.MISSING,
    errorcodes.INVALID_SCHEMA_NAME: faults.MISSING,
    errorcodes.INVALID_CATALOG_NAME: faults.MISSING,
    errorcodes.FOREIGN_KEY_VIOLATION: faults.HELD_ON,
    errorcodes.RESTRICT_VIOLATION: faults.HELD_ON,
    errorcodes.ADMIN_SHUTDOWN: faults.UNREACHABLE,
    errorcodes.CRASH_SHUTDOWN: faults.UNREACHABLE,
    errorcodes.CANNOT_CONNECT_NOW: faults.UNREACHABLE,
}
#: A connection that was refused carries no code.
_SAID: Mapping[str, str] = {
    "password authentication failed": faults.WRONG_PASSWORD,
    "no password supplied": faults.WRONG_PASSWORD,
    "does not support SSL": faults.NO_TLS,
    "certificate": faults.NO_TLS,
    "SSL": faults.NO_TLS,
    "too many": faults.FULL,
    "No space left": faults.FULL,
    "remaining connection slots": faults.FULL,
    "timeout expired": faults.TOO_SLOW,
    "permission denied": faults.NO_RIGHTS,
    "does not exist": faults.MISSING,
}


def of(engine: Engine) -> Dialect:
    """Raises:
    SystemAway: MySQL is spoken only where PyMySQL is installed.
    """
    if engine == "postgresql":
        return _POSTGRESQL
    try:
        from connectors.outside import mysql  # noqa: PLC0415 - PyMySQL is an extra
    except ImportError as error:
        raise SystemAway(faults.NOT_CONFIGURED) from error
    return mysql.MYSQL


def context_for(connection: Connection) -> ssl.SSLContext | None:
    """How a certificate is checked, for whoever does not do it as libpq does."""
    if connection.tls == "off":
        return None
    context = ssl.create_default_context(cafile=connection.ca or None)
    if connection.tls == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trusted_here() -> str:
    """The file of the authorities that this machine trusts: the libpq that comes with its driver looks for it where it was built."""
    named = os.environ.get("SSL_CERT_FILE", "")
    return next((path for path in (named, *ROOTS) if path and Path(path).is_file()), "system")


_POSTGRESQL = PostgreSQL()
