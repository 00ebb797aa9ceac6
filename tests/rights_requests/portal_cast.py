"""Somebody who plays the portal page by page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rights_requests.models import RightsRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

RIGHT = {"right": "ACCESS"}
DETAILS = {"right": "ACCESS", "text": "The mails about my order of May."}
PERSON = {
    "name": "Noor Vermeulen",
    "email": "noor@home.example",
    "requester": "CUSTOMER",
    "claims": "",
}


def answer(client: Client, *, details: dict[str, str] | None = None, person: dict[str, str] | None = None) -> None:
    """Answer all questions; nothing is sent yet."""
    details = DETAILS | (details or {})
    client.post(reverse("portal_request_right"), {"right": details["right"]})
    client.post(reverse("portal_request_details"), details)
    response = client.post(reverse("portal_request_person"), PERSON | (person or {}))
    assert response.status_code == 302, response.content
    assert response["Location"] == reverse("portal_request_check")


def check_data(client: Client) -> dict[str, str]:
    page = client.get(reverse("portal_request_check"))
    nonce = re.search(r'name="nonce" value="([^"]+)"', page.content.decode())
    assert nonce
    return {"is_mine": "on", "nonce": nonce[1], "subject_line": ""}


def send(client: Client) -> Any:
    return client.post(reverse("portal_request_check"), check_data(client))


def only_case() -> RightsRequest:
    return RightsRequest.objects.get()


_LITERAL = re.compile(r"""'(?:[^']|'')*'(?:::\w+)?|\b\d+(?:\.\d+)?\b|"s\d+_x\d+\"""")


def statements_of(act: Callable[[], object]) -> list[str]:
    """The SQL that something runs, without its values."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [_LITERAL.sub("?", query["sql"]) for query in captured.captured_queries]
