"""Statements that the database plans once for each connection and not each time: of those about many tables planning takes most."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg2.extensions

#: A plan is kept by the database as long as the connection lives.
MOST = 16

_PLACE = re.compile("%([%s])")
#: For each connection of the driver the names by SQL: another connection knows none of them.
_planned: WeakKeyDictionary[psycopg2.extensions.connection, dict[str, str]] = WeakKeyDictionary()


def one_row(sql: str, params: Sequence[Any]) -> tuple[Any, ...]:
    """The one row that ``sql``, written as for a cursor of Django, has. Where a connection has many plans already, none is added."""
    with connection.cursor() as cursor:
        if name := _name(sql):
            sql = f"EXECUTE {name} ({', '.join(['%s'] * len(params))})" if params else f"EXECUTE {name}"
        cursor.execute(sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def _name(sql: str) -> str | None:
    driver = connection.connection
    known = _planned.setdefault(driver, {})
    if sql not in known and len(known) < MOST:
        name = f"planned_{len(known)}"
        with connection.wrap_database_errors, driver.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {_numbered(sql)}")
        known[sql] = name
    return known.get(sql)


def _numbered(sql: str) -> str:
    """With the places of the database (``$1``) for those of the driver (``%s``)."""
    numbers: Iterator[int] = count(1)
    return _PLACE.sub(lambda place: f"${next(numbers)}" if place[1] == "s" else "%", sql)
