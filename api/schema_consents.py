"""What ``consent`` answers by itself, without a token: described here, so that one schema tells everything under ``/api/v1/``."""

from __future__ import annotations

from typing import Any

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}


def _refused(words: str) -> dict[str, Any]:
    return {"description": words, "content": _PROBLEM}


PATHS: dict[str, Any] = {
    "/api/v1/consents": {
        "post": {
            "operationId": "keepChoice",
            "summary": "Keep a choice about cookies, as the banner sends it",
            "description": (
                "For the banner on our own sites, from their origins only: without a token, and under a number of the browser's own. "
                "docs/consent-contract.md says what the body holds."
            ),
            "tags": ["consents"],
            "security": [],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
            "responses": {
                "200": {
                    "description": "The choice was kept before",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
                },
                "201": {
                    "description": "The choice is kept",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
                },
                "400": _refused("The body cannot be read"),
                "403": _refused("The origin is not one of the site"),
                "404": _refused("No such site"),
                "409": _refused("The receipt is kept with another choice"),
                "413": _refused("The body is too large"),
                "415": _refused("Not JSON"),
                "422": _refused("A field is not right"),
                "429": _refused("Too many calls"),
                "503": _refused("Try again later"),
            },
        }
    }
}
SCHEMAS: dict[str, Any] = {
    "Receipt": {
        "type": "object",
        "properties": {
            "receipt": {"type": "string", "format": "uuid"},
            "recorded_at": {"type": "string", "format": "date-time"},
            "valid_until": {"type": "string", "format": "date-time"},
            "url": {"type": "string", "format": "uri"},
        },
        "required": ["receipt", "recorded_at", "valid_until", "url"],
    }
}
