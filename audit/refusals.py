"""Attempts that were refused, written down although whatever tried is rolled back: on a connection of its own, in a transaction of its own.

What goes through this program is seen here: pages, tasks, commands and SQL that somebody types into a shell of ours. Who opens a database
with other tools is refused by the same database and leaves a line in its log alone: no trigger can keep what it wrote while it refuses.
"""

from __future__ import annotations

import logging
import re
from threading import Thread
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from audit.actor import Actor
from audit.services import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

#: What PostgreSQL says when a guard (``audit.guard``) raises, and when a role has no right.
REFUSED = frozenset({"P0001", "42501"})
#: What a statement does to which table, and not what it only reads.
DOES = re.compile(
    r"\s*(?:WITH\b.*?\b)?(?P<verb>UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|ALTER\s+TABLE|DROP\s+TABLE)"
    r'\s+(?:ONLY\s+|IF\s+EXISTS\s+)*(?:"?public"?\.)?"?(?P<table>[a-z_][a-z0-9_]*)"?',
    re.IGNORECASE | re.DOTALL,
)

PATIENCE = "5s"

_watched: dict[str, str] = {}


def watch(table: str, *, action: str) -> None:
    """From now on a refused attempt to change ``table`` leaves an event."""
    _watched[table] = action


def attach(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Called for each new connection of any role."""
    if note not in connection.execute_wrappers:
        connection.execute_wrappers.append(note)


def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 - Django's
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) in REFUSED and (found := DOES.match(str(sql))) is not None:
            table = found["table"].lower()
            if table in _watched:
                told = {"tried": found["verb"].split()[0].lower(), "by": "database", "role": context["connection"].alias}
                keep(action=_watched[table], about=f"table:{table}", **told)
        raise


def keep(*, action: str, about: str, **details: str) -> None:
    """Write an event apart from any transaction that is open here. Whatever refuses goes on refusing where this cannot be done."""
    thread = Thread(target=_keep, kwargs={"action": action, "about": about, "details": details})
    thread.start()
    thread.join()


def _keep(*, action: str, about: str, details: dict[str, str]) -> None:
    """In a thread of its own, which has connections of its own."""
    try:
        with transaction.atomic():
            # Whoever is refused waits for this, and may hold what it would wait for.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)", [PATIENCE, PATIENCE]
                )
            record(action=action, about=about, actor=Actor.system("refusals"), at=timezone.now(), **details)
    except Exception:
        logger.exception("An attempt that was refused could not be written down: %s, %s.", action, about)
    finally:
        connections.close_all()
