"""The person's own later word about the newsletter, whichever way the earlier one came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Event
from consent.enums import Ending
from consent.services import subscribing
from datamap import gate
from datamap.purposes import EVIDENCE, MARKETING, NEWSLETTER, PURPOSES, RIGHTS
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, RestrictionGround
from subjects.suppressing import suppress
from tests.accounts.factories import make_contact
from tests.consent import cast
from tests.consent.cast import subscription

pytestmark = pytest.mark.django_db

NOOR = "noor@customer.example"
PHONE, LETTER_BOX = "0470 12 34 56", "Kerkstraat 12\n9000 Gent"
EARLIER = {
    "a telephone number": lambda at: suppress(kind=IdentifierKind.PHONE, value=PHONE, purposes=[MARKETING.code], **no(at)),
    "a postal address": lambda at: suppress(kind=IdentifierKind.POSTAL, value=LETTER_BOX, purposes=[NEWSLETTER.code], **no(at)),
    "an objection that was upheld": lambda at: subjects.object_to(
        subject_id=cast.known(NOOR, at=at).pk, purpose=MARKETING.code, actor=cast.ACTOR, at=at
    ),
}


def no(at):
    return {"about": "R-AAAA-11", "actor": cast.ACTOR, "at": at}


def on_file(email):
    """As our records have somebody: their number and postal address beside the address that is written to."""
    return make_contact(email, phone="+32 470 12 34 56", street="Kerkstraat 12", postcode="9000", city="Gent")


def may(email, purpose=NEWSLETTER):
    return bool(gate.may_write_to(email=email, purpose=purpose))


@pytest.mark.parametrize("is_known", [False, True], ids=["nobody to us", "known"])
@pytest.mark.parametrize("how", EARLIER)
def test_a_later_yes_of_the_person_counts_after_a_no_that_named_no_mailbox(how, is_known):
    at = timezone.now() - timedelta(days=900)
    on_file(NOOR)
    old = subscription(NOOR, at=at)
    if is_known:
        cast.known(NOOR, at=at)
    EARLIER[how](at + timedelta(days=1))
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=1)

    back = subscription(NOOR, at=at + timedelta(days=2))

    old.refresh_from_db()
    assert (old.ending, back.ending) == (Ending.OBJECTED, "")
    assert cast.send_issue() == subscribing.Sent(written=1, stopped=0)
    assert not may(NOOR, MARKETING), "a yes is to what it names alone"
    confirmed = Event.objects.get(action="newsletter.confirmed", about=f"consent.subscription:{back.pk}")
    assert confirmed.details == {"is_after_objection": True, "is_despite_restriction": False}
    suppress(kind=IdentifierKind.PHONE, value=PHONE, purposes=[MARKETING.code], **no(at + timedelta(days=3)))
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=1)


@pytest.mark.parametrize("how", ["a telephone number", "a postal address"])
def test_the_yes_of_one_is_not_that_of_another_who_shares_the_number_or_the_letter_box(how):
    at = timezone.now() - timedelta(days=9)
    for email in (NOOR, "imke@customer.example"):
        on_file(email)
        subscription(email, at=at)
    EARLIER[how](at + timedelta(days=1))
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=2)

    subscription("imke@customer.example", at=at + timedelta(days=2))

    assert (may("imke@customer.example"), may(NOOR)) == (True, False)


@pytest.mark.parametrize("was_subscribed", [False, True])
def test_the_persons_own_later_order_overrides_their_restriction_for_the_newsletter_alone(was_subscribed):
    at = timezone.now() - timedelta(days=9)
    person = cast.known(NOOR, at=at)
    old = subscription(NOOR, at=at) if was_subscribed else None
    subjects.restrict(subject_id=person.pk, ground=RestrictionGround.ACCURACY, actor=cast.ACTOR, at=at + timedelta(days=1))
    hold = {"ground": HoldGround.LITIGATION, "owner_id": "u", "review_on": at.date()}
    subjects.hold(subject_id=person.pk, actor=cast.ACTOR, at=at + timedelta(days=1), **hold)
    assert not may(NOOR)

    back = subscription(NOOR, at=at + timedelta(days=2))

    assert may(NOOR)
    assert {code for code in PURPOSES if may(NOOR, code)} == {NEWSLETTER.code, RIGHTS.code, EVIDENCE.code}
    assert not gate.may_edit(values=[NOOR])
    assert Event.objects.get(about=f"consent.subscription:{back.pk}").details["is_despite_restriction"] is True
    if old is not None:
        old.refresh_from_db()
        assert (old.ending, old.email) == (Ending.RENEWED, "")
    subjects.restrict(subject_id=person.pk, ground=RestrictionGround.CLAIMS, actor=cast.ACTOR, at=at + timedelta(days=3))
    assert not may(NOOR), "what is set aside since was set aside after the order"


def test_a_yes_that_nobody_confirmed_overrides_nothing():
    at = timezone.now() - timedelta(days=9)
    on_file(NOOR)
    EARLIER["a telephone number"](at)
    subscription(NOOR, at=at + timedelta(days=1), is_confirmed=False)
    assert not may(NOOR)
