"""What holds for every call, in this order: HTTPS, the address's limit, the token, its scope, its limit, the parameters, the size of
the body, the key of a write. Nothing of it looks at a session or a cookie.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.http import Http404, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts import limits
from api import problems
from api.problems import FieldError, Problem
from api.reading import StrictJSON
from api.schema import KEY_HEADER
from api.services import answering, tokens
from audit.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest
    from rest_framework.request import Request

    from api.enums import Scope
    from api.models import ApiToken
    from api.services.answering import Answer

MINUTE, HOUR = 60, 3600
KEY = re.compile(r"[\x21-\x7e]{16,128}", re.ASCII)
REALM = 'Bearer realm="OxyPrivacy API"'


class BearerToken(BaseAuthentication):
    """``Authorization: Bearer …``, and nothing else: neither a cookie nor anything in the address lets in."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken]:
        scheme, _blank, told = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = tokens.find(told, at=timezone.now()) if scheme.lower() == "bearer" and told else None
        if token is None:
            raise Problem(problems.UNAUTHORISED, headers={"WWW-Authenticate": REALM})
        return None, token


class JSONAlone(BaseContentNegotiation):
    """Answers are JSON, whatever somebody would rather have."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class Endpoint(APIView):
    """One address. ``scopes``: method to the scope that opens it. ``parameters``: method to what may stand behind the question mark."""

    authentication_classes = (BearerToken,)
    permission_classes = ()
    throttle_classes = ()
    parser_classes: tuple[type[BaseParser], ...] = (StrictJSON,)
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = JSONAlone
    metadata_class = None
    http_method_names = ["get", "head", "post"]

    scopes: ClassVar[Mapping[str, Scope]]
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}
    refusals: ClassVar[tuple[problems.Kind, ...]] = ()
    """Problems that this address alone may answer with."""
    needs_key: ClassVar[bool] = True
    """Whether a POST is a write."""
    most_bytes: ClassVar[str] = "body_size"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request, force=True)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            raise Problem(problems.INSECURE)
        self._limit(request.META.get("REMOTE_ADDR", ""), scope="api-address", most="per_minute_and_address")
        self.perform_authentication(request)
        self._require_scope(request)
        self._limit(str(self.token.pk), scope="api-token", most="per_minute_and_token")
        if "\0" in request.path_info:  # no name of anything: the database would not even be asked
            raise Http404
        self._require_known_parameters(request)
        self._require_small_body(request)

    @property
    def token(self) -> ApiToken:
        """The one that opened: a call without one never comes so far."""
        return cast("ApiToken", self.request.auth)

    @property
    def actor(self) -> Actor:
        return Actor.system(f"{self.token.system}:{self.token.prefix}")

    @property
    def said_bytes(self) -> int:
        """How long the body is, as its header says: no more of it is read."""
        try:
            return int(self.request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return 0

    def checked(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        """The body, as the serializer reads it."""
        read = serializer(data=self.request.data)
        read.is_valid(raise_exception=True)
        found: dict[str, Any] = read.validated_data
        return found

    def once(
        self,
        deed: Callable[[datetime], Answer],
        *,
        written: Callable[[], bytes] | None = None,
        tell: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    ) -> Response:
        """Carry a write out under its key; what was done under it before is answered in the same words. ``tell`` makes the answer of
        what is kept of it, where not all of it may be kept.
        """
        at = timezone.now()
        key = self.request.META.get("HTTP_IDEMPOTENCY_KEY", "")
        if not key:
            raise Problem(problems.KEY_MISSING)
        if KEY.fullmatch(key) is None:
            raise Problem(problems.MALFORMED, f"{KEY_HEADER} must be 16 to 128 visible ASCII characters.")
        try:
            answer = answering.once(token=self.token, key=key, written=written or self._written, deed=lambda: deed(at), at=at)
        except answering.InProgress as error:
            raise Problem(problems.IN_PROGRESS, headers={"Retry-After": problems.SOON}) from error
        except answering.KeyUsed as error:
            raise Problem(problems.KEY_USED) from error
        headers = {"Idempotency-Replayed": "true"} if answer.is_repeated else {}
        return Response(tell(answer.content), status=answer.status, headers=headers)

    def _written(self) -> bytes:
        request = self.request._request  # noqa: SLF001 - the bytes themselves
        return b"\n".join([str(request.method).encode(), request.path_info.encode(), request.body])

    def require_media_type(self) -> None:
        """For who reads the body without a parser."""
        if JSONAlone().select_parser(self.request, self.parser_classes) is None:
            raise exceptions.UnsupportedMediaType(self.request.content_type or "")

    def _limit(self, who: str, *, scope: str, most: str, seconds: int = MINUTE) -> None:
        if limits.is_past(who, scope=scope, most=int(settings.API[most]), seconds=seconds):
            raise Problem(problems.TOO_MANY, headers={"Retry-After": str(seconds)})

    def _require_scope(self, request: Request) -> None:
        scope = self.scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if scope is not None and scope not in self.token.scopes:
            header = f'{REALM}, error="insufficient_scope", scope="{scope}"'
            raise Problem(problems.SCOPE, headers={"WWW-Authenticate": header}, scope=scope.value)

    def _require_known_parameters(self, request: Request) -> None:
        """A parameter that nobody reads, or that stands twice, is a mistake; a token there would stand in logs on its way."""
        known = self.parameters.get("GET" if request.method == "HEAD" else str(request.method), frozenset())
        for name, values in request.query_params.lists():
            if name not in known:
                raise Problem(problems.MALFORMED, "There is no such parameter here. Tokens stand in the Authorization header alone.")
            if len(values) > 1:
                raise Problem(problems.MALFORMED, "Each parameter stands once.")

    def _require_small_body(self, request: Request) -> None:
        """Of a body in chunks the server hands us nothing: an answer of many rows would be taken for one of none."""
        if "HTTP_TRANSFER_ENCODING" in request.META:
            raise Problem(problems.MALFORMED, "The body must come whole, with its Content-Length, and not in chunks.")
        if self.said_bytes > int(settings.API[self.most_bytes]):
            raise Problem(problems.TOO_LARGE, most=int(settings.API[self.most_bytes]))

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return handle


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The problem that an exception is; what is none of ours is an error of ours (``server_error``)."""
    problem = _problem_of(error)
    if problem is None:
        return None
    if problem.kind == problems.MEDIA:
        problem.detail = f"The body must be {context['view'].parser_classes[0].media_type}."
    return Response(problem.as_dict(), status=problem.kind.status, headers=problem.headers, content_type=problems.MEDIA_TYPE)


def _problem_of(error: Exception) -> Problem | None:
    if isinstance(error, Problem):
        return error
    if isinstance(error, exceptions.ValidationError):
        return Problem(problems.INVALID, errors=list(field_errors(error.detail)))
    kinds: Mapping[type[Exception], problems.Kind] = {
        Http404: problems.NOT_FOUND,
        PermissionDenied: problems.SCOPE,
        RequestDataTooBig: problems.TOO_LARGE,
        TooManyFieldsSent: problems.MALFORMED,
        UnreadablePostError: problems.MALFORMED,
        exceptions.MethodNotAllowed: problems.METHOD,
        exceptions.UnsupportedMediaType: problems.MEDIA,
        exceptions.ParseError: problems.MALFORMED,
    }
    return next((Problem(kind) for known, kind in kinds.items() if isinstance(error, known)), None)


def field_errors(detail: Any, pointer: str = "") -> Any:
    """What DRF says of each field, flat."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from field_errors(inner, pointer + step)
    elif isinstance(detail, list) and any(isinstance(inner, Mapping | list) for inner in detail):
        for number, inner in enumerate(detail):
            yield from field_errors(inner, f"{pointer}/{number}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from field_errors(inner, pointer)
    else:
        yield FieldError(field=pointer, code=str(getattr(detail, "code", "invalid")), detail=str(detail))


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str = "") -> Any:
    """Below the API's addresses whatever does not exist is a problem, and no page."""
    return problems.response(Problem(problems.NOT_FOUND))
