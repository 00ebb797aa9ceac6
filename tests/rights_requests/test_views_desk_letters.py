"""The letters room: what did not go out first, settled by a person; every letter on paper."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from letters.dates import moment
from letters.enums import LetterStatus
from letters.models import Letter
from tests.accounts import factories
from tests.rights_requests import desk_cast

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

ROOM = "/desk/letters/"
#: Session, user; what needs a person; how many there are and the page; the two figures of the side list.
QUERIES = 7


@pytest.fixture
def desk(client: Client) -> Client:
    return desk_cast.agent_client(client)[0]


def make_letter(status: LetterStatus = LetterStatus.SENT, **fields: str) -> Letter:
    case = desk_cast.make_case()
    letter = desk_cast.write_letter(case)
    Letter.objects.filter(pk=letter.pk).update(status=status, **fields)
    letter.refresh_from_db()
    return letter


def test_what_did_not_go_out_stands_first_in_words_and_masked(desk: Client) -> None:
    made = {status: make_letter(status) for status in (LetterStatus.HELD, LetterStatus.FAILED, LetterStatus.UNKNOWN, LetterStatus.SENT)}
    page = desk.get(ROOM).content.decode()
    unsettled = page[: page.index("all-letters")]
    places = [unsettled.index(str(made[status].pk)) for status in (LetterStatus.UNKNOWN, LetterStatus.FAILED, LetterStatus.HELD)]
    assert places == sorted(places)
    assert str(made[LetterStatus.SENT].pk) not in unsettled
    assert "3 need a person" in page
    assert made[LetterStatus.SENT].recipient not in page
    assert f"{made[LetterStatus.SENT].recipient[0]}•••@customer.example" in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_room_takes_the_same_queries_for_one_letter_and_for_thirty(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_letter(LetterStatus.UNKNOWN if number % 2 else LetterStatus.SENT)
    desk.get(ROOM)  # the session gets its form token once
    with django_assert_num_queries(QUERIES):
        page = desk.get(ROOM).content.decode()
    assert len(set(re.findall(r'href="/desk/letters/([0-9a-f-]+)/"', page))) == count


@pytest.mark.parametrize(("answer", "status"), [("yes", LetterStatus.SENT), ("no", LetterStatus.QUEUED)])
def test_a_person_decides_whether_a_letter_arrived(desk: Client, answer: str, status: LetterStatus) -> None:
    letter = make_letter(LetterStatus.UNKNOWN)
    response = desk.post(reverse("desk_letter_settle", args=[letter.pk]), {"was_sent": answer})
    assert response.status_code == 302
    letter.refresh_from_db()
    assert letter.status == status
    assert Event.objects.filter(action="letter.settled").count() == 1


def test_settling_twice_or_without_an_answer_is_an_error(desk: Client) -> None:
    letter = make_letter(LetterStatus.UNKNOWN)
    address = reverse("desk_letter_settle", args=[letter.pk])
    assert desk.post(address).status_code == 422
    desk.post(address, {"was_sent": "yes"})
    again = desk.post(address, {"was_sent": "no"})
    assert again.status_code == 422
    assert "does not wait for a decision" in again.content.decode()
    letter.refresh_from_db()
    assert letter.status == LetterStatus.SENT
    assert desk.get(address).status_code == 405


def test_a_letter_is_shown_and_made_into_a_pdf(desk: Client) -> None:
    letter = make_letter()
    page = desk.get(reverse("desk_letter", args=[letter.pk])).content.decode()
    assert letter.subject in page
    assert reverse("desk_request_open", args=[letter.about]) in page
    pdf = desk.get(reverse("desk_letter_pdf", args=[letter.pk]))
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="{letter.about}-claim-rejected.pdf"'


@pytest.mark.parametrize("name", ["desk_letters", "desk_letter", "desk_letter_pdf", "desk_letter_settle"])
def test_the_room_is_for_the_desk(name: str) -> None:
    letter = make_letter(LetterStatus.UNKNOWN)
    address = reverse(name, args=[] if name == "desk_letters" else [letter.pk])
    method = "post" if name.endswith("settle") else "get"
    assert getattr(Client(), method)(address).status_code == 302
    for stranger in (factories.make_user(), factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR), factories.make_staff(UserRole.HR)):
        assert getattr(factories.sign_in(Client(), stranger), method)(address).status_code == 404
    letter.refresh_from_db()
    assert letter.status == LetterStatus.UNKNOWN


def test_a_letter_that_does_not_exist_is_not_there(desk: Client) -> None:
    assert desk.get("/desk/letters/01900000-0000-7000-8000-000000000000/").status_code == 404


def test_the_newest_stands_first_by_the_time_it_was_written_not_by_its_key(desk: Client) -> None:
    first, second = make_letter(), make_letter()
    Letter.objects.filter(pk=first.pk).update(written_at=second.written_at + timedelta(minutes=1))
    page = desk.get(ROOM).content.decode()
    assert page.index(str(first.pk)) < page.index(str(second.pk))


def test_all_letters_stand_in_the_order_of_the_moment_that_is_shown(desk: Client) -> None:
    now = timezone.now()
    first, second = make_letter(), make_letter()
    Letter.objects.filter(pk=first.pk).update(written_at=now - timedelta(days=9), sent_at=now)
    Letter.objects.filter(pk=second.pk).update(written_at=now - timedelta(days=2), sent_at=now - timedelta(days=1))
    page = desk.get(ROOM).content.decode()
    assert page.index(str(second.pk)) < page.index(str(first.pk))
    shown = re.findall(r'data-label="Written">([^<]+)<', page)
    assert shown == [moment(now - timedelta(days=2), now), moment(now - timedelta(days=9), now)]
