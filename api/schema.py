"""The schema of the API (OpenAPI 3.1), made from the views themselves. ``docs/openapi.yaml`` is its committed copy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api import problems
from api.answers import ProblemAnswer
from api.problems import Kind
from api.schema_consents import PATHS as CONSENT_PATHS
from api.schema_consents import SCHEMAS as CONSENT_SCHEMAS
from datamap.enums import FewerReason

if TYPE_CHECKING:
    from api.views.base import Endpoint

TOKEN = "token"  # noqa: S105 - the name of a scheme
KEY_HEADER = "Idempotency-Key"
ALWAYS = (problems.MALFORMED, problems.UNAUTHORISED, problems.SCOPE, problems.TOO_MANY, problems.ERROR, problems.UNAVAILABLE)
OF_BODIES = (problems.TOO_LARGE, problems.MEDIA, problems.INVALID)
OF_KEYS = (problems.KEY_MISSING, problems.IN_PROGRESS, problems.KEY_USED)
#: The objects that callers send: no field beside those that are named.
BODIES = "Body"
ABOUT = (
    "What other systems of ours may ask and tell OxyPrivacy. Each call shows a token in the Authorization header; each write brings an "
    "Idempotency-Key. Whatever is refused is told as RFC 9457 says."
)


KEY = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "pattern": r"^[\x21-\x7e]{16,128}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="A key of your own for this write, never used for another: repeated under it, the same call gets the same answer.",
)
CURSOR = OpenApiParameter(
    "cursor", {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}, description="The cursor of a page, as the page before gave it."
)
FENCE = OpenApiParameter(
    "fence", {"type": "integer", "minimum": 0, "maximum": 999_999_999}, required=True, description="The number of your claim."
)
FEWER = OpenApiParameter(
    "fewer",
    enum=FewerReason.values,
    description="Why fewer rows come than you found, where fewer do; without it they are refused. Somebody here decides whether to ask you once more.",
)
PARAMETERS = {parameter.name: parameter for parameter in (CURSOR, FENCE, FEWER)}


class Described(AutoSchema):
    """An address with its scope, its key and the problems that it may answer with."""

    @property
    def endpoint(self) -> Endpoint:
        """Every address below ``/api/v1/`` that DRF knows is one."""
        return cast("Endpoint", self.view)

    def get_override_parameters(self) -> list[Any]:
        names = sorted(self.endpoint.parameters.get(self.method, ()))
        needed = [KEY] if self.method == "POST" and self.endpoint.needs_key else []
        return [*needed, *(PARAMETERS[name] for name in names)]

    def get_description(self) -> str:  # type: ignore[override]
        """What the code says of itself is for colleagues."""
        return ""

    def get_auth(self) -> list[dict[str, list[str]]]:
        return [{TOKEN: [self.endpoint.scopes[self.method].value]}]

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(problems.PATH).partition("/")[0]]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemAnswer, direction).ref
        for status in sorted({kind.status for kind in self._refusals()}):
            titles = [kind.title for kind in problems.KINDS if kind.status == status and kind in self._refusals()]
            found[str(status)] = {"description": "; ".join(titles), "content": {problems.MEDIA_TYPE: {"schema": problem}}}
        return found

    def _refusals(self) -> tuple[Kind, ...]:
        is_write = self.method == "POST"
        return (
            *ALWAYS,
            *((problems.NOT_FOUND,) if "{" in self.path else ()),
            *(OF_BODIES if is_write else ()),
            *(OF_KEYS if is_write and self.endpoint.needs_key else ()),
            *(self.endpoint.refusals if is_write else ()),
        )


def only_ours(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(problems.PATH)]


def finished(result: dict[str, Any], generator: Any, request: Any, public: Any) -> dict[str, Any]:
    """What no view says of itself: how to be let in, that nothing may be added, and what ``consent`` answers beside this."""
    result["info"]["description"] = ABOUT
    for name, component in result["components"]["schemas"].items():
        component.pop("description", None)
        for inner in component.get("properties", {}).values():
            inner.pop("x-spec-enum-id", None)
            inner.get("items", {}).pop("x-spec-enum-id", None)
        if name.endswith(BODIES) and component.get("type") == "object":
            component["additionalProperties"] = False
    result["components"]["schemas"] |= CONSENT_SCHEMAS
    result["components"]["securitySchemes"] = {
        TOKEN: {"type": "http", "scheme": "bearer", "description": "A token that one of our privacy officers made for your system."}
    }
    result["paths"] = dict(sorted({**result["paths"], **CONSENT_PATHS}.items()))
    return result


@cache
def made() -> dict[str, Any]:
    """The schema, once for each process: it says nothing of who asks."""
    found: dict[str, Any] = SchemaGenerator(urlconf="oxyprivacy.urls").get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation, in the order of the schema."""
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post"}:
                yield path, method, operation


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A part of the schema, or what its reference points to."""
    while "$ref" in part:
        found: Any = schema
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def written() -> str:
    """As it is committed."""
    return str(yaml.safe_dump(made(), sort_keys=False, allow_unicode=True, width=140))
