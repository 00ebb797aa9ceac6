"""Registering and saying that one is interested: confirmed from the mailbox, agreed to apart, taken back as easily."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from audit.models import Event as Trail
from datamap import gate
from datamap.purposes import EVENT, EVENT_SPONSORS, MARKETING, PARTNER
from events import services
from events.models import Interest, Registration
from letters.models import Letter
from rights_requests.models import RightsRequest
from subjects import suppressing
from tests.accounts.factories import make_contact
from tests.database_rows import refuses_copy
from tests.events import cast
from tests.events.cast import NOOR

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def may(purpose) -> bool:
    return bool(gate.may_write_to(email=NOOR, purpose=purpose))


def test_a_registration_counts_once_it_is_confirmed_and_the_link_works_once(at):
    row = cast.register(at=at, is_confirmed=False)
    token = cast.link_token(NOOR, "event_confirm")
    assert (row.confirmed_at, row.named, row.kept_from) == (None, ["organiser", "sponsor"], row.event.ends_on)
    assert not may(EVENT_SPONSORS)

    services.confirm_registration(token=token, at=at)

    row.refresh_from_db()
    assert (row.confirmed_at, row.token, row.statement, row.agreed_at) == (at, None, cast.STATEMENT, at)
    assert may(EVENT_SPONSORS)
    assert Trail.objects.get(action="registration.confirmed").details == {"agreed": True}
    assert "Maps on Monday" in str(cast.letter_of(NOOR, "event_registered").body)
    with pytest.raises(services.LinkNotValid):
        services.confirm_registration(token=token, at=at)


@pytest.mark.parametrize("later", [WEEK, WEEK * 2])
def test_a_link_runs_out(at, later):
    cast.register(at=at, is_confirmed=False)
    cast.be_interested(at=at, is_confirmed=False)

    with pytest.raises(services.LinkNotValid):
        services.confirm_registration(token=cast.link_token(NOOR, "event_confirm"), at=at + later)
    with pytest.raises(services.LinkNotValid):
        services.confirm_interest(token=cast.link_token(NOOR, "interest_confirm"), at=at + later)
    assert not Registration.objects.confirmed().exists()


@pytest.mark.promise("P069")
@pytest.mark.parametrize("act", [cast.register, cast.be_interested])
def test_whoever_confirms_has_done_something_and_whoever_only_types_has_not(act, at):
    contact = make_contact(NOOR, last_act_at=at - WEEK)
    act(at=at, is_confirmed=False)
    contact.refresh_from_db()
    assert contact.last_act_at == at - WEEK

    act(at=at)
    contact.refresh_from_db()
    assert contact.last_act_at == at


def test_a_link_of_the_one_confirms_nothing_of_the_other(at):
    cast.register(at=at, is_confirmed=False)

    with pytest.raises(services.LinkNotValid):
        services.confirm_interest(token=cast.link_token(NOOR, "event_confirm"), at=at)


@pytest.mark.promise("P025")
def test_who_does_not_agree_to_the_sponsors_takes_part_all_the_same(at):
    row = cast.register(at=at, is_agreed=False)

    assert (row.confirmed_at, row.agreed_at, row.statement) == (at, None, "")
    assert may(EVENT)
    assert not may(EVENT_SPONSORS)


def test_where_nobody_pays_nobody_can_agree(at):
    row = cast.register(cast.make_event(sponsors=()), at=at)

    assert (row.named, row.agreed_at) == (["organiser"], None)


def test_a_second_registration_takes_the_place_of_the_first(at):
    event = cast.make_event()
    first = cast.register(event, at=at)
    second = cast.register(event, at=at + WEEK, is_agreed=False)

    first.refresh_from_db()
    assert (first.cancelled_at, second.cancelled_at) == (at + WEEK, None)
    assert not may(EVENT_SPONSORS)


def test_nobody_takes_part_in_an_event_twice(at):
    row = cast.register(at=at)

    columns = {"event": row.event, "named": [], "kept_from": at.date(), "asked_at": at, "token_until": at, "language": "nl"}
    with pytest.raises(IntegrityError, match="events_registration_once"), transaction.atomic():
        Registration.objects.create(email=NOOR, name="x", confirmed_at=at, **columns)
    assert Registration.objects.create(email=NOOR, name="x", **columns).pk


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"token": b"x"}, "events_registration_single_use"),
        ({"statement": "Something else."}, "never rewritten: statement"),
        ({"named": ["organiser", "sponsor", "another"]}, "never rewritten: named"),
        ({"email": "jan@customer.example"}, "never rewritten: email"),
        ({"agreed_at": None}, "never rewritten: agreed_at"),
        ({"confirmed_at": None}, "not taken back: confirmed_at"),
    ],
)
def test_the_database_keeps_what_was_agreed_to(at, change, refused):
    row = cast.register(at=at)

    with pytest.raises(DatabaseError, match=refused), transaction.atomic():
        Registration.objects.filter(pk=row.pk).update(**change)


def test_the_database_takes_no_event_that_ends_before_it_begins_and_no_link_of_a_confirmed_form(at):
    registration, interest = cast.register(at=at), cast.be_interested(at=at)
    event = registration.event

    refuses_copy(event, "events_event_days", slug="another", ends_on=event.starts_on - timedelta(days=1))
    refuses_copy(interest, "events_interest_single_use", token=b"x")
    refuses_copy(registration, "events_registration_agreed", cancelled_at=at, statement="")
    refuses_copy(registration, "events_registration_agreed", cancelled_at=at, agreed_at=None)


def test_the_database_takes_no_consent_without_its_words_and_none_back(at):
    row = cast.be_interested(at=at)
    columns = {"email": NOOR, "name": "x", "country": "BE", "language": "nl", "asked_at": at, "token_until": at}

    with pytest.raises(IntegrityError, match="events_interest_agreed"), transaction.atomic():
        Interest.objects.create(agreed_at=at, **columns)
    with pytest.raises(IntegrityError, match="events_interest_agreed"), transaction.atomic():
        Interest.objects.create(ended_at=at, **columns)
    Interest.objects.filter(pk=row.pk).update(ended_at=at)
    with pytest.raises(DatabaseError, match="not taken back: ended_at"), transaction.atomic():
        Interest.objects.filter(pk=row.pk).update(ended_at=None)


@pytest.mark.promise("P026")
def test_a_consent_takes_an_earlier_no_back_for_itself_alone(at):
    suppressing.suppress(value=NOOR, purposes=["marketing"], about="R-1", actor=cast.ACTOR, at=at)
    cast.be_interested(at=at + WEEK)

    assert may(PARTNER)
    assert not may(MARKETING)


@pytest.mark.promise("P026")
def test_without_the_box_an_earlier_no_stands(at):
    suppressing.suppress(value=NOOR, purposes=["marketing"], about="R-1", actor=cast.ACTOR, at=at)
    cast.be_interested(at=at + WEEK, is_agreed=False)

    assert not may(PARTNER)


def test_known_and_unknown_get_the_same_letters(at, django_assert_num_queries):
    cast.register(at=at)
    event = cast.make_event()
    for email in (NOOR, "nobody@customer.example"):
        with django_assert_num_queries(7):
            typed = {**cast.TYPED, "email": email}
            services.register(event=event, typed=typed, language="en", statement=cast.STATEMENT, is_agreed=True, at=at)
    said = [str(letter.body) for letter in Letter.objects.filter(event="event_confirm").order_by("pk")]
    assert len(said) == 3
    assert len(set(said[1:])) == 1


class TestEnding:
    def test_a_cancelled_registration_stays_cancelled(self, at):
        row = cast.register(at=at)
        for later in (at, at + WEEK):
            services.cancel(registration_id=row.pk, at=later)

        row.refresh_from_db()
        assert row.cancelled_at == at
        assert not may(EVENT_SPONSORS)
        assert Trail.objects.filter(action="registration.cancelled").count() == 1

    @pytest.mark.promise("P025")
    def test_a_withdrawal_ends_it_at_once_and_is_an_objection_done_at_once(self, at):
        row = cast.register(at=at)
        services.withdraw(row, at=at + WEEK)
        services.withdraw(row, at=at + WEEK)

        row.refresh_from_db()
        assert row.ended_at == at + WEEK
        assert not may(EVENT_SPONSORS)
        case = RightsRequest.objects.get()
        assert (case.right, case.purposes, case.status, case.channel) == ("OBJECTION", ["event-sponsors"], "ANSWERED", "PORTAL")

    @pytest.mark.promise("P026")
    def test_an_interest_ends_the_same_way(self, at):
        row = cast.be_interested(at=at)
        assert may(PARTNER)
        services.withdraw(row, at=at + WEEK)

        assert not may(PARTNER)
        assert RightsRequest.objects.get().purposes == ["partner"]

    def test_who_agreed_to_nothing_has_nothing_to_end(self, at):
        services.withdraw(cast.be_interested(at=at, is_agreed=False), at=at)

        assert not RightsRequest.objects.exists()
