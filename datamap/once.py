"""A form that is sent twice is taken once: a double click, or a page that is sent again as it was.

Every page carries a token of its own against forgery, so that two equal ones are the same page. Only what was done counts: what was refused
can be sent again, and a new page does the same thing again. The shared cache knows a hash of what was sent, and where it led.
"""

from __future__ import annotations

import json
import logging
import time
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import redis
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponseRedirect
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    V = TypeVar("V", bound=Callable[..., HttpResponseBase])
else:
    V = TypeVar("V")

logger = logging.getLogger(__name__)

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of the box
#: Seconds: how long a page that led somewhere is remembered, how long one may be at work, and how often the other looks.
REMEMBERED, AT_WORK, LOOK = 3600, 30, 0.1
WORKING = ""


def once(view: V) -> V:
    """Let a view that makes something new, and then leads on, do it once for each page. Without the cache it is done."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or not request.POST.get(TOKEN):
            return view(request, *args, **kwargs)
        key = _key(request)
        try:
            led_to = _take(key)
        except redis.RedisError:
            logger.warning("no cache: a form may be taken twice")
            return view(request, *args, **kwargs)
        if led_to:
            messages.info(request, _("This page was sent already, and nothing was done a second time."))
            return HttpResponseRedirect(led_to)
        response = None
        try:
            response = view(request, *args, **kwargs)
        finally:
            _keep(key, response.headers["Location"] if isinstance(response, HttpResponseRedirect) else "")
        return response

    return wrapped  # type: ignore[return-value]


def _key(request: HttpRequest) -> str:
    sent = [request.get_full_path(), request.session.session_key, sorted(request.POST.lists())]
    files = sorted((name, file.name, file.size) for name, several in request.FILES.lists() for file in several)
    return f"once:{salted_hmac('datamap.once', json.dumps([*sent, files])).hexdigest()}"


def _take(key: str) -> str:
    """Where the same page led already; empty: it is ours. Waits for one that is at work, whose turn it is first."""
    for _turn in range(int(AT_WORK / LOOK)):
        if cache.add(key, WORKING, AT_WORK):
            return ""
        if led_to := cache.get(key):
            return str(led_to)
        time.sleep(LOOK)
    return ""


def _keep(key: str, led_to: str) -> None:
    try:
        if led_to:
            cache.set(key, led_to, REMEMBERED)
        else:
            cache.delete(key)
    except redis.RedisError:
        logger.warning("no cache: a form may be taken twice")
