"""What ``consent`` answers by itself, without a token: described here, so that one schema tells everything under ``/api/v1/``."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from consent import rules

#: By status: the codes of ``consent.rules`` and what they come to.
REFUSALS: dict[int, tuple[str, tuple[str, ...]]] = {
    400: ("The body cannot be read", ("not-json", "wrong-body")),
    403: ("The origin is not one of the site", ("wrong-origin",)),
    404: ("No such site", ("unknown-site",)),
    409: ("The receipt is kept with another choice", ("other-choice",)),
    413: ("The body is too large", ("too-large",)),
    415: ("Not JSON", ("wrong-type",)),
    422: ("A field is not right", ("clock-ahead", "too-old", "unknown-category", "unknown-notice")),
    429: ("Too many calls", ("too-many",)),
    503: ("Try again later", ("unavailable",)),
}
#: After these the same call is worth another try.
LATER = frozenset({429, 503})
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _refused(status: int) -> dict[str, Any]:
    words, codes = REFUSALS[status]
    narrowed = {"$ref": "#/components/schemas/ChoiceProblemAnswer", "properties": {"code": {"enum": list(codes)}}}
    told = {"description": words, "content": {"application/problem+json": {"schema": narrowed}}}
    return told | ({"headers": RETRY} if status in LATER else {})


def _kept(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}}


_ALL_YES = {"additionalProperties": {"const": True}}
_ALL_NO = {"additionalProperties": {"const": False}}


def _where(method: str, choices: dict[str, Any]) -> dict[str, Any]:
    return {"if": {"properties": {"method": {"const": method}}, "required": ["method"]}, "then": {"properties": {"choices": choices}}}


_AHEAD, _BACK = settings.CONSENT["client_clock_ahead"], settings.CONSENT["client_time_back"]
_CLOCK = f"By the browser's clock: at most {_AHEAD.seconds // 60} minutes ahead of ours and {_BACK.days} days behind it."
_SENT = {"schema": {"$ref": "#/components/schemas/ChoiceBody"}}
PATHS: dict[str, Any] = {
    "/api/v1/consents": {
        "post": {
            "operationId": "keepChoice",
            "summary": "Keep a choice about cookies, as the banner sends it",
            "description": (
                "For the banner on our own sites, from their origins only: without a token, and under a number of the browser's own. "
                f"At most {settings.CONSENT['body_size']} bytes. docs/consent-contract.md says what the browser does with each answer."
            ),
            "tags": ["consents"],
            "security": [],
            "requestBody": {"required": True, "content": {"application/json": _SENT, "text/plain": _SENT}},
            "responses": {
                "200": _kept("The choice was kept before"),
                "201": _kept("The choice is kept"),
                **{str(status): _refused(status) for status in REFUSALS},
            },
        }
    }
}
SCHEMAS: dict[str, Any] = {
    "ChoiceBody": {
        "type": "object",
        "properties": {
            "receipt": {
                "type": "string",
                "pattern": _whole(rules.UUID4.pattern),
                "maxLength": 36,
                "description": "New for each choice; the same when it is sent again.",
            },
            "consent_id": {
                "type": ["string", "null"],
                "pattern": _whole(rules.UUID4.pattern),
                "maxLength": 36,
                "description": "The browser's own number, from the first time on that something is allowed; null for who only ever refused.",
            },
            "site": {"type": "string", "description": "The code of the site, one of whose origins sends this."},
            "notice": {
                "type": "string",
                "pattern": _whole(rules.NOTICE.pattern),
                "maxLength": 64,
                "description": f"The notice that was shown: in force, or until {rules.LATE.days} days ago.",
            },
            "language": {"type": "string", "description": "That of the notice."},
            "method": {"type": "string", "enum": sorted(rules.METHODS)},
            "choices": {
                "type": "object",
                "additionalProperties": {"type": "boolean"},
                "description": "Every category of the notice that is not locked, and no other.",
            },
            "signal": {
                "enum": [*sorted(str(name) for name in rules.SIGNALS if name), None],
                "description": "What the browser sent by itself. Of dnt nothing is kept.",
            },
            "at": {
                "type": "string",
                "format": "date-time",
                "pattern": _whole(rules.INSTANT.pattern),
                "maxLength": 32,
                "description": _CLOCK,
            },
        },
        "required": sorted(rules.NAMES),
        "additionalProperties": False,
        "allOf": [
            _where("accept_all", _ALL_YES),
            _where("refuse_all", _ALL_NO),
            _where("withdrawal", {"not": _ALL_YES}),
        ],
    },
    "ChoiceProblemAnswer": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": "about:blank"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": sorted(rules.TITLES)},
            "field": {"type": "string", "enum": sorted(rules.NAMES), "description": "Which field is not right, where one is."},
        },
        "required": ["type", "title", "status", "code"],
        "additionalProperties": False,
    },
    "Receipt": {
        "type": "object",
        "properties": {
            "receipt": {"type": "string", "format": "uuid"},
            "recorded_at": {"type": "string", "format": "date-time"},
            "valid_until": {"type": "string", "format": "date-time"},
            "url": {"type": "string", "format": "uri"},
        },
        "required": ["receipt", "recorded_at", "valid_until", "url"],
        "additionalProperties": False,
    },
}
