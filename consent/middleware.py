"""The short way for banners: no session, no visit, no language is looked for where none is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from consent.views import choices

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

CHOICES = "/api/v1/consents"
NOTICE = re.compile(r"/consent/v1/([a-z0-9.-]{1,40})/([a-z]{2})\.json", re.ASCII)


class ExpressMiddleware:
    """It stands before all that a choice does not need; that a choice is no visit keeps addresses away from it as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path == CHOICES:
            return choices.choices(request)
        if path.startswith("/consent/v1/") and (found := NOTICE.fullmatch(path)):
            return choices.notice(request, found[1], found[2])
        return self.get_response(request)
