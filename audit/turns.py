"""One after another: whoever does what must not be done twice at once waits here for whoever is at it."""

from __future__ import annotations

from django.db import connection


def take_turn(name: str) -> None:
    """Wait for the lock of this name, and hold it until the transaction ends. Names begin with the room: ``letters.to:…``."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
