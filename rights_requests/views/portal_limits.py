"""How often one address on the network, and one account, may do something that writes a row or a letter: counted in the shared
cache.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.core.cache import cache
from django.shortcuts import render
from django.utils.crypto import salted_hmac

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Concatenate, ParamSpec

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    P = ParamSpec("P")
    View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

HOUR = 3600

logger = logging.getLogger(__name__)


def limited(scope: str) -> Callable[[View[P]], View[P]]:
    """Answer 429 to a POST past ``filings_per_hour`` of this scope. Pages may always be read."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method == "POST" and is_past(request, scope):
                return too_many(request)
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/too_many.html", status=429)


def is_past(request: HttpRequest, scope: str) -> bool:
    """Count one more, of the connection and of the account. Without the cache nobody is refused: a right does not wait for a
    counter.

    Only the address of the connection counts; what a header claims is anybody's word. An account counts by itself, from
    however many addresses it is used.
    """
    try:
        return max(_counted(f"limit:{scope}:{who}") for who in _whose(request)) > int(settings.RIGHTS["filings_per_hour"])
    except redis.RedisError:
        logger.warning("no cache: the limit of %s was not counted", scope)
        return False


def _whose(request: HttpRequest) -> list[str]:
    """Nothing in the cache says whose address or account it is."""
    names = [request.META.get("REMOTE_ADDR", "")]
    if request.user.is_authenticated:
        names.append(f"account {request.user.pk}")
    return [salted_hmac("rights_requests.limits", name).hexdigest() for name in names]


def _counted(key: str) -> int:
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key)
    except ValueError:  # it ended between the two lines
        return 1
