"""An objection to direct marketing: nobody refuses it, by whichever way in."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction

from datamap.enums import Ground
from rights_requests import services
from rights_requests.enums import Action, Outcome, Right, Status
from rights_requests.models import RightsRequest, Weighing
from rights_requests.services import moving
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_staff
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

MARKETING = ["marketing", "newsletter"]
OTHERS = ["security", "statistics"]


def object_to(purposes=("marketing",), *, at, **fields) -> RightsRequest:
    return cast.file(Right.OBJECTION, purposes=list(purposes), at=at, **fields)


@pytest.fixture
def absolute(at):
    return object_to(at=at)


@pytest.fixture
def stuck(at):
    """One that was not done in the transaction that filed it: nobody makes such a case, and still nobody may refuse it."""
    case = object_to(["statistics"], at=at)
    RightsRequest.objects.filter(pk=case.pk).update(is_absolute=True, purposes=["marketing"])
    return case


@pytest.mark.parametrize("ground", list(Ground))
@pytest.mark.parametrize("which", ["absolute", "stuck"])
@pytest.mark.promise("P040")
def test_the_service_refuses_to_refuse(request, which, ground, at):
    case = request.getfixturevalue(which)
    with pytest.raises((services.GroundNotForThisRight, TransitionNotAllowed)):
        services.refuse(
            request_id=case.pk,
            ground=ground,
            reason="x",
            evidence="Twelve in a day.",
            article="1",
            until_on=at.date(),
            actor=cast.CLERK,
            at=at,
        )

    assert RightsRequest.objects.get(pk=case.pk).status != Status.REFUSED


@pytest.mark.parametrize("which", ["absolute", "stuck"])
def test_it_is_not_forwarded_away(request, which, at):
    case = request.getfixturevalue(which)
    with pytest.raises(TransitionNotAllowed):
        services.forward(request_id=case.pk, customer_name="Vos", customer_email="a@vos.example", actor=cast.CLERK, at=at)


@pytest.mark.parametrize("action", [Action.REFUSE, Action.FORWARD, Action.LAPSE, Action.WITHDRAW])
def test_not_even_the_one_door_of_all_moves_leads_elsewhere(stuck, action, at):
    locked = moving.lock(stuck.pk)
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        moving.move(locked, action=action, actor=cast.CLERK, at=at, outcome=Outcome.REFUSED)

    assert RightsRequest.objects.get(pk=stuck.pk).status == Status.AWAITING_IDENTITY


TABLE = "rights_requests_rightsrequest"


@pytest.mark.parametrize("which", ["absolute", "stuck"])
@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET status = 'REFUSED', outcome = 'REFUSED', closed_at = now()",
        f"UPDATE {TABLE} SET status = 'FORWARDED', outcome = 'FORWARDED', closed_at = now()",
        f"UPDATE {TABLE} SET status = 'LAPSED', outcome = 'LAPSED', closed_at = now()",
        f"UPDATE {TABLE} SET status = 'WITHDRAWN', outcome = 'WITHDRAWN', closed_at = now()",
        f"UPDATE {TABLE} SET outcome = 'REFUSED'",
        f"UPDATE {TABLE} SET outcome = 'PARTIAL'",
        f"UPDATE {TABLE} SET ground = 'COMPELLING_GROUNDS'",
        f"UPDATE {TABLE} SET is_absolute = false",
        f"UPDATE {TABLE} SET is_absolute = false, status = 'REFUSED', outcome = 'REFUSED', closed_at = now()",
        f"UPDATE {TABLE} SET is_absolute = false, purposes = '[\"statistics\"]'",
        f"UPDATE {TABLE} SET purposes = '[]'",
        f"UPDATE {TABLE} SET purposes = '[\"statistics\"]'",
        f"UPDATE {TABLE} SET \"right\" = 'ACCESS'",
        f"TRUNCATE {TABLE} CASCADE",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
    ],
)
@pytest.mark.promise("P040")
def test_sql_of_the_role_of_the_app_gives_it_no_other_ending(request, which, statement):
    case = request.getfixturevalue(which)
    before = RightsRequest.objects.values().get(pk=case.pk)
    with pytest.raises((InternalError, IntegrityError, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert RightsRequest.objects.values().get(pk=case.pk) == before


def test_sql_does_not_take_an_open_one_away_and_a_done_one_goes_in_its_time(stuck, at):
    with pytest.raises(InternalError, match="carried out"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")

    RightsRequest.objects.filter(pk=stuck.pk).update(status="ANSWERED", outcome="COMPLETE", closed_at=at)
    stuck.links.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE}")
        assert cursor.rowcount == 1


def test_a_done_one_is_not_opened_again(absolute):
    with pytest.raises(InternalError, match="stays what it is"), transaction.atomic():
        RightsRequest.objects.filter(pk=absolute.pk).update(status="AWAITING_IDENTITY", closed_at=None, outcome="")


@pytest.mark.parametrize("code", MARKETING)
def test_marketing_cannot_be_written_down_as_something_to_be_weighed(at, code):
    case = object_to(["statistics"], at=at)
    with pytest.raises(IntegrityError, match="marketing_is_absolute"), transaction.atomic():
        RightsRequest.objects.filter(pk=case.pk).update(purposes=["statistics", code])
    with pytest.raises(IntegrityError, match="never_weighed"), transaction.atomic():
        Weighing.objects.create(request=case, purpose=code, is_upheld=False, ground=Ground.LEGAL_CLAIMS, reason="x", by=make_staff(), at=at)


def test_nothing_absolute_is_about_nothing(at):
    case = object_to(["statistics"], at=at)
    with pytest.raises(IntegrityError, match="absolute_named"), transaction.atomic():
        RightsRequest.objects.filter(pk=case.pk).update(is_absolute=True, purposes=[])
