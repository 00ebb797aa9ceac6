"""The schema for programs, and the same as a page for people: ours alone, without a script or another host."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from api import problems
from api import schema as schemas
from api.enums import Scope

if TYPE_CHECKING:
    from django.http import HttpRequest

SCHEMA_TYPE = "application/vnd.oai.openapi+json"
READING = ("GET", "HEAD")
EXAMPLE_KEY = "0b6f3c1e-5a0d-4f4e-9d51-3c8f1a7e2b90"


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a body, a parameter or an answer."""

    name: str
    kind: str
    is_required: bool
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    words: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: tuple[Item, ...]
    body: tuple[Item, ...]
    answers: tuple[Answer, ...]


def _only_read(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Another method is refused as everywhere below these addresses."""

    @csrf_exempt
    @wraps(view)
    def read(request: HttpRequest) -> HttpResponse:
        if request.method not in READING:
            return problems.response(problems.Problem(problems.METHOD, headers={"Allow": ", ".join(READING)}))
        return view(request)

    return read


@_only_read
def schema(request: HttpRequest) -> HttpResponse:
    return JsonResponse(schemas.made(), content_type=SCHEMA_TYPE)


@_only_read
def to_page(request: HttpRequest) -> HttpResponse:
    return redirect("developers")


@require_safe
def api_page(request: HttpRequest) -> HttpResponse:
    made = schemas.made()
    context = {
        "operations": [_operation(made, path, method, told) for path, method, told in schemas.operations(made)],
        "kinds": problems.KINDS,
        "scopes": [(scope.value, scope.label) for scope in Scope],
        "example_url": f"{settings.PUBLIC_URL}{reverse('api_requests')}",
        "example_key": EXAMPLE_KEY,
    }
    return render(request, "api/page.html", context)


def _operation(made: dict[str, Any], path: str, method: str, told: dict[str, Any]) -> Operation:
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    scopes = [scope for requirement in told.get("security", ()) for scope in requirement.get(schemas.TOKEN, ())]
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        words=told.get("description", ""),
        scope=", ".join(scopes),
        parameters=tuple(_parameter(one) for one in told.get("parameters", ())),
        body=tuple(_items(made, body)),
        answers=tuple(_answer(made, status, one) for status, one in told["responses"].items()),
    )


def _parameter(one: dict[str, Any]) -> Item:
    return Item(name=one["name"], kind=one["in"], is_required=bool(one.get("required")), words=one.get("description", ""))


def _answer(made: dict[str, Any], status: str, one: dict[str, Any]) -> Answer:
    items = tuple(_items(made, one.get("content", {}).get("application/json", {}).get("schema", {})))
    return Answer(status=status, words=one.get("description", ""), items=items)


def _items(made: dict[str, Any], part: dict[str, Any], before: str = "") -> Iterator[Item]:
    """The fields of an object, and of the objects in it, each under its whole name."""
    found = schemas.resolved(made, part)
    for name, inner in found.get("properties", {}).items():
        whole, told = f"{before}{name}", _told(made, inner)
        words = inner.get("description", "")
        yield Item(name=whole, kind=_kind(made, told), is_required=name in found.get("required", ()), words=words)
        nested = schemas.resolved(made, told.get("items", told))
        if nested.get("properties"):
            yield from _items(made, nested, f"{whole}[]." if "items" in told else f"{whole}.")


def _told(made: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A reference may come with words beside it, as the only one of a list."""
    for together in ("allOf", "oneOf"):
        if together in part:
            return schemas.resolved(made, part[together][0])
    return schemas.resolved(made, part)


def _kind(made: dict[str, Any], told: dict[str, Any]) -> str:
    if "enum" in told:
        return " | ".join(value if isinstance(value, str) else json.dumps(value) for value in told["enum"])
    if told.get("type") == "array":
        return f"[{_kind(made, _told(made, told['items']))}]"
    kind = told.get("type", "object")
    named = " | ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{named} ({told['format']})" if "format" in told else named
