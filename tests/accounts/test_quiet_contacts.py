"""Prospects go three years after their own last act: what we send them, and whether it is opened, is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from accounts import services as services_of_accounts
from accounts.models import Contact
from datamap import registry
from letters.models import Letter
from letters.services.writing import write
from retention import services
from tests.accounts.factories import PASSWORD, make_contact, make_message, make_user

pytestmark = [pytest.mark.django_db]

SECOND = timedelta(seconds=1)


def due(at) -> tuple[object, ...]:
    source, rule = services.rule_of("accounts.contacts.quiet", at=at)
    return source.due(rule, at=at, limit=10).keys


@pytest.mark.promise("P069")
def test_a_contact_goes_three_years_after_their_own_last_act_whatever_we_sent_meanwhile(at):
    quiet = make_contact(last_act_at=at - relativedelta(years=3))
    active = make_contact(last_act_at=at - relativedelta(years=3) + SECOND)
    write(event="claim_rejected", language="en", to=quiet.email, about="R-1", values={"reference": "R-1"}, at=at - timedelta(days=1))
    Letter.objects.update(sent_at=at - timedelta(hours=1))

    assert due(at - SECOND) == ()
    assert due(at) == (quiet.pk,)
    source = registry.get("accounts.contacts")
    plan = source.due(services.rule_of("accounts.contacts.quiet", at=at)[1], at=at, limit=10)
    assert source.destroy(plan, at=at) == 1
    assert list(Contact.objects.all()) == [active]
    Contact.objects.update(last_act_at=at)
    assert due(at + relativedelta(years=3) - SECOND) == ()


@pytest.mark.promise("P069")
def test_what_the_person_does_here_is_an_act_for_them_alone_and_is_not_undone_by_what_came_before(at):
    long_ago = at - relativedelta(years=3)
    contact, other = make_contact("noor@home.example", last_act_at=long_ago), make_contact(last_act_at=long_ago)

    services_of_accounts.note_act(email="Noor@HOME.example", at=at)
    services_of_accounts.note_act(email="noor@home.example", at=at - timedelta(days=1))

    contact.refresh_from_db()
    assert contact.last_act_at == at
    assert due(at) == (other.pk,)


@pytest.mark.promise("P069")
def test_signing_in_is_an_act_and_writing_down_an_address_is_none(client):
    now = timezone.now()
    user = make_user("noor@home.example")
    contact = make_contact(user.email, last_act_at=now - relativedelta(years=3))
    make_message(user.email)
    assert due(now) == (contact.pk,)

    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert due(timezone.now()) == ()
