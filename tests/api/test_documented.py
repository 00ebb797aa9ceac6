"""The examples of ``docs/api.md`` do what stands below them."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from api import problems, schema
from api.enums import Scope
from tests.api import cast
from tests.connectors import systems
from tests.datamap.passing import allow, open_way

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(curl .+?)\n```\n```json\n(.+?)\n```", re.DOTALL)
#: What is another each time.
VARYING = frozenset({"reference", "received_at", "due_on", "closed_at", "id", "at"})


def examples() -> list[tuple[str, Any]]:
    return [(command, json.loads(answer)) for command, answer in EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))]


def played(command: str, token: str) -> Any:
    """What curl would send, sent: every option of the examples, and no other."""
    _curl, url, *options = shlex.split(command.replace("\\\n", " "))
    headers, data = {}, None
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "-d":
            data = value
            continue
        assert option == "-H", option
        name, _colon, told = value.partition(": ")
        headers[name] = told.replace("$TOKEN", token)
    kind = headers.pop("Content-Type", "")
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return Client().generic("GET" if data is None else "POST", urlsplit(url).path, data or "", content_type=kind, **named)


def shaped(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: "…" if name in VARYING and value is not None else shaped(value) for name, value in told.items()}
    return [shaped(inner) for inner in told] if isinstance(told, list) else told


@pytest.mark.django_db
def test_the_example_of_the_page_files_a_request() -> None:
    page = Client().get(reverse("developers")).content.decode()
    found = re.search(r"<code translate=\"no\">(curl .+?)</code>", page, re.DOTALL)
    assert found
    command = unescape(found[1]).replace("oxyp_…", "$TOKEN")
    answer = played(command, cast.secret_of(Scope.REQUESTS_FILE))
    assert answer.status_code == 201, answer.content
    assert answer.json()["requests"][0]["right"] == "ACCESS"


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "answer"), examples(), ids=range(len(examples())))
def test_an_example_gets_the_answer_below_it(command: str, answer: Any) -> None:
    allow("calendly", flow="accounts.planning", fields=["name"])
    open_way("calendly")
    with systems.declared(systems.TICKETS, file="tickets.toml") as system:
        response = played(command, cast.secret_of(system=system.key))
    assert response.status_code in {200, 201}, response.content
    assert shaped(response.json()) == shaped(answer)


def test_every_command_has_its_answer_and_every_scope_its_row() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert len(examples()) == text.count("```sh\ncurl ") >= 6
    assert [scope for scope in Scope if f"`{scope}`" not in text] == []
    assert problems.MEDIA_TYPE in text


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "nl"])
def test_the_reference_is_english_and_says_so_whatever_the_language_of_the_page(language: str) -> None:
    with translation.override(language):
        page = Client().get(reverse("developers")).content.decode()
    _before, *parts = re.split(r'<section class="section" [^>]*lang="en">', page)
    assert len(parts) == len(list(schema.operations(schema.made())))
    for part in parts:
        reference = part.partition("</section>")[0]
        assert not re.search(
            r"Corps|Paramètres|Réponse|Sans jeton|Parameters? van|Antwoord|Zonder token|<td[^>]*>(oui|non|ja|nee)<", reference
        )
    assert ("en anglais" if language == "fr" else "in het Engels") in page
    assert not re.search(r"<code>[^<]", page.partition("Authorization")[2].partition("</pre>")[2])
