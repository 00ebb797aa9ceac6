"""A message of the contact form that asks for a right becomes a request, with the day of the message as its receipt."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import services
from accounts.models import ContactMessage, User
from letters.models import Letter
from rights_requests.enums import Channel, MailState, Right, Status
from rights_requests.models import IncomingMail, RightsRequest
from rights_requests.services import mail_in
from tests.accounts.factories import make_contact, make_user

pytestmark = pytest.mark.django_db

WORDS = [
    ("en", "Hello, please send me a copy of my personal data.", Right.ACCESS),
    ("fr", "Bonjour, je souhaite que vous supprimiez toutes mes données personnelles.", Right.ERASURE),
    ("nl", "Goedendag, ik wil dat u al mijn persoonsgegevens verwijdert.", Right.ERASURE),
]


def sent(client, text, language="en"):
    prefix = "" if language == "en" else f"/{language}"
    data = {"name": "Noor Vermeulen", "email": "Noor@customer.example", "company_name": "", "phone": "", "text": text, "website": ""}
    return client.post(f"{prefix}/contact/", data)


def sorted_out() -> IncomingMail:
    mail = IncomingMail.objects.get()
    mail_in.sort(mail_id=mail.pk, at=timezone.now())
    mail.refresh_from_db()
    return mail


@pytest.mark.promise("P119")
@pytest.mark.parametrize(("language", "text", "right"), WORDS)
def test_a_message_that_asks_for_a_right_becomes_a_case_received_with_the_message(client, language, text, right):
    assert sent(client, text, language).status_code == 302

    mail = sorted_out()

    message = ContactMessage.objects.get()
    case = RightsRequest.objects.get()
    assert (case.right, case.status, case.channel, case.language) == (right, Status.AWAITING_IDENTITY, Channel.PORTAL, language)
    assert case.received_at == message.received_at
    assert (case.email, mail.state, mail.request) == ("noor@customer.example", MailState.FILED, case)
    assert Letter.objects.get(event="confirm_request").recipient == "noor@customer.example"


@pytest.mark.promise("P119")
def test_any_other_message_waits_at_the_desk_and_nobody_is_written_to(client):
    sent(client, "What does a second database cost?")

    assert sorted_out().state == MailState.UNSORTED
    assert not RightsRequest.objects.exists()
    assert not Letter.objects.exists()


def test_the_web_looks_nobody_up(client):
    """Known and unknown addresses cost the same statements; cases are made by the worker alone."""
    cost = []
    for _known in range(2):
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert sent(client, WORDS[0][1]).status_code == 302
        cost.append([query["sql"].split()[0] for query in queries])
        if not User.objects.exists():
            make_user(email="noor@customer.example")
            make_contact("noor@customer.example")

    assert cost[0] == cost[1]
    assert not RightsRequest.objects.exists()


def test_sorted_twice_it_is_one_case(client):
    sent(client, WORDS[0][1])
    mail = sorted_out()
    mail_in.sort(mail_id=mail.pk, at=timezone.now())

    assert RightsRequest.objects.count() == 1


def test_asked_twice_it_is_one_case_with_more_words(client):
    for _turn in range(2):
        cache.clear()
        sent(client, WORDS[0][1])
    for mail in IncomingMail.objects.all():
        mail_in.sort(mail_id=mail.pk, at=timezone.now())

    assert RightsRequest.objects.count() == 1
    assert RightsRequest.objects.get().messages.count() == 1


def test_a_card_number_is_masked_in_both_places():
    services.write_message(name="A", email="a@b.example", text="Delete my data, 4111 1111 1111 1111", language="en", at=timezone.now())

    assert "4111" not in IncomingMail.objects.get().text
    assert "4111" not in ContactMessage.objects.get().text


@pytest.mark.promise("P120")
@pytest.mark.parametrize("address", ["/contact/", "/fr/contact/", "/nl/contact/"])
def test_every_way_to_reach_us_stands_on_the_page(client, address):
    page = client.get(address).content.decode()

    for words in ("Eikelenbergstraat 20", "1700 Dilbeek", "59800 Lille", "privacy@oxygis.example", "+32 2 555 01 40"):
        assert words in page
