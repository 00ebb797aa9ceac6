from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from datamap.services import publish_policy
from letters.models import Letter
from rights_requests import services, tokens
from rights_requests.enums import Channel, LinkPurpose, Right, Status
from rights_requests.models import IdentityClaim, Link, RightsRequest, SourceTask
from subjects import intake
from subjects.models import Identifier, Subject
from tests.accounts.factories import make_user
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


def test_a_request_waits_for_its_mailbox_and_its_clock_runs(at):
    rights_request = cast.file(Right.ERASURE, at=at)

    assert rights_request.status == Status.AWAITING_IDENTITY
    assert rights_request.received_on == date(2026, 3, 2)
    assert rights_request.due_on == date(2026, 4, 2)
    assert rights_request.due_working == [["received", "2026-03-02"], ["one_month", "2026-04-02"]]
    assert not Subject.objects.exists()
    assert not SourceTask.objects.exists()


def test_a_link_goes_to_the_address_typed_and_only_its_hash_stays(at):
    rights_request = cast.file(at=at, email="  Noor@Customer.EXAMPLE ")
    letter = Letter.objects.get(about=rights_request.reference)
    link = Link.objects.get(request=rights_request)

    assert letter.event == "confirm_request"
    assert letter.recipient == "noor@customer.example"
    token = cast.token_of("confirm_request", about=rights_request.reference)
    assert len(token) == 43
    assert bytes(link.digest) == tokens.digest_of(token)
    assert (link.purpose, link.expires_at) == (LinkPurpose.CONFIRM, at + timedelta(hours=24))
    assert token not in letter.subject + str(letter.body)


def test_the_clock_runs_from_receipt_in_local_days(at):
    """An instant of 31 May in UTC is already June here."""
    rights_request = cast.file(
        at=datetime(2026, 6, 3, 9, tzinfo=UTC), received_at=datetime(2026, 5, 31, 22, 30, tzinfo=UTC), channel=Channel.DESK
    )

    assert rights_request.received_on == date(2026, 6, 1)
    assert rights_request.due_on == date(2026, 7, 1)


def test_a_signed_in_person_is_known_at_once(at):
    user = make_user(cast.EMAIL)

    rights_request = cast.file(at=at, account_id=user.pk, channel=Channel.ACCOUNT)

    assert rights_request.status == Status.COLLECTING
    assert rights_request.identity_method == "SIGNED_IN"
    assert set(Identifier.objects.values_list("kind", "value")) == {("ACCOUNT", str(user.pk)), ("EMAIL", cast.EMAIL)}
    assert not Link.objects.exists()
    assert list(Letter.objects.values_list("event", flat=True)) == ["request_received"]


@pytest.mark.promise("P028")
def test_somebody_without_an_account_files_an_erasure_and_gets_a_receipt(at):
    rights_request = cast.file(Right.ERASURE, at=at, requester="APPLICANT")

    assert rights_request.reference.startswith("R-")
    assert Letter.objects.filter(about=rights_request.reference, recipient=cast.EMAIL).count() == 1


@pytest.mark.promise("P001")
def test_a_request_points_to_the_policy_of_the_day_on_which_it_came(at):
    """A text published later changes nothing about it, also when it is written down only then."""
    old, _is_new = publish_policy(body="Old.", language="en", effective_on=date(2022, 8, 18), title="Policy", actor=cast.CLERK, at=at)
    before = cast.file(at=at)
    new, _is_new = publish_policy(body="New.", language="en", effective_on=date(2026, 3, 10), title="Policy", actor=cast.CLERK, at=at)
    later = at + timedelta(days=20)
    recorded = cast.file(at=later, received_at=at, channel=Channel.DESK)

    assert RightsRequest.objects.get(pk=before.pk).policy_version == old
    assert recorded.policy_version == old
    assert cast.file(at=later).policy_version == new


@pytest.mark.promise("P044")
def test_no_reason_is_asked(at):
    assert cast.file(Right.ERASURE, at=at, text="").status == Status.AWAITING_IDENTITY


def test_known_and_unknown_addresses_make_the_same_statements(at):
    cast.data_of("known@customer.example")
    make_user("known@customer.example")
    cast.confirmed(at=at, email="known@customer.example")

    def statements(email: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            cast.file(at=at, email=email)
        return [re.sub(r'"s\d+_x\d+"| VALUES .*| WHERE .*|[a-z]+@customer.example', "", query["sql"]) for query in captured]

    assert statements("known@customer.example") == statements("nobody@customer.example")


def test_nothing_of_a_person_is_read_while_filing(at):
    with CaptureQueriesContext(connection) as captured:
        cast.file(at=at)

    tables = ("accounts_", "subjects_")
    assert not [query["sql"] for query in captured if any(table in query["sql"] for table in tables)]


def test_card_numbers_are_masked_wherever_text_comes_in(at):
    card = "4111 1111 1111 1111"
    rights_request = cast.file(at=at, text=f"My card {card}", name=f"Noor {card}", claims=card)

    stored = [rights_request.text, rights_request.name, IdentityClaim.objects.get().value]
    assert not [text for text in stored if "4111 1111 1111" in text]


def test_a_further_address_becomes_a_task_of_the_desk(at):
    rights_request = cast.file(at=at, claims="old@customer.example")

    claim = IdentityClaim.objects.get(request=rights_request)
    assert (claim.value, claim.status) == ("old@customer.example", "OPEN")


def test_a_reference_that_is_taken_is_drawn_again(at, monkeypatch):
    taken = cast.file(at=at).reference
    draws = iter([taken, taken, "R-ZZZZ-ZZ"])
    monkeypatch.setattr("rights_requests.tokens.new_reference", lambda: next(draws))

    assert cast.file(at=at).reference == "R-ZZZZ-ZZ"


def test_filing_leaves_an_event_without_words(at):
    rights_request = cast.file(at=at)

    event = Event.objects.get(about=rights_request.reference)
    assert (event.action, event.details) == ("rights_request.filed", {"right": "ACCESS", "channel": "PORTAL"})


def test_a_category_files_through_the_door(at):
    reference = intake.file(right="ERASURE", email="x@customer.example", name="X", text="Delete me", language="fr", received_at=at, at=at)

    filed = RightsRequest.objects.get(reference=reference)
    assert (filed.right, filed.channel, filed.status, filed.language) == ("ERASURE", "MAIL", "AWAITING_IDENTITY", "fr")


def test_unconfirmed_requests_hold_up_nobody(at):
    for _number in range(2):
        cast.file(Right.ERASURE, at=at)

    mine = cast.collected(Right.ACCESS, at=at)

    assert mine.status == Status.IN_REVIEW
    assert RightsRequest.objects.filter(status=Status.AWAITING_IDENTITY, subject=None).count() == 2


def test_withdrawing_is_told_and_ends_the_links(at):
    rights_request = cast.file(at=at)
    token = cast.token_of("confirm_request", about=rights_request.reference)

    services.withdraw(request_id=rights_request.pk, actor=cast.PERSON, at=at)

    assert RightsRequest.objects.get(pk=rights_request.pk).outcome == "WITHDRAWN"
    assert Letter.objects.filter(event="request_withdrawn", about=rights_request.reference).count() == 1
    with pytest.raises(services.LinkNotValid):
        services.confirm(token=token, at=at)


@pytest.mark.parametrize("typed", ["r-7kq4-m2", " R 7KQ4 M2", "7kq4m2", "R7KQ4M2", "R-7KQ4-M2"])
def test_references_are_read_as_people_type_them(typed):
    assert tokens.tidy_reference(typed) == "R-7KQ4-M2"


def test_what_is_no_reference_still_fits_the_column():
    assert len(tokens.tidy_reference("x" * 5000)) <= 12


def test_accounts_of_strangers_are_not_taken_over(at):
    """The first identifier wins: an account that is already somebody's does not join another person's file."""
    first, second = uuid4(), uuid4()
    cast.file(at=at, account_id=first, email="one@customer.example")
    cast.file(at=at, account_id=second, email="one@customer.example")

    assert Subject.objects.count() == 1 or Identifier.objects.get(kind="ACCOUNT", value=str(first)).subject_id


def test_a_card_number_in_an_address_that_is_claimed_is_masked_whichever_page_it_came_from(at):
    case = cast.file(at=at, claims="4111111111111111@home.example")

    assert case.claims.get().value == "••••••••••••1111@home.example"
