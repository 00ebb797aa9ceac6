"""Who holds a task: one of many who ask, for a while, and by number."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from rights_requests import leases, services
from rights_requests.enums import TaskStatus, Verb
from rights_requests.models import RightsRequest, SourceTask
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(at):
    return cast.confirmed(at=at)


def test_of_two_who_claim_one_gets_everything(case, at):
    first = leases.claim(request_id=case.pk, at=at)

    assert {claim.verb for claim in first} == {Verb.FIND}
    assert leases.claim(request_id=case.pk, at=at) == []


def test_an_abandoned_task_is_taken_over_when_the_lease_is_over(case, at, settings):
    leases.claim(request_id=case.pk, at=at)
    lease = settings.RIGHTS["lease"]

    assert leases.claim(request_id=case.pk, at=at + lease - timedelta(seconds=1)) == []
    second = leases.claim(request_id=case.pk, at=at + lease)

    assert {claim.fence for claim in second} == {2}
    assert {claim.attempts for claim in second} == {2}


def test_a_result_is_written_under_the_current_number_only(case, at, settings):
    slow = leases.claim(request_id=case.pk, at=at)
    quick = leases.claim(request_id=case.pk, at=at + settings.RIGHTS["lease"])

    with pytest.raises(leases.LostLease):
        leases.write({slow[0]: {"counts": {"wrong": 1}}}, at=at)
    leases.write({quick[0]: {"counts": {"right": 1}}}, at=at)

    task = SourceTask.objects.get(pk=slow[0].id)
    assert (task.status, task.result) == (TaskStatus.DONE, {"counts": {"right": 1}})
    with pytest.raises(leases.LostLease):
        leases.write({quick[0]: {"counts": {"twice": 1}}}, at=at)


def test_giving_back_needs_the_current_number_too(case, at, settings):
    slow = leases.claim(request_id=case.pk, at=at)
    leases.claim(request_id=case.pk, at=at + settings.RIGHTS["lease"])

    leases.give_back(slow[0], error="OSError", may_heal=True, at=at)

    assert SourceTask.objects.get(pk=slow[0].id).status == TaskStatus.RUNNING


def test_a_case_that_ended_has_no_tasks_to_claim_or_write(case, at):
    claims = leases.claim(request_id=case.pk, at=at)
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at)

    assert leases.claim(request_id=case.pk, at=at + timedelta(hours=1)) == []
    with pytest.raises(leases.LostLease):
        leases.write({claims[0]: {}}, at=at)


def test_what_is_not_done_is_not_finished_or_the_sweeper_would_not_find_it(case, at):
    case = cast.run(case, at=at)

    with pytest.raises(IntegrityError, match="rights_requests_task_finished"):
        SourceTask.objects.filter(request=case).update(status=TaskStatus.WAITING)


def test_tasks_of_a_case_in_review_are_left_alone(case, at):
    case = cast.run(case, at=at)
    SourceTask.objects.filter(request=case).update(status=TaskStatus.WAITING, finished_at=None)

    assert leases.claim(request_id=case.pk, at=at) == []
    assert leases.take_up(at=at + timedelta(days=1), limit=10) == []


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_prolonged_while_the_work_goes_on(at, settings):
    lease = timedelta(seconds=2)
    settings.RIGHTS = {**settings.RIGHTS, "lease": lease}
    case = cast.confirmed(at=timezone.now())
    claims = leases.claim(request_id=case.pk, at=timezone.now())

    with leases.kept(claims):
        for _look in range(6):
            time.sleep(0.5)
            assert leases.claim(request_id=case.pk, at=timezone.now()) == []

    # What was on its way when the work ended prolongs it once more, and no longer.
    assert len(leases.claim(request_id=case.pk, at=timezone.now() + 2 * lease)) == len(claims)
    assert RightsRequest.objects.get(pk=case.pk).is_open
