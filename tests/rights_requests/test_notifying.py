"""Telling recipients (Art. 19): one notice each, its states and their evidence, at the desk, to the person, past the closing."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from datamap.models import Disclosure
from rights_requests import recipients, services
from rights_requests.enums import NoticeState, Outcome, Right, Status
from rights_requests.models import RecipientNotice, RightsRequest
from rights_requests.services.minimising import minimise
from rights_requests.services.moving import lock
from tests.accounts import factories
from tests.datamap.passing import passed
from tests.rights_requests import cast, desk_cast

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

ENDS = (NoticeState.CONFIRMED, NoticeState.REFUSED, NoticeState.IMPOSSIBLE)
#: Session, user, filter's recipients, the count, the rows, and the two figures of the side list.
QUERIES = 7


def disclose(code: str, *, at: datetime, email: str = cast.EMAIL) -> None:
    passed(code, email=email, at=at)


@pytest.fixture
def agent() -> User:
    return factories.make_staff(name="Anaïs Lambert")


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    return factories.sign_in(client, agent)


@pytest.fixture
def notice() -> RecipientNotice:
    case = desk_cast.make_case(Status.ANSWERED, Right.RECTIFICATION, outcome=Outcome.COMPLETE)
    return make_notice(case, "mailchimp")


def make_notice(case: RightsRequest, code: str = "mailchimp") -> RecipientNotice:
    return RecipientNotice.objects.create(request=case, recipient_id=code, made_at=timezone.now())


def settle(notice: RecipientNotice, state: NoticeState, agent: User, evidence: str = "") -> RecipientNotice:
    return services.settle_notice(
        notice_id=notice.pk, state=state, evidence=evidence, agent_id=agent.pk, actor=cast.staff_actor(agent), at=timezone.now()
    )


# Opening


@pytest.mark.promise("P064")
def test_an_erasure_tells_who_got_the_data_although_the_ledger_may_be_gone(at: datetime) -> None:
    cast.data_of()
    disclose("mailchimp", at=at)
    disclose("calendly", at=at)
    disclose("partners", at=at, email="somebody.else@customer.example")
    case = cast.approved(at=at)
    assert case.preview.recipient_codes == ["calendly", "mailchimp"]
    # What retention may have taken meanwhile.
    Disclosure.objects.filter(recipient="calendly").delete()

    case = cast.run(case, at=at + timedelta(hours=49))

    assert case.status == Status.ANSWERED
    assert {notice.recipient_id for notice in case.notices.all()} == {"calendly", "mailchimp"}
    assert set(case.notices.values_list("state", flat=True)) == {NoticeState.OPEN}


@pytest.mark.promise("P064")
@pytest.mark.promise("P067")
def test_who_decides_for_themselves_and_who_works_for_us_are_told_alike_and_named_as_what_they_are(desk: Client, at: datetime) -> None:
    """Calendly works for us, a partner decides itself: each has its task, which a person closes with what they were answered."""
    cast.data_of()
    disclose("calendly", at=at)
    disclose("partners", at=at)
    case = cast.run(cast.approved(at=at), at=at + timedelta(hours=49))
    roles = {notice.recipient_id: notice.recipient.role for notice in case.notices.select_related("recipient")}
    assert roles == {"calendly": "PROCESSOR", "partners": "CONTROLLER"}

    page = desk.get(f"/desk/requests/{case.reference}/").content.decode()
    assert page.count(">Controller<") == page.count(">Processor<") == 1
    for notice in case.notices.all():
        with pytest.raises(services.EvidenceRequired):
            settle(notice, NoticeState.CONFIRMED, factories.make_staff())
        assert settle(notice, NoticeState.CONFIRMED, factories.make_staff(), evidence="Ticket 4711.").state == NoticeState.CONFIRMED


def test_an_erasure_prepared_yesterday_is_approved_today_although_recipients_are_to_be_told(at: datetime) -> None:
    """The record of who got data is kept thirty days from the deed: the preview names that end, and no day that moves."""
    cast.data_of()
    disclose("mailchimp", at=at)
    case = cast.proposed(at=at)
    approver = factories.make_staff()

    services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=at + timedelta(days=1))

    case.refresh_from_db()
    assert case.status == Status.GRACE


def test_a_caller_may_name_recipients_and_each_has_one_notice(at: datetime) -> None:
    disclose("mailchimp", at=at)
    case = cast.collected(Right.RECTIFICATION, at=at)
    with transaction.atomic():
        made = services.open_notices(lock(case.pk), at=at, recipients=["mailchimp", "partners"])
        again = services.open_notices(lock(case.pk), at=at, recipients=["mailchimp", "partners"])
    assert [notice.recipient_id for notice in made] == ["mailchimp", "partners"]
    assert again == []


def test_nobody_known_has_no_recipients(at: datetime) -> None:
    disclose("mailchimp", at=at)
    case = cast.file(Right.RECTIFICATION, at=at)
    assert services.open_notices(case, at=at) == []


# Settling


@pytest.mark.parametrize("state", ENDS)
def test_each_end_needs_its_evidence(notice: RecipientNotice, agent: User, state: NoticeState) -> None:
    with pytest.raises(services.EvidenceRequired):
        settle(notice, state, agent, "  ")
    with pytest.raises(IntegrityError), transaction.atomic():
        RecipientNotice.objects.filter(pk=notice.pk).update(state=state)
    settle(notice, state, agent, "Their mail of 3 March.")
    notice.refresh_from_db()
    assert (notice.state, notice.evidence, notice.by) == (state, "Their mail of 3 March.", agent)
    assert notice.settled_at is not None
    event = Event.objects.get(about=notice.request.reference, action=f"notice.{state.lower()}")
    assert event.details == {"recipient": "mailchimp"}


def test_the_database_knows_when_a_recipient_was_told(notice: RecipientNotice) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RecipientNotice.objects.filter(pk=notice.pk).update(state=NoticeState.SENT)


def test_told_needs_none_and_is_followed_by_an_end(notice: RecipientNotice, agent: User) -> None:
    settle(notice, NoticeState.SENT, agent)
    settle(notice, NoticeState.SENT, agent)
    assert Event.objects.filter(action="notice.sent").count() == 1
    with pytest.raises(services.EvidenceRequired):
        settle(notice, NoticeState.CONFIRMED, agent)
    settle(notice, NoticeState.CONFIRMED, agent, "Their mail of 3 March.")
    told_at = RecipientNotice.objects.get(pk=notice.pk).sent_at
    notice.refresh_from_db()
    assert notice.state == NoticeState.CONFIRMED
    assert notice.settled_at is not None
    assert told_at is not None
    assert told_at < notice.settled_at


@pytest.mark.parametrize(("end", "then"), list(itertools.product(ENDS, NoticeState)))
def test_an_end_is_an_end(notice: RecipientNotice, agent: User, end: NoticeState, then: NoticeState) -> None:
    settle(notice, end, agent, "Their mail of 3 March.")
    if then == end:
        assert settle(notice, then, agent, "Their mail of 3 March.").state == end
        return
    with pytest.raises(services.NoticeSettled):
        settle(notice, then, agent, "Another mail.")


def test_what_was_reduced_keeps_who_was_told_and_not_the_words(notice: RecipientNotice, agent: User, at: datetime) -> None:
    settle(notice, NoticeState.CONFIRMED, agent, "Mail of Lien Wouters, 3 March.")
    open_one = make_notice(notice.request, "calendly")
    with transaction.atomic():
        minimise(lock(notice.request_id), at=timezone.now())
    notice.refresh_from_db()
    assert (notice.state, "Lien" in notice.evidence) == (NoticeState.CONFIRMED, False)
    settle(open_one, NoticeState.IMPOSSIBLE, agent, "The account there was closed.")


# At the desk


def post(desk: Client, notice: RecipientNotice, **data: str):  # type: ignore[no-untyped-def]
    address = reverse("desk_request_action", args=[notice.request.reference, "notice"])
    return desk.post(address, {"notice": str(notice.pk), **data})


def test_a_closed_case_shows_its_notices_until_they_are_settled(desk: Client, notice: RecipientNotice) -> None:
    page = desk.get(reverse("desk_request_open", args=[notice.request.reference])).content.decode()
    assert "Mailchimp (Intuit)" in page
    assert "It cannot be told" in page
    assert post(desk, notice, state="IMPOSSIBLE", evidence="No account there.").status_code == 302
    page = desk.get(reverse("desk_request_open", args=[notice.request.reference])).content.decode()
    assert "No account there." in page
    assert "It cannot be told" not in page


def test_without_evidence_nothing_is_noted_and_nothing_typed_is_lost(desk: Client, notice: RecipientNotice) -> None:
    response = post(desk, notice, state="CONFIRMED", evidence="")
    assert response.status_code == 422
    assert "Write down how you know" in response.content.decode()
    settle(notice, NoticeState.CONFIRMED, factories.make_staff(), "Mail.")
    response = post(desk, notice, state="REFUSED", evidence="They called on Monday.")
    assert response.status_code == 422
    notice.refresh_from_db()
    assert notice.state == NoticeState.CONFIRMED


def test_the_notice_of_another_case_is_not_there(desk: Client, notice: RecipientNotice) -> None:
    other = desk_cast.make_case(Status.ANSWERED, Right.RECTIFICATION)
    address = reverse("desk_request_action", args=[other.reference, "notice"])
    assert desk.post(address, {"notice": str(notice.pk), "state": "SENT"}).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_room_lists_what_waits_the_oldest_first_in_the_same_queries(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cases = [desk_cast.make_case(Status.ANSWERED, Right.RECTIFICATION) for _number in range(count)]
    for case in cases:
        make_notice(case)
    desk.get(reverse("desk_notices"))
    with django_assert_num_queries(QUERIES):
        page = desk.get(reverse("desk_notices")).content.decode()
    places = [page.index(case.reference) for case in cases]
    assert places == sorted(places)


def test_the_room_filters_by_state_and_recipient(desk: Client, notice: RecipientNotice, agent: User) -> None:
    told, settled = make_notice(desk_cast.make_case(Status.ANSWERED, Right.ERASURE), "calendly"), make_notice(desk_cast.make_case())
    settle(told, NoticeState.SENT, agent)
    settle(settled, NoticeState.IMPOSSIBLE, agent, "Gone.")
    found = {"": notice, "?state=SENT": told, "?state=SETTLED": settled, "?recipient=mailchimp": notice, "?state=nonsense": notice}
    for query, shown in found.items():
        page = desk.get(reverse("desk_notices") + query).content.decode()
        references = {one.request.reference for one in (notice, told, settled) if one.request.reference in page}
        assert references == {shown.request.reference}, query
    assert "Nobody is to be told." in desk.get(reverse("desk_notices") + "?recipient=calendly").content.decode()


@pytest.mark.parametrize(("days", "words", "is_late"), [(0, "since today", False), (7, "for 7 days", False), (8, "for 8 days", True)])
def test_what_nobody_told_says_how_long_it_waits_and_stands_out_after_a_while(
    desk: Client, notice: RecipientNotice, days: int, words: str, is_late: bool
) -> None:
    RecipientNotice.objects.filter(pk=notice.pk).update(made_at=timezone.now() - timedelta(days=days) + timedelta(seconds=30))
    for page in (reverse("desk_notices"), reverse("desk_request_open", args=[notice.request.reference])):
        shown = desk.get(page).content.decode()
        assert (f'#state-late"/></svg>{words}</span>' in shown) == is_late, page
    assert words in desk.get(reverse("desk_notices")).content.decode()


@pytest.mark.parametrize(("code", "mailing_list", "words"), [
    ("mailchimp", "", "No mailing service is connected: tell them by hand."),
    ("mailchimp", "abc123", ""),
    ("calendly", "abc123", "Tell them by hand."),
])  # fmt: skip
def test_who_hears_of_it_from_nobody_is_told_by_hand(desk: Client, settings: Any, code: str, mailing_list: str, words: str) -> None:
    settings.MAILCHIMP = {**settings.MAILCHIMP, "list": mailing_list}
    made = make_notice(desk_cast.make_case(Status.ANSWERED, Right.ERASURE), code)
    for page in (reverse("desk_notices"), reverse("desk_request_open", args=[made.request.reference])):
        shown = desk.get(page).content.decode()
        assert words in shown if words else "by hand" not in shown


def test_the_side_list_counts_who_is_still_to_be_told(desk: Client, notice: RecipientNotice, agent: User) -> None:
    settle(make_notice(desk_cast.make_case(Status.ANSWERED, Right.ERASURE), "calendly"), NoticeState.SENT, agent)
    assert '<span>Recipients</span><span class="side-count">1</span>' in desk.get(reverse("desk_notices")).content.decode()


# To the person


def test_the_person_reads_whom_we_told_and_when(client: Client, agent: User) -> None:
    owner = factories.make_user()
    case = desk_cast.make_case(Status.ANSWERED, Right.RECTIFICATION, email=owner.email, account_id=owner.pk, outcome=Outcome.COMPLETE)
    settle(make_notice(case), NoticeState.CONFIRMED, agent, "Mail of Lien Wouters.")
    make_notice(case, "calendly")
    factories.sign_in(client, owner)
    page = client.get(reverse("portal_case", args=[case.reference])).content.decode()
    assert "We have corrected your data" in page
    assert "Mailchimp (Intuit)" in page
    assert "Told, and has confirmed" in page
    assert "To be told" in page
    assert "Lien Wouters" not in page


def test_before_anything_was_done_there_is_nobody_to_tell() -> None:
    assert recipients.told(desk_cast.make_case(Status.IN_REVIEW, Right.RECTIFICATION)) == []
