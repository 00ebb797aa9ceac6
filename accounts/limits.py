"""How often one address on the network may send a form: the rates stand in ``ACCOUNT_RATE_LIMITS``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import redis
from allauth.core import ratelimit

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)


def is_within(request: HttpRequest, action: str) -> bool:
    """Count one more. Without the cache nobody is refused: to leave the pool, or to write to us, does not wait for a counter."""
    try:
        return bool(ratelimit.consume(request, action=action))
    except redis.RedisError:
        logger.warning("no cache: the limit of %s was not counted", action)
        return True
