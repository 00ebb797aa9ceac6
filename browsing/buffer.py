"""Visits on their way from the web to the table: a list in the queue's server, so that a request waits for no database.

What stands there is what will be stored, but for the browser, which the worker reads; it stands there for seconds. Without the server
the site goes on, and visits of that time are not recorded.
"""

from __future__ import annotations

import json
import logging
import time
from functools import cache
from typing import Any, TypeAlias

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

KEY = "oxyprivacy:visits"
#: A visit is worth no more waiting than this, and a server that is away is left alone for a while.
PATIENCE = 0.05
REST = 10.0
#: The worker has time.
WORKING = 10.0

Entry: TypeAlias = "dict[str, Any]"


class _Server:
    rests_until = 0.0


@cache
def client(patience: float = PATIENCE) -> redis.Redis:
    return redis.Redis.from_url(settings.ENVIRONMENT.redis_url, socket_timeout=patience, socket_connect_timeout=patience)


def push(entry: Entry) -> bool:
    """Put a visit at the end of the list; whether it stands there. When nobody takes any, the oldest go."""
    if time.monotonic() < _Server.rests_until:
        return False
    try:
        waiting = client().rpush(KEY, json.dumps(entry, separators=(",", ":")))
        if waiting > settings.BROWSING["waiting_most"]:
            client().lpop(KEY)
    except redis.RedisError as error:
        _Server.rests_until = time.monotonic() + REST
        logger.warning("Visits are not recorded for %d seconds: %s.", REST, type(error).__name__)
        return False
    return True


def first(limit: int) -> list[bytes]:
    """The first visits of the list, which stay there until they are ``taken``."""
    return list(map(bytes, client(WORKING).lrange(KEY, 0, limit - 1)))  # type: ignore[arg-type]


def taken(entries: list[bytes]) -> None:
    """Remove what was written down: the first of the list, unless it is somebody else's by now."""
    with client(WORKING).pipeline() as pipe:
        for entry in entries:
            pipe.lrem(KEY, 1, entry)  # type: ignore[arg-type]
        pipe.execute()
