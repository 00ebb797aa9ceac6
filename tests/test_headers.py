"""The headers and the mark-up that the security policy asks of every answer, whatever it says."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.test import Client, override_settings

from accounts.enums import UserRole
from tests.accounts import factories
from tests.addresses import Address, every_address, is_in_admin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponseBase

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Pages that are the same for everybody may say themselves that they may be stored.
PUBLIC = frozenset({"health"})
#: What a browser keeps and asks about again each time: it names nobody, and nobody between keeps it.
KEPT = frozenset({"policy_promises"})
#: What other origins read: they may, and nothing else about it differs.
CROSSING = frozenset({"consent_choices", "consent_notice"})


def directives(response: HttpResponseBase) -> dict[str, str]:
    policy = response.headers.get("Content-Security-Policy", "")
    return {words[0]: " ".join(words[1:]) for part in policy.split(";") if (words := part.split())}


def faults_of_headers(response: HttpResponseBase) -> list[str]:
    """What an answer lacks, in words."""
    found = [f"{name}: {response.headers.get(name)!r}" for name, value in ALWAYS.items() if response.headers.get(name) != value]
    if response.headers.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        found.append(f"Referrer-Policy: {response.headers.get('Referrer-Policy')!r}")
    policy = directives(response)
    found += [f"CSP {name}: {policy.get(name)!r}" for name, value in POLICY.items() if policy.get(name) != value]
    found += [f"CSP has {word}" for word in ("unsafe-inline", "unsafe-eval", "data:", "*") if word in str(policy)]
    if "camera=()" not in response.headers.get("Permissions-Policy", ""):
        found.append("no Permissions-Policy")
    if "no-store" not in response.headers.get("Cache-Control", ""):
        found.append(f"Cache-Control: {response.headers.get('Cache-Control')!r}")
    return found


class Markup(HTMLParser):
    """Collects what the policy would block or what would leave our host."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.faults.append(f"inline <{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"{name}= on <{tag}>")
            if name in {"src", "srcset", "action", "formaction", "data", "poster"} and is_elsewhere(value):
                self.faults.append(f"{name}={value} on <{tag}>")
            if name == "href" and tag in {"link", "use", "image", "base"} and is_elsewhere(value):
                self.faults.append(f"href={value} on <{tag}>")
            if name in {"href", "src", "action"} and (value or "").strip().lower().startswith(("javascript:", "data:")):
                self.faults.append(f"{name}={value} on <{tag}>")


def is_elsewhere(value: str | None) -> bool:
    return bool(urlsplit(value or "").netloc)


def faults_of_markup(text: str) -> list[str]:
    markup = Markup()
    markup.feed(text)
    return markup.faults


def is_page(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def faults(response: HttpResponseBase) -> list[str]:
    found = faults_of_headers(response)
    if is_page(response):
        found += faults_of_markup(response.content.decode())  # type: ignore[attr-defined]
    return found


def ours() -> list[Address]:
    return [address for address in every_address() if not is_in_admin(address)]


def visitors(client: Client) -> Iterator[tuple[str, Client]]:
    """Nobody, a customer, and somebody of each desk."""
    yield "nobody", client
    yield "customer", factories.sign_in(Client(), factories.make_user())
    yield "agent", factories.sign_in(Client(), factories.make_staff(UserRole.HELPDESK))
    yield "human resources", factories.sign_in(Client(), factories.make_staff(UserRole.HR))


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_every_answer_of_every_address_carries_the_headers(client: Client, method: str) -> None:
    found = {}
    for who, visitor in visitors(client):
        for address in ours():
            if address.name in PUBLIC:
                continue
            response = getattr(visitor, method)(address.path())
            if address.name in CROSSING:
                assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
                response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
            if address.name in KEPT and method == "get":
                assert response.headers["Cache-Control"] == "private, no-cache"
                response.headers["Cache-Control"] = "no-store"
            if problems := faults(response):
                found[f"{who} {method} {address.name} ({response.status_code})"] = problems
    assert found == {}


@pytest.mark.parametrize(
    "name",
    [
        "portal_link_confirm",
        "portal_link_cancel",
        "jobs_pool",
        "jobs_offer",
        "newsletter_confirm",
        "newsletter_unsubscribe",
        "events_confirm",
        "events_own",
        "partners_confirm",
        "partners_own",
    ],
)
def test_a_page_with_a_token_in_its_address_tells_it_nobody(client: Client, name: str) -> None:
    address = next(address for address in ours() if address.name == name)
    assert client.get(address.path()).headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("language", ["", "/fr", "/nl"])
@pytest.mark.parametrize("path", ["/nothing/here/", "/desk/nothing/", "/cases/R-0000-00/"])
def test_what_is_not_there_says_so_under_the_same_headers(client: Client, language: str, path: str) -> None:
    response = client.get(f"{language}{path}")
    assert response.status_code == 404
    assert faults(response) == []


def test_an_error_of_ours_shows_a_reference_and_no_detail_under_the_same_headers(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("secret detail of the database")

    monkeypatch.setattr("oxyprivacy.views.connection.cursor", break_down)
    client.raise_request_exception = False
    response = client.get("/health/")
    assert response.status_code >= 500
    assert "secret detail" not in response.content.decode()
    assert faults(response) == []


def test_a_form_without_its_token_is_refused_under_the_same_headers() -> None:
    strict = Client(enforce_csrf_checks=True)
    agent = factories.make_staff(UserRole.HELPDESK)
    factories.sign_in(strict, agent)
    response = strict.post("/desk/assign/", {"selected": "R-0000-00"})
    assert response.status_code == 403
    assert faults(response) == []


@override_settings(ALLOWED_HOSTS=["testserver"])
def test_a_foreign_host_is_refused(client: Client) -> None:
    assert client.get("/", headers={"host": "elsewhere.example"}).status_code == 400


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("<script>go()</script>", "inline <script>"),
        ("<style>p{}</style>", "inline <style>"),
        ('<p style="color:red">', "style= on <p>"),
        ('<button onclick="go()">', "onclick= on <button>"),
        ('<img src="https://elsewhere.example/a.png">', "src=https://elsewhere.example/a.png on <img>"),
        ('<link href="//elsewhere.example/a.css">', "href=//elsewhere.example/a.css on <link>"),
        ('<form action="https://elsewhere.example/">', "action=https://elsewhere.example/ on <form>"),
        ('<a href="javascript:go()">', "href=javascript:go() on <a>"),
    ],
)
def test_the_mark_up_check_sees_what_it_looks_for(planted: str, fault: str) -> None:
    assert faults_of_markup(planted) == [fault]


def test_the_header_check_sees_an_answer_without_headers() -> None:
    from django.http import HttpResponse

    found = faults_of_headers(HttpResponse("bare"))
    assert len(found) == len(ALWAYS) + len(POLICY) + 3


def static_files() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in {".css", ".svg", ".js"} and ".min." not in path.name)


@pytest.mark.parametrize("path", static_files(), ids=lambda path: path.name)
def test_our_own_files_ask_no_other_host(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    addresses = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*", text)) - {"http://www.w3.org/2000/svg"}
    asked = [address for address in addresses if re.search(rf"(url\(|@import|src=|href=|fetch\()\s*[\"']?{re.escape(address)}", text)]
    assert asked == []
