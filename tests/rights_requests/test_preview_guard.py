"""What was prepared for approval is what is approved: the database refuses to let either be rewritten."""

from __future__ import annotations

from datetime import timedelta

import psycopg2
import pytest
from django.conf import settings
from django.db import IntegrityError, InternalError, transaction

from rights_requests import services
from rights_requests.enums import Right, Status
from rights_requests.models import ErasurePreview, RightsRequest
from tests.accounts.factories import make_staff
from tests.audit.test_guard import run
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

TABLE = "rights_requests_erasurepreview"


@pytest.fixture
def proposed(at):
    cast.data_of()
    return cast.proposed(at=at)


@pytest.fixture
def approved(at):
    cast.data_of()
    return cast.approved(at=at)


def change(case, **columns) -> int:
    with transaction.atomic():
        return ErasurePreview.objects.filter(pk=case.pk).update(**columns)


def preview_of(case) -> ErasurePreview:
    return ErasurePreview.objects.get(pk=case.pk)


@pytest.mark.parametrize("moment", ["proposed", "approved"])
@pytest.mark.parametrize("column", ["prepared_by", "prepared_at", "parts", "digest"])
def test_what_was_prepared_never_changes(request, moment, column, at):
    case = request.getfixturevalue(moment)
    before = preview_of(case)
    new = {"prepared_by": make_staff(), "prepared_at": at + timedelta(days=1), "parts": [], "digest": "0" * 64}[column]

    with pytest.raises(InternalError, match="never changes"):
        change(case, **{column: new})

    assert getattr(preview_of(case), column) == getattr(before, column)


@pytest.mark.parametrize("column", ["approved_by", "approved_at"])
@pytest.mark.parametrize("is_emptied", [True, False])
def test_an_approval_is_neither_taken_back_nor_put_on_somebody_else(approved, column, is_emptied, at):
    before = preview_of(approved)
    other = {"approved_by": make_staff(), "approved_at": at + timedelta(days=1)}[column]

    with pytest.raises(InternalError, match="given once"):
        change(approved, **{column: None if is_emptied else other})

    assert getattr(preview_of(approved), column) == getattr(before, column)


@pytest.mark.parametrize("moved", [timedelta(hours=-1), timedelta(hours=1), None], ids=["sooner", "later", "taken away"])
def test_the_day_of_an_erasure_is_the_one_that_the_person_was_told(approved, moved):
    day = preview_of(approved).carry_out_at
    assert day is not None

    with pytest.raises(InternalError, match="set once, after its approval"):
        change(approved, carry_out_at=moved and day + moved)

    assert preview_of(approved).carry_out_at == day
    assert change(approved, carry_out_at=day) == 1


def test_the_day_of_an_erasure_comes_with_its_approval_and_not_before_it(proposed, at):
    day, colleague = at + timedelta(hours=48), make_staff()
    for wrong in ({"carry_out_at": day}, {"approved_by": colleague, "approved_at": at, "carry_out_at": at - timedelta(seconds=1)}):
        with pytest.raises(InternalError, match="set once, after its approval"):
            change(proposed, **wrong)

    assert change(proposed, approved_by=colleague, approved_at=at, carry_out_at=day) == 1


def test_an_approval_is_given_once_and_what_stays_the_same_may_be_written_again(proposed, at):
    colleague = make_staff()

    assert change(proposed, approved_by=colleague, approved_at=at) == 1
    assert change(proposed, approved_by=colleague, approved_at=at) == 1


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_bound_too(at):
    cast.data_of()
    case = cast.proposed(at=at)

    with pytest.raises(psycopg2.errors.RaiseException, match=TABLE):
        run(settings.ENVIRONMENT.owner_url, f"UPDATE {TABLE} SET digest = 'x' WHERE request_id = %s", [str(case.pk)])


def test_one_who_deletes_a_preview_and_lays_it_anew_is_still_not_two(proposed):
    found = preview_of(proposed)
    found.approved_by, found.approved_at = found.prepared_by, found.prepared_at

    assert ErasurePreview.objects.filter(pk=found.pk).delete()[1]["rights_requests.ErasurePreview"] == 1
    with pytest.raises(IntegrityError, match="rights_requests_four_eyes"):
        found.save(force_insert=True)


def test_what_is_sent_back_is_prepared_and_approved_anew(proposed, at):
    other, third = make_staff(), make_staff()
    services.send_back(request_id=proposed.pk, actor=cast.CLERK, at=at)

    services.propose_erasure(request_id=proposed.pk, agent_id=other.pk, actor=cast.staff_actor(other), at=at)
    services.approve_erasure(request_id=proposed.pk, agent_id=third.pk, actor=cast.staff_actor(third), at=at)

    assert (preview_of(proposed).prepared_by, preview_of(proposed).approved_by) == (other, third)


def test_what_is_collected_again_is_prepared_anew(proposed, at):
    services.send_back(request_id=proposed.pk, actor=cast.CLERK, at=at)
    services.collect_again(request_id=proposed.pk, actor=cast.CLERK, at=at)
    case = cast.run(proposed, at=at)
    other = make_staff()

    services.propose_erasure(request_id=case.pk, agent_id=other.pk, actor=cast.staff_actor(other), at=at)

    assert preview_of(case).prepared_by == other


@pytest.mark.parametrize("moment", ["proposed", "approved"])
def test_a_request_is_taken_back_before_and_after_the_approval(request, moment, at):
    case = request.getfixturevalue(moment)

    assert services.withdraw(request_id=case.pk, actor=cast.PERSON, at=at).status == Status.WITHDRAWN


def test_an_erasure_is_carried_out_from_an_approved_preview(at):
    cast.data_of()
    case = cast.erased(at=at)

    assert (case.right, case.status) == (Right.ERASURE, Status.ANSWERED)
    assert RightsRequest.objects.filter(pk=case.pk).delete()[0]
