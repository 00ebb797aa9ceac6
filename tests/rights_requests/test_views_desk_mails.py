"""Mails to sort: listed, read, filed with their true date, put with a request, or put aside; and nobody forgets them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from datamap import registry
from letters.models import Letter
from rights_requests import personal_data, services
from rights_requests.enums import Channel, DismissReason, MailState, Right, Status
from rights_requests.models import IncomingMail, Message, RightsRequest
from rights_requests.services import mail_alarm
from rights_requests.services.mail_in import receive
from rights_requests.services.minimising import minimise
from tests.accounts import factories
from tests.letters.mail_cast import SENDER, mail
from tests.rights_requests import cast, desk_cast

if TYPE_CHECKING:
    from datetime import datetime

    from django.test import Client

pytestmark = pytest.mark.django_db

LIST = "/desk/mails/"


@pytest.fixture
def desk(client: Client) -> Client:
    return desk_cast.agent_client(client)[0]


def waiting(text: str = "I would like what the law gives me.", **changes: str) -> IncomingMail:
    now = timezone.now()
    receive(raw=mail(text, sent_at=now - timedelta(days=4), **{"subject": "About me", **changes}), at=now)
    return IncomingMail.objects.latest("pk")


def address(row: IncomingMail) -> str:
    return reverse("desk_mail", args=[row.pk])


def asked(**changes: str | list[str]) -> dict[str, str | list[str]]:
    typed: dict[str, str | list[str]] = {
        "step": "file",
        "rights": ["ACCESS", "ERASURE"],
        "received_at": (timezone.localtime() - timedelta(days=4)).strftime("%Y-%m-%dT%H:%M"),
        "requester": "VISITOR",
        "name": "Noor",
        "email": SENDER,
        "language": "nl",
        "country": "BE",
    }
    return typed | changes


def test_the_list_masks_the_sender_and_counts_itself(desk: Client) -> None:
    waiting()
    page = desk.get(LIST).content.decode()
    assert "About me" in page
    assert SENDER not in page
    assert "1 mail" in page
    assert "Mails to sort" in desk.get("/desk/").content.decode()


def test_reading_one_is_recorded_and_nothing_in_it_is_markup(desk: Client) -> None:
    row = waiting("<script>alert(1)</script>")
    page = desk.get(address(row)).content.decode()
    assert "&lt;script&gt;" in page
    assert SENDER in page
    assert Event.objects.filter(action="mail.read", details__mail=str(row.pk)).exists()


def test_it_becomes_requests_with_the_day_on_which_it_came(desk: Client) -> None:
    row = waiting()
    page = desk.post(address(row), asked(), follow=True).content.decode()
    cases = list(RightsRequest.objects.order_by("right"))
    assert [(case.right, case.channel, case.status) for case in cases] == [
        (Right.ACCESS, Channel.MAIL, Status.AWAITING_IDENTITY),
        (Right.ERASURE, Channel.MAIL, Status.AWAITING_IDENTITY),
    ]
    assert {case.received_on for case in cases} == {timezone.localdate() - timedelta(days=4)}
    assert all("what the law gives me" in case.text for case in cases)
    assert all(case.reference in page for case in cases)
    row.refresh_from_db()
    assert (row.state, row.request) == (MailState.FILED, cases[0])


def test_a_wrong_answer_keeps_the_mail_and_says_why(desk: Client) -> None:
    row = waiting()
    for typed in (
        asked(rights=[]),
        asked(received_at="2099-01-01T00:00"),
        {"step": "thread", "reference": "R-0000-00"},
        {"step": "dismiss"},
    ):
        assert desk.post(address(row), typed).status_code == 422
    assert desk.post(address(row), {}).status_code == 422
    row.refresh_from_db()
    assert row.state == MailState.UNSORTED
    assert not RightsRequest.objects.exists()


def test_it_is_put_with_its_request_and_nobody_is_told(desk: Client) -> None:
    case = desk_cast.make_case(email="another@customer.example")
    row = waiting()
    desk.post(address(row), {"step": "thread", "reference": case.reference.lower()})
    message = Message.objects.get(request=case)
    assert (message.channel, message.is_sender_known) == (Channel.MAIL, False)
    assert not Letter.objects.exists()
    assert "perhaps not the person" in desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()


def test_all_of_a_sender_are_put_aside_at_once_and_can_be_found_again(desk: Client) -> None:
    rows = [waiting(), waiting(), waiting(sender="other@customer.example")]
    desk.post(address(rows[0]), {"step": "dismiss", "reason": "SPAM", "all_of_sender": "on"})
    assert [row.state for row in IncomingMail.objects.order_by("pk")] == [MailState.DISMISSED, MailState.DISMISSED, MailState.UNSORTED]
    assert "2 mails" in desk.get(f"{LIST}?aside").content.decode()
    desk.post(address(rows[1]), asked())
    assert RightsRequest.objects.count() == 2


def test_a_second_click_finds_it_sorted() -> None:
    row, now = waiting(), timezone.now()
    services.dismiss_mail(mail_id=row.pk, reason=DismissReason.SPAM, actor=cast.CLERK, at=now)
    case = desk_cast.make_case()
    services.put_with_case(mail_id=row.pk, reference=case.reference, actor=cast.CLERK, at=now)
    with pytest.raises(services.SortedAlready):
        services.put_with_case(mail_id=row.pk, reference=case.reference, actor=cast.CLERK, at=now)
    assert Message.objects.count() == 1


def test_a_request_reduced_to_its_proof_takes_no_mail(at: datetime) -> None:
    case = desk_cast.make_case(Status.ANSWERED, minimised_at=at)
    with pytest.raises(services.NoSuchCase):
        services.put_with_case(mail_id=waiting().pk, reference=case.reference, actor=cast.CLERK, at=at)


def test_what_nobody_sorts_is_told_once_a_day_to_the_desk_and_the_officer(at: datetime) -> None:
    factories.make_staff(UserRole.HELPDESK, email="desk@oxygis.example")
    factories.make_staff(UserRole.PRIVACY_OFFICER, email="officer@oxygis.example")
    receive(raw=mail("hello", sent_at=at - timedelta(hours=30)), at=at)
    for _number in range(2):
        mail_alarm.sound(at=at)
    told = Letter.objects.filter(event="mails_waiting")
    assert {letter.recipient for letter in told} == {"desk@oxygis.example", "officer@oxygis.example"}
    assert told.count() == 2
    assert SENDER not in str(list(told.values("body")))


def test_nobody_is_told_while_there_is_time(at: datetime) -> None:
    factories.make_staff(UserRole.HELPDESK)
    receive(raw=mail("hello", sent_at=at - timedelta(hours=2)), at=at)
    mail_alarm.sound(at=at)
    assert not Letter.objects.exists()


class TestHowLong:
    def destroyed(self, at: datetime) -> int:
        source = registry.get(personal_data.KEY)
        return source.destroy(source.due(personal_data.MAILS, at=at, limit=100), at=at)

    def test_what_is_sorted_goes_after_thirty_days_and_what_is_not_stays(self, at: datetime) -> None:
        receive(raw=mail(Auto_Submitted="auto-replied"), at=at)
        receive(raw=mail("hello"), at=at)
        assert self.destroyed(at + timedelta(days=29)) == 0
        assert self.destroyed(at + timedelta(days=31)) == 1
        assert IncomingMail.objects.get().state == MailState.UNSORTED

    def test_the_person_is_shown_their_mails_and_an_erasure_leaves_what_nobody_has_sorted(self, at: datetime) -> None:
        case = cast.collected(at=at, email=SENDER)
        receive(raw=mail("hello"), at=at)
        receive(raw=mail(Auto_Submitted="auto-replied"), at=at)
        receive(raw=mail("hello", sender="other@customer.example"), at=at)
        source = registry.get(personal_data.KEY)
        assert source.count(case.subject)["mails"] == 2

        outcome = source.erase(case.subject, at=at)

        assert len(outcome.erased["mails"]) == 1
        assert set(IncomingMail.objects.values_list("state", flat=True)) == {MailState.UNSORTED}
        assert sum(kept.rows for kept in outcome.kept if kept.part == "mails") == 1

    def test_a_case_reduced_to_its_proof_keeps_no_mail(self, at: datetime) -> None:
        receive(raw=mail("No more newsletters"), at=at)
        minimise(RightsRequest.objects.get(), at=at)
        assert not IncomingMail.objects.exists()
