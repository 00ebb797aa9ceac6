"""How often one address on the network may send a form: the rates stand in ``ACCOUNT_RATE_LIMITS``. And how often anybody does
anything: what counts stands in the shared cache, and nothing there says who it is.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import redis
from allauth.core import ratelimit
from django.core.cache import cache
from django.utils.crypto import salted_hmac

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


def is_past(who: str, *, scope: str, most: int, seconds: int) -> bool:
    """Count one more of ``who``; whether that is more than ``most`` in so many seconds. Without the cache nobody is refused."""
    key = f"limit:{scope}:{salted_hmac('accounts.limits', who).hexdigest()}"
    try:
        cache.add(key, 0, seconds)
        return cache.incr(key) > most
    except ValueError:  # it ended between the two lines
        return False
    except redis.RedisError:
        logger.warning("no cache: the limit of %s was not counted", scope)
        return False
