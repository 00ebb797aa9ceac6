"""Nothing that a value says becomes anything but words: not markup, HTML, a header or template code."""

from __future__ import annotations

import email
import email.policy
import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from hypothesis import given
from hypothesis import strategies as st

from letters import blocks, mail, page, plain, sealing, services
from letters.blocks import Heading, Link, Listing, Paragraph, Secret, Table
from letters.enums import LetterStatus
from letters.events import expires_at
from letters.filling import fill
from letters.markup import LetterText, ParagraphText, Place, letter_text
from letters.models import Letter
from letters.reading import readable
from letters.values import Items, Rows, Value
from letters.words import clean
from tests.letters import samples

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "{{ settings.SECRET_KEY }}",
    "{% load x %}{% include 'admin' %}",
    "{link}",
    "{{link}}",
    "{reference!r}",
    "{0.__class__.__mro__}",
    "%(password)s %s %n",
    "# A heading of mine",
    "- an item of mine",
    "| I owe | 1,000,000 |",
    "|= Total | 0 |",
    "+ remedies",
    "Subject: Something else",
    '#import "evil.typ": *',
    '#read("/etc/passwd")',
    "#sys.inputs",
    "$ x^2 $ *bold* _it_ `raw` @ref <label>",
    "\\ \\u{1F600} // comment /* c */",
    "]#panic()[",
    "javascript:alert(1)",
    "http://evil.example/confirm/",
    "a\r\nBcc: victim@example.com",
    "a\nSubject: b\n\n<p>body",
    "=?utf-8?q?=0D=0ABcc:_x@example.com?=",
    "\x00\x07\x1b[31m",
    "\u202egnp.exe\u202c",
    "\ud800",
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE letters_letter; --",
    "&lt;b&gt; &amp;amp;",
    "{" * 200,
)

# Secrets of this shape are the only addresses that may become links.
OURS = settings.PUBLIC_URL


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def unsaved(event: str, language: str = "en", **changed: Value) -> Letter:
    values: dict[str, Value] = {**samples.VALUES[event], **samples.STANDING, **changed}
    secrets = samples.SECRETS.get(event, {})
    made = fill(letter_text(event, language), values=values, secrets=secrets, language=language)
    return Letter(
        event=event,
        language=language,
        about=samples.REFERENCE,
        recipient="nathalie@customer.example",
        subject=made.subject,
        body=blocks.to_json(made.tree),
        sealed=sealing.seal(secrets),
        message_id="<1@oxygis.example>",
        status=LetterStatus.QUEUED,
        written_at=samples.NOON,
        next_try_at=samples.NOON,
        expires_at=expires_at(event, written_at=samples.NOON),
    )


def everywhere(payload: str) -> Letter:
    """The payload in every kind of place: a subject, a line, a paragraph, a list, a cell, a name."""
    letter = unsaved("account_mail", subject=payload, lines=[payload], greeting=f"Dear {payload},")
    refused = unsaved("request_refused", right=payload, ground=payload, reason=payload, article=payload)
    ready = unsaved("access_ready", sources=Items([payload]), withheld=Items([payload]), status_url=payload)
    done = unsaved("erasure_done", erased=Rows([(payload, 1)], total=(payload, 1)), kept=Rows([(payload, 1, payload, payload)]))
    letter.body = [*letter.body, *refused.body, *ready.body, *done.body]
    return letter


def html_in(message: EmailMultiAlternatives) -> str:
    html = message.alternatives[0][0]
    assert isinstance(html, str)
    return html


def shape(letter: Letter) -> list[str]:
    return [block.kind for block in blocks.from_json(letter.body)]


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_value_adds_no_block_and_no_secret(payload):
    letter = everywhere(payload)
    plain_one = everywhere("harmless")
    kept = clean(payload) != ""
    # A value of several lines alone in its place becomes as many paragraphs, nothing else.
    extra = 3 * (len([line for line in payload.splitlines() if clean(line)]) - 1) if kept else 0
    assert shape(letter).count("heading") == shape(plain_one).count("heading") or not kept
    assert shape(letter).count("listing") == shape(plain_one).count("listing") or not kept
    assert shape(letter).count("table") == shape(plain_one).count("table")
    assert len(shape(letter)) <= len(shape(plain_one)) + max(extra, 0)
    assert blocks.secrets_in(blocks.from_json(letter.body)) == frozenset()


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_value_adds_no_tag_and_no_attribute(payload):
    for render in (page.sheet, page.mail):
        letter = everywhere(payload)
        tags = Tags(render(letter, readable(letter)))
        harmless = everywhere("harmless")
        known = {tag for tag, _attrs in Tags(render(harmless, readable(harmless))).found}
        assert {tag for tag, _attrs in tags.found} <= known
        assert not [name for _tag, attrs in tags.found for name, _value in attrs if name.startswith("on") or name == "style"]
        assert [dict(attrs)["href"] for tag, attrs in tags.found if tag == "a"] == []
        if clean(payload):
            assert " ".join(clean(payload).split()) in " ".join(tags.text.split())


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_value_adds_no_header_and_no_part(payload):
    message = email.message_from_bytes(mail.message_of(everywhere(payload)).message().as_bytes(), policy=email.policy.default)
    assert message["Bcc"] is None
    assert message["To"] == "nathalie@customer.example"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert len(message.get_all("Subject", [])) == 1


@given(st.text(max_size=60))
def test_any_text_at_all_stays_one_run_of_words(text):
    letter = LetterText(subjects=letter_text("account_mail", "en").subjects, blocks=(ParagraphText(("Before ", Place("lines"), " after")),))
    made = fill(letter, values={"subject": text, "lines": text}, secrets=("lines", "link"), language="en")
    assert made.tree == (Paragraph(("Before ", clean(text), " after")),)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", made.subject)
    assert blocks.from_json(blocks.to_json(made.tree)) == made.tree


def test_a_tree_is_stored_and_read_back_whole():
    tree = (
        Heading(("Title",)),
        Paragraph(("Words ", Link(f"{OURS}/x/"), Secret("link"))),
        Listing((("a",), ("b", "c"))),
        Table(rows=((("a",), ("1",)),), total=(("sum",), ("1",)), figures=(False, True)),
        Table(rows=((("a",), ("b",), ("c",)),), head=(("x",), ("y",), ("z",)), figures=(False, False, False)),
    )
    assert blocks.from_json(blocks.to_json(tree)) == tree


def test_only_our_own_addresses_become_links():
    ours, foreign = unsaved("new_message"), unsaved("new_message", status_url="https://evil.example/cases/")
    near = unsaved("new_message", status_url=f"{OURS}.evil.example/cases/")
    assert f'<a href="{samples.STATUS_URL}">' in services.html_of(ours)
    assert "<a " not in services.html_of(foreign)
    assert "<a " not in services.html_of(near)


def test_only_the_mail_shows_a_secret():
    letter = unsaved("erasure_notice")
    link = samples.SECRETS["erasure_notice"]["cancel_link"]
    message = mail.message_of(letter)
    assert link in message.body
    assert f'<a href="{link}">' in html_in(message)
    assert link not in services.text_of(letter)
    assert link not in services.html_of(letter)
    assert "(link sent by mail)" in services.text_of(letter)
    assert link not in str(letter.body)
    assert link.encode() not in bytes(letter.sealed)


def test_the_mail_asks_for_nothing_from_anywhere():
    html = html_in(mail.message_of(unsaved("access_ready")))
    tags = Tags(html)
    assert {tag for tag, _attrs in tags.found}.isdisjoint({"img", "link", "script", "iframe", "object", "video", "form"})
    assert not re.search(r"url\(|@import|src=", html)
    assert {dict(attrs)["href"] for tag, attrs in tags.found if tag == "a"} == {samples.STATUS_URL}


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_text_and_html_of_a_mail_say_the_same(language):
    message = mail.message_of(unsaved("erasure_done", language))
    said = set(re.findall(r"\w{4,}", str(message.body)))
    html = set(re.findall(r"\w{4,}", Tags(html_in(message).partition("<body>")[2]).text))
    assert said <= html


def test_a_mail_says_what_it_is():
    message = mail.message_of(unsaved("confirm_request", "fr")).message()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr"
    assert message["Message-ID"] == "<1@oxygis.example>"
    assert message["To"] == "nathalie@customer.example"


def test_text_never_breaks_an_address():
    long = f"{OURS}/cases/{'x' * 120}/"
    tree = (Paragraph(("Read it here, on a page of ours: ", Link(long))),)
    assert long in plain.text(tree, "en").splitlines()
