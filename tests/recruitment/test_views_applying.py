"""The public pages of jobs: what is open, and what the form takes, keeps and refuses."""

from __future__ import annotations

import re

import pytest
import redis
from allauth.core import ratelimit
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import Session
from letters.models import Letter
from recruitment import storing
from recruitment.enums import Origin
from recruitment.models import Application, Document
from tests.recruitment import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def typed(**changes):
    return {"name": cast.NAME, "email": cast.EMAIL, "phone": "", "cover_letter": "I like maps.", "cv": cast.upload(), **changes}


def form_url(**fields):
    return reverse("jobs_apply", args=[cast.make_vacancy(**fields).slug])


def test_the_list_of_jobs_says_what_is_open_and_sets_no_cookie(client):
    cast.make_vacancy(title="Cartographer")
    cast.make_vacancy(title="Archivist", is_open=False)
    page = client.get(reverse("jobs"))
    assert "Cartographer" in page.content.decode()
    assert "Archivist" not in page.content.decode()
    assert page.cookies == {}
    cast.make_vacancy()
    assert "Landmeter" in client.get("/nl/jobs/").content.decode()


@pytest.mark.promise("P010")
def test_an_application_is_five_fields_and_a_mail(client):
    url = form_url()
    page = client.get(url).content.decode()
    asked = set(re.findall(r'name="(\w+)"', page)) - {"csrfmiddlewaretoken", "website", "viewport", "theme", "description"}
    assert {"name", "email", "phone", "cover_letter", "cv"} <= asked
    assert not asked - {"name", "email", "phone", "cover_letter", "cv"} - {"robots", "referrer"}

    response = client.post(url, typed())
    assert response.headers["Location"] == reverse("jobs_sent")
    application = Application.objects.get()
    assert (application.name, application.email, application.origin) == (cast.NAME, cast.EMAIL, Origin.FORM)
    assert application.documents.get().name == "cv.pdf"
    assert cast.letters_of(application)[0].recipient == cast.EMAIL


@pytest.mark.promise("P014")
def test_the_form_asks_to_leave_out_what_we_must_not_know(client):
    page = client.get(form_url()).content.decode()
    for word in ("origin", "political opinions", "religion", "trade unions", "sex life"):
        assert word in page


def test_a_mistake_loses_neither_words_nor_file(client):
    url = form_url()
    page = client.post(url, typed(email="nobody", phone="call me"))
    shown = page.content.decode()
    assert page.status_code == 422
    assert "Your file is with us" in shown
    assert "I like maps." in shown
    assert 'id="id_email_error"' in shown
    assert 'id="id_phone_error"' in shown
    assert not Application.objects.exists()

    again = typed()
    del again["cv"]
    assert client.post(url, again).status_code == 302
    assert storing.read(**read_of(Document.objects.get())) == cast.PDF
    assert "job_form_file" not in client.session


def read_of(document):
    return {"file_name": document.file_name, "sealed_key": bytes(document.sealed_key), "bound_to": document.pk}


def test_a_file_kept_meanwhile_is_the_visitors_own_and_lies_encrypted(client):
    url = form_url()
    client.post(url, typed(email="nobody", cv=cast.upload(b"My whole life", "life.txt")))
    assert "Your file is with us" not in Client().get(url).content.decode()
    for path in storing.folder().iterdir():
        assert b"My whole life" not in path.read_bytes()
    assert not any("My whole life" in str(row.get_decoded()) for row in Session.objects.all())


def test_whoever_knew_the_session_before_finds_no_file_in_it(client):
    """A browser in which somebody put a session of their own: what is sent from there is not theirs."""
    attacker, url = Client(), form_url()
    attacker.get(url)
    attacker.post(reverse("portal_request_right"), {"right": "ACCESS"})
    planted = attacker.cookies[settings.SESSION_COOKIE_NAME].value
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    client.post(url, typed(email="nobody"))
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert "Your file is with us" in client.get(url).content.decode()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert "Your file is with us" not in attacker.get(url).content.decode()


def test_a_double_click_on_a_slow_line_keeps_the_file_whichever_answer_comes_through():
    """The first click was answered with a new key; the second comes with the old one, and has a mistake beside its file too."""
    url, browser = form_url(), Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(url).content.decode())[1]
    clicks = [Client(enforce_csrf_checks=True) for _click in range(2)]
    for click in clicks:
        click.cookies[settings.SESSION_COOKIE_NAME] = browser.cookies[settings.SESSION_COOKIE_NAME].value
    for click in clicks:
        page = click.post(url, typed(email="nobody") | {"csrfmiddlewaretoken": token})
        assert (page.status_code, "Your file is with us" in page.content.decode()) == (422, True)
    for click in clicks:
        assert "Your file is with us" in click.get(url).content.decode()


BAD: dict[str, dict[str, object]] = {
    "no file": {"cv": ""},
    "a program": {"cv": cast.upload(b"MZ\x00\x01", "cv.pdf")},
    "an empty file": {"cv": cast.upload(b"", "cv.pdf")},
    "no name": {"name": ""},
    "a long name": {"name": "x" * 121},
    "a long letter": {"cover_letter": "x" * 10_001},
    "a card in the address": {"email": "4111111111111111@bank.example"},
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_an_error_beside_its_field_and_nothing_is_kept_of_it(client, what):
    page = client.post(form_url(), typed(**BAD[what]))
    field = next(iter(BAD[what]))
    assert page.status_code == 422
    assert f'id="id_{field}_error"' in page.content.decode()
    assert not Application.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.promise("P008")
def test_card_numbers_are_masked_in_words_and_in_what_is_shown_again(client):
    url = form_url()
    shown = client.post(url, typed(email="nobody", cover_letter="My card: 4111 1111 1111 1111")).content.decode()
    assert "4111 1111" not in shown
    assert "1111" in shown
    client.post(url, typed(cover_letter="My card: 4111 1111 1111 1111"))
    assert Application.objects.get().cover_letter == "My card: •••• •••• •••• 1111"


def test_a_machine_that_fills_in_everything_is_thanked_and_forgotten(client):
    assert client.post(form_url(), typed(website="https://spam.example")).status_code == 302
    assert not Application.objects.exists()


def test_so_many_applications_from_one_network_and_no_more(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "job_form": "2/h/ip"}
    url, before = form_url(), {path.name for path in storing.folder().iterdir()}
    codes = [client.post(url, typed(email=f"p{number}@candidate.example")).status_code for number in range(3)]
    assert codes == [302, 302, 429]
    assert Application.objects.count() == 2
    page = client.post(url, typed(email="nobody"))
    assert page.status_code == 429
    assert "I like maps." in page.content.decode()
    # Past the limit nothing is written to the disk either, however often somebody tries.
    known = set(Document.objects.values_list("file_name", flat=True))
    assert {path.name for path in storing.folder().iterdir() if path.name not in before} == known


def test_without_the_cache_people_apply_and_leave_all_the_same(client, now, monkeypatch):
    def away(*_args: object, **_kwargs: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(ratelimit, "consume", away)
    assert client.post(form_url(), typed()).status_code == 302
    left = client.post(reverse("jobs_pool", args=[cast.token_of(cast.letters_of(Application.objects.get())[0])]), {"now": ""})
    assert left.status_code == 200
    assert Application.objects.get().opted_out_at is not None


def test_a_job_that_is_not_open_takes_no_application(client):
    assert client.post(form_url(is_open=False), typed()).status_code == 404
