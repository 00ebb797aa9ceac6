"""MySQL and MariaDB by PyMySQL, where it is installed."""

from __future__ import annotations

import socket
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pymysql
from django.conf import settings
from pymysql.constants import CLIENT, CR, ER
from pymysql.cursors import SSCursor

from connectors.outside import faults
from connectors.outside.dialects import context_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from dateutil.relativedelta import relativedelta

    from connectors.declared.shapes import Connection
    from connectors.outside.urls import Place


class MySQL:
    errors: tuple[type[Exception], ...] = (pymysql.MySQLError, OSError)

    def connect(self, connection: Connection, place: Place) -> Any:
        """Connect to the address that was checked; the certificate is that of the name."""
        context = context_for(connection) if place.met is not None else None
        raw: Any = pymysql.connect(
            host=place.met.host if place.met is not None else "localhost",
            user=place.user,
            password=place.password,
            database=place.database,
            charset="utf8mb4",
            read_timeout=2 * settings.CONNECTORS["statement_seconds"],
            write_timeout=2 * settings.CONNECTORS["statement_seconds"],
            ssl=context,
            ssl_disabled=context is None,
            # What an UPDATE finds counts, also where it changes nothing.
            client_flag=CLIENT.FOUND_ROWS,
            local_infile=False,
            defer_connect=True,
        )
        raw.connect(sock=self._socket(place))
        with raw.cursor() as cursor:
            cursor.execute(
                "SET SESSION time_zone = '+00:00', sql_mode = 'ANSI,TRADITIONAL', innodb_lock_wait_timeout = %s", [self._seconds()]
            )
            self._limit(cursor)
        return raw

    def _socket(self, place: Place) -> socket.socket:
        seconds = settings.CONNECTORS["connect_seconds"]
        if place.met is not None:
            return socket.create_connection((place.met.address, place.met.port), timeout=seconds)
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(seconds)
        sock.connect(f"{place.folder}/mysqld.sock")
        return sock

    def _seconds(self) -> int:
        return int(settings.CONNECTORS["statement_seconds"])

    def _limit(self, cursor: Any) -> None:
        """The two servers call it differently."""
        try:
            cursor.execute("SET SESSION max_statement_time = %s", [self._seconds()])
        except pymysql.MySQLError:
            cursor.execute("SET SESSION max_execution_time = %s", [self._seconds() * 1000])

    def begin(self, raw: Any, *, is_writing: bool) -> None:
        with raw.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL " + ("READ COMMITTED" if is_writing else "REPEATABLE READ"))
            cursor.execute("START TRANSACTION " + ("READ WRITE" if is_writing else "WITH CONSISTENT SNAPSHOT, READ ONLY"))

    def begin_again(self, raw: Any, *, is_writing: bool, is_at_hand: bool) -> None:
        """The server is asked in any case."""
        self.begin(raw, is_writing=is_writing)

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def as_text(self, column: str) -> str:
        return f"CAST({column} AS CHAR)"

    def letter_by_letter(self, text: str) -> str:
        """Else ``é`` is taken for ``e``, and one address for another."""
        return f"{text} COLLATE utf8mb4_bin"

    def later(self, column: str, period: relativedelta) -> str:
        months = period.years * 12 + period.months
        return f"({column} + INTERVAL {months} MONTH + INTERVAL {period.days} DAY)"

    def bound(self, at: datetime) -> object:
        """Columns without a zone are in UTC, and so is the session."""
        return at.astimezone(UTC).replace(tzinfo=None)

    def is_comparable(self, value: object) -> bool:
        """Text is compared by the collations of both columns, which a bound value has not."""
        return isinstance(value, int)

    def stream(self, raw: Any, sql: str, params: Sequence[object]) -> Iterator[tuple[Any, ...]]:
        """Row by row as the server sends them."""
        with raw.cursor(SSCursor) as cursor:
            cursor.execute(sql, params)
            yield from cursor

    def word_for(self, error: Exception) -> str:
        if isinstance(error, pymysql.MySQLError):
            code = error.args[0] if error.args else 0
            if "SSL" in str(error) or "certificate" in str(error):
                return faults.NO_TLS
            return _CODES.get(code, faults.UNREACHABLE if isinstance(error, pymysql.OperationalError) and code in _LOST else faults.REFUSED)
        return faults.TOO_SLOW if isinstance(error, TimeoutError) else faults.UNREACHABLE


_LOST = {CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, 0}
_CODES: Mapping[int, str] = {
    ER.ACCESS_DENIED_ERROR: faults.WRONG_PASSWORD,
    ER.DBACCESS_DENIED_ERROR: faults.NO_RIGHTS,
    ER.TABLEACCESS_DENIED_ERROR: faults.NO_RIGHTS,
    ER.COLUMNACCESS_DENIED_ERROR: faults.NO_RIGHTS,
    ER.BAD_DB_ERROR: faults.MISSING,
    ER.NO_SUCH_TABLE: faults.MISSING,
    ER.BAD_FIELD_ERROR: faults.MISSING,
    ER.CON_COUNT_ERROR: faults.FULL,
    ER.DISK_FULL: faults.FULL,
    ER.RECORD_FILE_FULL: faults.FULL,
    ER.LOCK_WAIT_TIMEOUT: faults.TOO_SLOW,
    ER.LOCK_DEADLOCK: faults.TOO_SLOW,
    ER.ROW_IS_REFERENCED_2: faults.HELD_ON,
    ER.ROW_IS_REFERENCED: faults.HELD_ON,
    # MariaDB and MySQL, where a statement took too long.
    1969: faults.TOO_SLOW,
    3024: faults.TOO_SLOW,
    1041: faults.FULL,
}

MYSQL = MySQL()
