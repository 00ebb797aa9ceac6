"""The desk sets data aside and announces the end; the person reads where it stands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from datamap import gate
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests.enums import Outcome, Right, Status
from rights_requests.models import RightsRequest
from rights_requests.services import restricting
from rights_requests.views import portal_words
from subjects import services as subjects
from subjects.enums import RestrictionGround
from subjects.models import Restriction
from tests.rights_requests import cast, desk_cast
from tests.subjects import lifting

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    return desk_cast.agent_client(client)[0]


def address(case: RightsRequest, action: str = "") -> str:
    if not action:
        return reverse("desk_request_open", args=[case.reference])
    return reverse("desk_request_action", args=[case.reference, action])


def page(desk: Client, case: RightsRequest) -> str:
    answer = desk.get(address(case))
    assert answer.status_code == 200
    return answer.content.decode()


def restrict(case: RightsRequest, about: str = "") -> Restriction:
    assert case.subject is not None
    return subjects.restrict(
        subject_id=case.subject.pk,
        ground=RestrictionGround.CLAIMS,
        about=about or case.reference,
        actor=cast.CLERK,
        at=timezone.now() - timedelta(days=2),
    )


def test_the_agent_picks_the_ground_that_the_person_named_or_another(desk: Client) -> None:
    case = desk_cast.make_case(right=Right.RESTRICTION, restriction_ground=RestrictionGround.UNLAWFUL)
    assert address(case, "restrict") in page(desk, case)
    assert address(case, "answer") not in page(desk, case)
    form = desk.get(address(case, "restrict")).content.decode()
    assert 'value="UNLAWFUL" required id="id_ground_1" checked' in form or 'value="UNLAWFUL"' in form.split("checked")[0][-200:]

    assert desk.post(address(case, "restrict"), {"ground": "CLAIMS"}).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.restriction_ground) == (Status.CARRYING_OUT, RestrictionGround.CLAIMS)
    assert case.subject is not None
    assert not gate.may_process(subject=case.subject, purpose="service")


@pytest.mark.parametrize("typed", [{}, {"ground": ""}, {"ground": "BECAUSE"}])
def test_without_one_of_the_four_grounds_nothing_is_set_aside(desk: Client, typed: dict[str, str]) -> None:
    case = desk_cast.make_case(right=Right.RESTRICTION)

    assert desk.post(address(case, "restrict"), typed).status_code == 422
    assert not Restriction.objects.exists()


def test_a_second_click_says_that_the_case_has_moved_on(desk: Client) -> None:
    case = desk_cast.make_case(right=Right.RESTRICTION)
    desk.post(address(case, "restrict"), {"ground": "CLAIMS"})

    again = desk.post(address(case, "restrict"), {"ground": "CLAIMS"})
    assert again.status_code == 422
    assert "moved on" in again.content.decode()
    assert Restriction.objects.count() == 1


def test_every_case_of_the_person_shows_what_stands_and_a_strangers_does_not(desk: Client) -> None:
    case = desk_cast.make_case(right=Right.ACCESS)
    stranger = desk_cast.make_case(right=Right.ACCESS)
    restrict(case, about="R-OTHER-1")

    shown = page(desk, case)
    assert "R-OTHER-1" in shown
    assert "Announce the end" in shown
    assert "R-OTHER-1" not in page(desk, stranger)


def test_the_end_is_announced_shown_and_comes_with_the_letter(desk: Client) -> None:
    case = desk_cast.make_case(Status.ANSWERED, Right.RESTRICTION)
    restriction = restrict(case)
    typed = {"restriction": str(restriction.pk), "reason": "It is settled."}
    assert desk.post(address(case, "end-restriction"), typed).status_code == 302
    shown = page(desk, case)
    assert "Ends when the letter has gone out" in shown
    assert "Announce the end" not in shown
    Letter.objects.update(status=LetterStatus.FAILED)
    assert "did not arrive" in page(desk, case)
    assert "Announce the end" in page(desk, case)

    Letter.objects.update(status=LetterStatus.SENT, sent_at=timezone.now())
    restricting.lift_told(at=timezone.now())
    assert "Ended on" in page(desk, case)


@pytest.mark.parametrize("typed", [{"reason": ""}, {"reason": "Settled.", "restriction": ""}])
def test_an_end_needs_its_reasons_and_its_restriction(desk: Client, typed: dict[str, str]) -> None:
    case = desk_cast.make_case(Status.ANSWERED, Right.RESTRICTION)
    restriction = restrict(case)

    assert desk.post(address(case, "end-restriction"), {"restriction": str(restriction.pk), **typed}).status_code == 422
    assert not Letter.objects.exists()


def test_somebody_elses_restriction_cannot_be_ended_from_here(desk: Client) -> None:
    case, other = desk_cast.make_case(), desk_cast.make_case()
    restriction = restrict(other)

    typed = {"restriction": str(restriction.pk), "reason": "It is settled."}
    assert desk.post(address(case, "end-restriction"), typed).status_code == 422
    restriction.refresh_from_db()
    assert restriction.announced_at is None


def test_data_that_only_waits_for_the_answer_is_named_with_its_day(desk: Client) -> None:
    day = timezone.localdate() - timedelta(days=4)
    case = desk_cast.make_case(overdue_rows=3, overdue_since=day)
    closed = desk_cast.make_case(Status.ANSWERED, overdue_rows=3, overdue_since=day)

    assert "3 rows would have been deleted" in page(desk, case)
    assert "would have been deleted" not in page(desk, closed)


def test_the_person_reads_that_it_stands_and_that_it_has_ended(at) -> None:
    case = cast.collected(Right.RESTRICTION, at=at)
    restricting.restrict(request_id=case.pk, ground=RestrictionGround.CLAIMS, actor=cast.CLERK, at=at)
    case = cast.run(case, at=at)
    assert case.outcome == Outcome.NOTHING_HELD
    assert portal_words.of(case, today=at.date()).heading == "We hold nothing about you that could be used"
    RightsRequest.objects.filter(pk=case.pk).update(outcome=Outcome.COMPLETE)
    case.refresh_from_db()
    assert portal_words.of(case, today=at.date()).heading == "Your data are set aside"
    lifting.lift(Restriction.objects.get().pk, told_at=at, at=at)

    assert portal_words.of(case, today=at.date()).heading == "Your data are no longer set aside"
