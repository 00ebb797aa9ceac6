"""Why not, as RFC 9457 says it: one row for each kind, which the page about the API tells people too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

MEDIA_TYPE = "application/problem+json"
PATH = "/api/v1/"
#: Seconds after which it is worth another try.
SOON = "5"


@dataclass(frozen=True, slots=True)
class Kind:
    """``code`` ends the address of its type. ``title`` is for programs and stays English, ``meaning`` is for the page."""

    code: str
    status: int
    title: str
    meaning: _StrPromise

    @property
    def type(self) -> str:
        return f"{settings.PUBLIC_URL}/api/#problem-{self.code}"


MALFORMED = Kind("malformed", 400, "The call cannot be read", _("A header, a parameter or the body is not what it must be."))
KEY_MISSING = Kind(
    "key-missing", 400, "An Idempotency-Key is missing", _("Each write brings a key of its own: 16 to 128 visible ASCII characters.")
)
UNAUTHORISED = Kind(
    "unauthorised",
    401,
    "No valid token",
    _("There is no token, it has ended or was revoked, or it stands in another place than the header."),
)
SCOPE = Kind("scope", 403, "The token does not open this", _("The token is valid and lacks the scope of this call."))
INSECURE = Kind("insecure", 403, "Only over HTTPS", _("The call came in clear. Revoke the token: others may have read it."))
NOT_FOUND = Kind("not-found", 404, "Nothing here", _("There is no such thing, or it is another system’s: the answer is the same."))
METHOD = Kind("method", 405, "No such method here", _("The address exists and does not know this method."))
IN_PROGRESS = Kind(
    "in-progress", 409, "The first call is not finished", _("Another call under the same key is being carried out: repeat it in a moment.")
)
STOPPED = Kind(
    "stopped", 409, "The data may not be used for this", _("A restriction, an objection or a missing consent stops it. Nothing was done.")
)
CONFLICT = Kind("conflict", 409, "Not as things stand", _("What was asked is not possible in the present state. Nothing was done."))
TOO_LARGE = Kind("too-large", 413, "The body is too large", _("The body has more bytes than this address takes."))
MEDIA = Kind(
    "media-type",
    415,
    "Another media type",
    _("The body must be application/json in UTF-8, or application/x-ndjson where rows are handed over."),
)
INVALID = Kind(
    "invalid", 422, "Some fields are not right", _("Each wrong field is named, with a code and what is wrong. Nothing was done.")
)
KEY_USED = Kind("key-used", 422, "The key belongs to another call", _("The Idempotency-Key was used for another body or address."))
TOO_MANY = Kind("too-many", 429, "Too many calls", _("Wait as many seconds as Retry-After says."))
ERROR = Kind("error", 500, "An error of ours", _("It is in our log under the reference given. A write under a key can be repeated."))
UNAVAILABLE = Kind("unavailable", 503, "Not available", _("Try again later."))

KINDS = (
    MALFORMED, KEY_MISSING, UNAUTHORISED, SCOPE, INSECURE, NOT_FOUND, METHOD, IN_PROGRESS, STOPPED, CONFLICT, TOO_LARGE, MEDIA, INVALID,
    KEY_USED, TOO_MANY, ERROR, UNAVAILABLE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldError:
    """``field`` is a JSON pointer into the body (RFC 6901), or the name of a parameter."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """A call is not answered as it wished."""

    def __init__(
        self, kind: Kind, detail: str = "", *, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(kind.code)
        self.kind, self.detail, self.errors, self.headers, self.more = kind, detail, errors, dict(headers or {}), more

    def as_dict(self) -> dict[str, Any]:
        told: dict[str, Any] = {"type": self.kind.type, "title": self.kind.title, "status": self.kind.status, **self.more}
        if self.detail:
            told["detail"] = self.detail
        if self.errors:
            told["errors"] = [{"field": error.field, "code": error.code, "detail": error.detail} for error in self.errors]
        return told


def is_for_program(request: HttpRequest) -> bool:
    """Whether whoever asks reads problems and no pages."""
    return request.path_info.startswith(PATH)


def response(problem: Problem) -> JsonResponse:
    return JsonResponse(problem.as_dict(), status=problem.kind.status, content_type=MEDIA_TYPE, headers=problem.headers)
