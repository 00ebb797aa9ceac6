from __future__ import annotations

import base64
import textwrap
from datetime import UTC, datetime

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse

from demo import codes, mailbox
from letters.plain import WIDTH

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo(settings, tmp_path) -> None:
    settings.IS_DEMO = True
    settings.MAILBOX = tmp_path / "mailbox"
    settings.EMAIL_BACKEND = "demo.mailbox.Backend"


def post(settings, number: int = 1, body: str = "Hello") -> None:
    message = EmailMultiAlternatives(
        f"Subject é {number}", body, to=["noor@customer.example"], headers={"Message-ID": f"<{number}-a@oxygis.example>"}
    )
    message.attach_alternative("<p>HTML</p>", "text/html")
    message.send()


def test_an_empty_mailbox_says_so(client):
    assert b"No mail yet." in client.get(reverse("mailbox")).content


def test_the_newest_mail_stands_first_and_opens(client, settings):
    for number in (1, 2, 3):
        post(settings, number)
    page = client.get(reverse("mailbox")).content.decode()
    assert page.index("Subject é 3") < page.index("Subject é 2") < page.index("Subject é 1")
    newest = mailbox.newest()[0]
    shown = client.get(reverse("mailbox_message", args=[newest.name]))
    assert "noor@customer.example" in shown.content.decode()
    assert "Hello" in shown.content.decode()


def test_a_mail_that_was_sent_twice_lies_there_twice(settings):
    post(settings)
    post(settings)
    assert len(mailbox.newest()) == 2


def test_links_of_ours_work_and_no_others(client, settings):
    post(
        settings, body=f"Confirm: {settings.PUBLIC_URL}/confirm/abc/\n\nNot: https://evil.example/x {settings.PUBLIC_URL}.evil.example/ <b>"
    )
    page = client.get(reverse("mailbox_message", args=[mailbox.newest()[0].name])).content.decode()
    assert f'<a href="{settings.PUBLIC_URL}/confirm/abc/">' in page
    assert 'href="https://evil.example' not in page
    assert f'href="{settings.PUBLIC_URL}.evil' not in page
    assert "&lt;b&gt;" in page


@pytest.mark.parametrize("name", ["nothing", "1" * 19 + "-none", "..", "%2e%2e%2fsecrets", "1" * 19 + "-..%2f..%2fx"])
def test_what_is_no_mail_is_not_found(client, name):
    assert client.get(f"/mailbox/{name}/").status_code == 404


def test_the_codes_are_those_of_the_authenticator(client, monkeypatch):
    # The vectors of RFC 6238, appendix B, cut to six digits.
    secret = base64.b32encode(b"12345678901234567890").decode()
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert codes.code(secret, datetime.fromtimestamp(seconds, tz=UTC)) == digits
    monkeypatch.setattr(codes, "secrets", lambda: {"jonas@oxygis.example": secret})
    page = client.get(reverse("mailbox_codes")).content.decode()
    assert "jonas@oxygis.example" in page
    assert "more." in page


def test_without_staff_the_page_says_so(client, monkeypatch):
    monkeypatch.setattr(codes, "secrets", dict)
    assert b"No staff of the demo has a second factor." in client.get(reverse("mailbox_codes")).content


def test_seconds_run_down_to_one():
    assert [codes.seconds_left(datetime.fromtimestamp(second, tz=UTC)) for second in (60, 61, 89, 90)] == [30, 29, 1, 30]


@pytest.mark.parametrize("name", ["mailbox", "mailbox_codes"])
def test_outside_the_demo_there_is_no_mailbox(client, settings, name):
    settings.IS_DEMO = False
    assert client.get(reverse(name)).status_code == 404
    assert client.get(reverse("mailbox_message", args=["1" * 19 + "-x"])).status_code == 404


def test_a_mail_lies_there_for_its_owner_alone(settings):
    post(settings)
    assert settings.MAILBOX.stat().st_mode & 0o077 == 0


def test_no_name_leads_out_of_the_mailbox(settings):
    post(settings)
    name = mailbox.newest()[0].name
    outside = settings.MAILBOX.parent / f"{name}.eml"
    outside.write_bytes((settings.MAILBOX / f"{name}.eml").read_bytes())
    with pytest.raises(mailbox.NoSuchMail):
        mailbox.read(f"../{name}")


def test_a_window_breaks_the_lines_of_a_mail_for_itself_and_lists_stay_lists():
    long = "word " * 40
    listed = "\n".join(textwrap.wrap(long, WIDTH, initial_indent="- ", subsequent_indent="  "))
    wrapped = "\n".join(textwrap.wrap(long, WIDTH))
    assert mailbox.paragraphs(f"{wrapped}\n\n{listed}\n{listed}\n\nKind regards\nOxygis") == [
        [(long.strip(), False)],
        [(f"- {long.strip()}\n- {long.strip()}", False)],
        [("Kind regards\nOxygis", False)],
    ]


def test_the_rule_below_a_long_heading_stays_below_it():
    heading = "Do you wish no longer to be kept in our files?"
    assert mailbox.paragraphs(f"{heading}\n{'-' * len(heading)}") == [[(f"{heading}\n{'-' * len(heading)}", False)]]
