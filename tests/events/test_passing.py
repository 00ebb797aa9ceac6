"""Passing on: four fields, to whom the form named, of whom nothing stands against it; each with a line in the ledger."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from audit.models import Event as Trail
from datamap import disclosing
from datamap.enums import PaperKind
from datamap.models import Disclosure, FlowRecipient, Paper, Processor
from events import services
from events.flows import FOUR
from events.models import Registration
from letters.models import Letter
from rights_requests.enums import Right
from rights_requests.models import RecipientNotice
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.events import cast
from tests.events.cast import NOOR
from tests.rights_requests import cast as cases
from tests.rights_requests.test_packages import unpack

if TYPE_CHECKING:
    from datetime import datetime

    from events.models import Event, Interest
    from events.services import HandedOver

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def hand_over(event: Event, recipient: str, at: datetime, **changes: Any) -> HandedOver:
    return services.hand_over(event_id=event.pk, recipient=recipient, actor=cast.ACTOR, at=at, **changes)


def introduce(interest: Interest, partner: str, at: datetime) -> Disclosure:
    return services.introduce(interest_id=interest.pk, partner=partner, actor=cast.ACTOR, at=at)


def refusals() -> list[str]:
    return [event.details["reason"] for event in Trail.objects.filter(action=disclosing.REFUSED).order_by("pk")]


@pytest.mark.promise("P025")
def test_the_organiser_gets_everybody_and_a_sponsor_who_agreed(at):
    event = cast.make_event()
    cast.register(event, at=at)
    cast.register(event, email="jan@customer.example", at=at, is_agreed=False)
    cast.register(event, email="piet@customer.example", at=at, is_confirmed=False)
    gone = cast.register(event, email="els@customer.example", at=at)
    services.cancel(registration_id=gone.pk, at=at)
    cast.register(email="elsewhere@customer.example", at=at)

    to_organiser, to_sponsor = hand_over(event, "organiser", at), hand_over(event, "sponsor", at)

    assert to_organiser.rows == [("Noor Vermeulen", email, "+32 2 555 01 40", "Boekbinderij") for email in (NOOR, "jan@customer.example")]
    assert [row[1] for row in to_sponsor.rows] == [NOOR]
    ledger = {(row.recipient_id, row.email): row for row in Disclosure.objects.all()}
    assert set(ledger) == {("organiser", NOOR), ("organiser", "jan@customer.example"), ("sponsor", NOOR)}
    assert {tuple(row.fields) for row in ledger.values()} == {FOUR}
    assert ledger["sponsor", NOOR].purpose == "event-sponsors"
    assert ledger["organiser", NOOR].about == Registration.objects.get(email=NOOR, event=event).about


@pytest.mark.promise("P025")
def test_what_was_left_empty_is_not_said_to_have_left(at):
    event = cast.make_event()
    typed = {**cast.TYPED, "email": NOOR, "phone": "", "company_name": ""}
    services.register(event=event, typed=typed, language="nl", statement="", is_agreed=False, at=at)
    services.confirm_registration(token=cast.link_token(NOOR, "event_confirm"), at=at)

    assert hand_over(event, "organiser", at).rows == [("Noor Vermeulen", NOOR, "", "")]
    assert Disclosure.objects.get().fields == ["name", "email"]


def test_each_is_handed_over_once_unless_it_is_asked_for_again(at):
    event = cast.make_event()
    cast.register(event, at=at)

    assert [len(hand_over(event, "organiser", at).rows) for _time in range(2)] == [1, 0]
    assert len(hand_over(event, "organiser", at, is_again=True).rows) == 1
    assert Disclosure.objects.count() == 2
    assert len(hand_over(event, "sponsor", at).rows) == 1


@pytest.mark.promise("P025")
def test_nobody_gets_it_whom_the_form_did_not_name(at):
    """A sponsor who comes later, and an organiser who takes over, get nobody who registered before."""
    event = cast.make_event()
    cast.register(event, at=at)
    event.sponsors.add(cast.make_recipient("latecomer", cast.SPONSORS))
    event.organiser = cast.make_recipient("successor", cast.ORGANISER)
    event.save()
    cast.register(event, email="jan@customer.example", at=at)

    for recipient in ("latecomer", "successor"):
        handed = hand_over(event, recipient, at)
        assert [row[1] for row in handed.rows] == ["jan@customer.example"]
        assert [type(refusal) for refusal in handed.refused] == [disclosing.NotNamed]
    assert refusals() == ["not-named", "not-named"]


def test_somebody_else_gets_nothing_of_the_event(at):
    event = cast.make_event()
    cast.register(event, at=at)
    cast.make_partner()

    for recipient in ("partner", "mailchimp", "nobody"):
        with pytest.raises(services.NotOfThisEvent):
            hand_over(event, recipient, at)
    assert not Disclosure.objects.exists()


def _restrict(at: datetime) -> None:
    noor = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NOOR)], method=IdentityMethod.MAILBOX, at=at)
    subjects.restrict(subject_id=noor.pk, ground=RestrictionGround.CLAIMS, actor=cast.ACTOR, at=at)


def _object(at: datetime) -> None:
    cases.file(at=at, right=Right.OBJECTION, email=NOOR, purposes=["marketing"])


def _end_contract(at: datetime) -> None:
    Paper.objects.filter(processor="sponsor", kind=PaperKind.CONTRACT).update(ended_on=at.date())


def _lose_a_field(_at: datetime) -> None:
    FlowRecipient.objects.filter(recipient="sponsor").update(fields=["name", "email"])


def _move_away(_at: datetime) -> None:
    Processor.objects.filter(pk="sponsor").update(countries=["BR", "GH"])


def _end(at: datetime) -> None:
    Processor.objects.filter(pk="sponsor").update(until=at.date() - DAY)


@pytest.mark.promise("P025")
@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (_restrict, "restricted"),
        (_object, "objected"),
        (_end_contract, "no-contract"),
        (_lose_a_field, "field-too-many"),
        (_move_away, "no-safeguard"),
        (_end, "recipient-ended"),
    ],
)
def test_a_refusal_keeps_one_out_of_the_file_and_is_noted(at, prepare, reason):
    event = cast.make_event()
    cast.register(event, at=at)
    prepare(at)

    handed = hand_over(event, "sponsor", at)

    assert (handed.rows, len(handed.refused), refusals()) == ([], 1, [reason])
    assert not Disclosure.objects.exists()
    assert NOOR not in str(list(Trail.objects.values()))


@pytest.mark.promise("P025")
def test_one_who_objected_stops_nobody_else(at):
    event = cast.make_event()
    cast.register(event, at=at)
    cast.register(event, email="jan@customer.example", at=at)
    _object(at)

    handed = hand_over(event, "sponsor", at)

    assert ([row[1] for row in handed.rows], len(handed.refused)) == (["jan@customer.example"], 1)


@pytest.mark.promise("P025")
@pytest.mark.parametrize("how", ["the link in the letter", "the portal"])
def test_an_objection_opens_a_notice_for_each_sponsor_who_has_it_and_nothing_follows(at, how):
    event = cast.make_event(sponsors=("sponsor", "second"))
    row = cast.register(event, at=at)
    hand_over(event, "sponsor", at)
    hand_over(event, "organiser", at)
    if how == "the portal":
        _object(at + DAY)
    else:
        services.withdraw(row, at=at + DAY)

    notices = set(RecipientNotice.objects.values_list("recipient_id", "state"))
    assert notices == {("mailchimp", "OPEN"), ("sponsor", "OPEN")}
    for recipient in ("sponsor", "second"):
        assert hand_over(event, recipient, at + DAY, is_again=True).rows == []
    assert len(hand_over(event, "organiser", at + DAY, is_again=True).rows) == 1


def test_an_objection_about_something_else_tells_no_sponsor(at):
    event = cast.make_event()
    cast.register(event, at=at)
    hand_over(event, "sponsor", at)
    cases.file(at=at, right=Right.OBJECTION, email=NOOR, purposes=["web-analytics"])

    assert set(RecipientNotice.objects.values_list("recipient_id", flat=True)) == {"mailchimp"}


@pytest.mark.promise("P026")
def test_one_partner_of_the_own_country_gets_an_interest_and_the_person_is_told(at):
    cast.make_partner()
    interest = cast.be_interested(at=at)

    disclosure = introduce(interest, "partner", at)

    assert (disclosure.recipient_id, disclosure.email, disclosure.country) == ("partner", NOOR, "BE")
    assert (tuple(disclosure.fields), disclosure.purpose, disclosure.flow) == (FOUR, "partner", "events.partners")
    letter = cast.letter_of(NOOR, "partner_told")
    assert "Partner NV" in letter.subject
    assert all(label in str(letter.body) for label in ("Name", "E-mail address", "Telephone number", "Company name"))


@pytest.mark.promise("P026")
def test_a_second_partner_gets_nothing_since_the_person_agreed_to_one(at):
    cast.make_partner()
    cast.make_partner("second")
    interest = cast.be_interested(at=at)
    introduce(interest, "partner", at)

    with pytest.raises(disclosing.AnotherGotIt, match="agreed that one does"):
        introduce(interest, "second", at)
    assert refusals() == ["another-got-it"]
    assert introduce(interest, "partner", at).recipient_id == "partner", "it was lost on the way"
    again = cast.be_interested(at=at + DAY)
    assert introduce(again, "second", at + DAY).about == again.about


@pytest.mark.promise("P026")
def test_a_partner_of_another_country_gets_nothing(at):
    cast.make_partner("abroad", countries=["FR", "LU"])
    interest = cast.be_interested(at=at)

    with pytest.raises(disclosing.OtherCountry, match="this country"):
        introduce(interest, "abroad", at)

    assert refusals() == ["other-country"]
    assert not Disclosure.objects.exists()
    assert not Letter.objects.filter(event="partner_told").exists()


@pytest.mark.promise("P026")
@pytest.mark.parametrize("why", ["not agreed", "ended", "not confirmed"])
def test_without_a_consent_no_partner_gets_an_interest(at, why):
    cast.make_partner()
    interest = cast.be_interested(at=at, is_agreed=why != "not agreed", is_confirmed=why != "not confirmed")
    if why == "ended":
        services.withdraw(interest, at=at)

    with pytest.raises(disclosing.Withheld):
        introduce(interest, "partner", at)
    assert not Disclosure.objects.exists()
    assert len(refusals()) == 1


@pytest.mark.promise("P026")
@pytest.mark.parametrize("why", ["not agreed", "ended", "not confirmed"])
def test_what_somebody_agreed_to_in_one_form_passes_on_no_other_of_theirs(at, why):
    cast.make_partner("here")
    cast.make_partner("abroad", countries=["FR"])
    other = cast.be_interested(at=at, is_agreed=why != "not agreed", is_confirmed=why != "not confirmed")
    if why == "ended":
        services.withdraw(other, at=at)
    agreed = cast.be_interested(country="FR", at=at + DAY)

    with pytest.raises(disclosing.Withheld):
        introduce(other, "here", at + DAY)
    assert refusals() == ["no-consent"]
    assert introduce(agreed, "abroad", at + DAY).about == agreed.about
    assert Disclosure.objects.count() == 1


def test_who_is_no_partner_gets_nothing(at):
    cast.make_event()
    interest = cast.be_interested(at=at)

    with pytest.raises(disclosing.NotDeclared):
        introduce(interest, "organiser", at)


def test_an_event_that_moves_takes_the_periods_with_it(at):
    row = cast.register(at=at)
    row.event.ends_on += relativedelta(months=1)
    row.event.save()

    assert [services.reschedule(row.event) for _time in range(2)] == [1, 0]
    row.refresh_from_db()
    assert row.kept_from == row.event.ends_on >= timezone.localdate()


@pytest.mark.promise("P025")
@pytest.mark.promise("P026")
def test_an_access_letter_names_the_very_sponsor_and_partner(at):
    """Not "sponsors" and "partners" (C-154/21): who it was, what they got, what for, on which day."""
    event = cast.make_event()
    cast.register(event, email=cases.EMAIL, at=at)
    hand_over(event, "sponsor", at)
    cast.make_partner()
    introduce(cast.be_interested(email=cases.EMAIL, at=at), "partner", at)

    archive = unpack(cases.answered(at=at + DAY).package)

    told = {source["key"]: source["disclosures"] for source in json.loads(archive.read("information.json"))["sources"]}
    four = ["Name", "E-mail address", "Telephone number", "Company name"]
    on = at.date().isoformat()
    sponsor = {"recipient": "Sponsor NV", "fields": four, "purpose": "Marketing by the sponsors of an event", "on": on}
    partner = {"recipient": "Partner NV", "fields": four, "purpose": "Contact by a partner in your country", "on": on}
    assert (told["events.registrations"], told["events.interests"]) == ([sponsor], [partner])
    ledger = archive.read("index.html").decode()
    assert "Registrations to the sponsors" in ledger
    assert "events.sponsors" not in ledger
