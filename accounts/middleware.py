"""The guard on every way in: no page opens to staff before the second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect

from accounts.second_factor import has_second_factor, is_second_factor_done, needs_second_factor

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from django.http import HttpRequest, HttpResponseBase

#: What it takes to set a factor up, and to leave.
SET_UP = frozenset({"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout"})


#: Set where a session ends; nobody can send it, since headers of a request begin with HTTP_ there.
SIGNED_OUT = "oxyprivacy.signed_out"


class SignedOutMiddleware:
    """Have the browser forget what it kept of the pages of a session that ends (ASVS 14.3.1).

    Not its cookies: the session's own is renewed with the answer, which may carry a sentence for the next page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if SIGNED_OUT in request.META:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class StaffSecondFactorMiddleware:
    """Send staff without a second factor to its set-up; end a staff session that was opened without showing it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if not needs_second_factor(request.user) or is_second_factor_done(request):
            return None
        if has_second_factor(request.user):  # type: ignore[arg-type]
            logout(request)
            return redirect_to_login(request.get_full_path())
        return None if _name_of(request) in SET_UP else redirect("mfa_index")


def _name_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.url_name or "" if match else ""
