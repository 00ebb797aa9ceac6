"""A transaction in another database. Connections are lent again for a while; a system that failed is left alone for a while."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache

from connectors.outside import dialects, faults
from connectors.outside.faults import SystemAway
from connectors.outside.urls import place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.declared.shapes import SqlSystem
    from connectors.outside.dialects import Dialect

#: What says more about us, or about one statement, than about the system: nobody else need wait for it.
_NOT_ITS_FAULT = frozenset(
    {faults.RESTING, faults.HELD_ON, faults.NO_KEY, faults.NO_RIGHTS, faults.MISSING, faults.REFUSED, faults.NOT_CONFIGURED}
)

#: Seconds after which a connection that was used is asked whether it still answers: the steps of one task follow each other more quickly.
AT_HAND = 1.0


@dataclass(slots=True)
class Session:
    """An open transaction. Whatever goes wrong in it is a ``SystemAway``."""

    raw: Any
    dialect: Dialect

    def all(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self.raw.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def run(self, sql: str, params: Sequence[object] = ()) -> int:
        """How many rows it concerned."""
        with self.raw.cursor() as cursor:
            cursor.execute(sql, params)
            return int(cursor.rowcount)

    def stream(self, sql: str, params: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Rows as they come; the session must last as long."""
        try:
            yield from self.dialect.stream(self.raw, sql, params)
        except self.dialect.errors as error:
            raise SystemAway(self.dialect.word_for(error)) from None


@dataclass(slots=True)
class _Lent:
    raw: Any
    url: str
    used_at: float


_idle = threading.local()


@contextmanager
def session(system: SqlSystem, *, is_writing: bool = False, is_urgent: bool = False) -> Iterator[Session]:
    """A transaction that can read, and change only if it says so; what was changed commits at the end of the block, or not at all.
    ``is_urgent``: also where the system failed a moment ago.

    Raises:
        SystemAway: with the reason in one word.
    """
    dialect = dialects.of(system.connection.engine)
    try:
        raw = _begun(system, dialect, is_writing=is_writing, is_urgent=is_urgent)
        try:
            yield Session(raw, dialect)
            raw.commit() if is_writing else raw.rollback()
        except BaseException:
            _close(raw)
            raise
        _keep(system, raw)
    except SystemAway as away:
        _note(system, away.code)
        raise
    except dialect.errors as error:
        word = dialect.word_for(error)
        _note(system, word)
        # What the other system says may repeat what stands in its rows: it goes no further.
        raise SystemAway(word) from None


def forget(key: str) -> None:
    """Close what is lent of a system, and do not leave it alone any longer."""
    cache.delete(_resting(key))
    lent = _connections().pop(key, None)
    if lent is not None:
        _close(lent.raw)


def _begun(system: SqlSystem, dialect: Dialect, *, is_writing: bool, is_urgent: bool) -> Any:
    """A connection of before where it still answers, else a new one. Of one that served a moment ago nobody asks how the system is."""
    lent = _connections().get(system.key)
    idle = time.monotonic() - lent.used_at if lent is not None else inf
    if idle > AT_HAND and not is_urgent and cache.get(_resting(system.key)):
        raise SystemAway(faults.RESTING)
    if lent is not None:
        del _connections()[system.key]
        if idle < settings.CONNECTORS["idle_seconds"] and lent.url == settings.CONNECTOR_URLS.get(system.connection.variable):
            with suppress(*dialect.errors):
                dialect.begin_again(lent.raw, is_writing=is_writing, is_at_hand=idle <= AT_HAND)
                return lent.raw
        _close(lent.raw)
    raw = dialect.connect(system.connection, place(system.connection))
    try:
        dialect.begin(raw, is_writing=is_writing)
    except BaseException:
        _close(raw)
        raise
    return raw


def _keep(system: SqlSystem, raw: Any) -> None:
    former = _connections().pop(system.key, None)
    if former is not None:
        _close(former.raw)
    url = settings.CONNECTOR_URLS.get(system.connection.variable, "")
    _connections()[system.key] = _Lent(raw, url, time.monotonic())


def _connections() -> dict[str, _Lent]:
    if not hasattr(_idle, "connections"):
        _idle.connections = {}
    found: dict[str, _Lent] = _idle.connections
    return found


def _close(raw: Any) -> None:
    with suppress(Exception):
        raw.close()


def _note(system: SqlSystem, word: str) -> None:
    if word not in _NOT_ITS_FAULT:
        cache.set(_resting(system.key), word, settings.CONNECTORS["rest_seconds"])


def _resting(key: str) -> str:
    return f"connectors.resting.{key}"
