"""Bodies as other systems send them: JSON of one kind only, so that nobody reads the same bytes in two ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api.problems import MALFORMED, Problem


class StrictJSON(BaseParser):
    """UTF-8, an object, every name once, no number that JSON does not know."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        assert parser_context is not None
        request: Request = parser_context["request"]
        return read(request._request.body)  # noqa: SLF001 - the bytes whose size was looked at


class Lines(BaseParser):
    """JSON Lines, which whoever takes them reads as they come."""

    media_type = "application/x-ndjson"


def read(body: bytes) -> dict[str, Any]:
    """Raises ``Problem``: it is no such JSON. What is nested without end is refused by the reader itself."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Problem(MALFORMED, "The body is no JSON in UTF-8 in which every name stands once.") from error
    if not isinstance(found, dict):
        raise Problem(MALFORMED, "The body must be a JSON object.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(name: str) -> float:
    raise ValueError(name)
