"""The names by which the workers are called, and that late, early and double calls do no harm."""

from __future__ import annotations

from uuid import uuid4

import pytest
from celery import current_app
from django.utils import timezone

from audit.models import Event
from letters.models import Letter
from rights_requests import services, tasks
from rights_requests.enums import Status
from rights_requests.models import AccessCode, RightsRequest
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


def test_every_scheduled_task_of_this_room_exists():
    from oxyprivacy.celery import app

    wanted = {entry["task"] for entry in app.conf.beat_schedule.values() if entry["task"].startswith("rights_requests.")}
    assert wanted == {"rights_requests.sweep", "rights_requests.tend", "rights_requests.fetch_mail"}
    assert wanted | {"rights_requests.run_request", "rights_requests.run_task", "rights_requests.answer_code"} <= set(current_app.tasks)


def test_a_call_runs_everything_that_is_due():
    case = cast.confirmed(at=timezone.now())

    tasks.run_request(request_id=str(case.pk))

    assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW


def test_a_call_for_one_task_runs_its_case():
    case = cast.confirmed(at=timezone.now())

    tasks.run_task(task_id=str(case.tasks.first().pk))

    assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW


def test_calls_for_what_is_gone_do_nothing():
    tasks.run_request(request_id=str(uuid4()))
    tasks.run_task(task_id=str(uuid4()))
    tasks.answer_code(code_id=str(uuid4()))
    assert not Event.objects.exists()
    assert not Letter.objects.exists()


def test_a_call_answers_a_code():
    case = cast.confirmed(at=timezone.now())
    services.ask_code(reference=case.reference, at=timezone.now())

    tasks.answer_code(code_id=str(AccessCode.objects.get().pk))

    assert cast.code_of(case.reference)


def test_the_sweep_and_the_hourly_round_run_with_nothing_to_do():
    tasks.sweep()
    tasks.tend()
    assert not Event.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_costs_time_and_nothing_else(monkeypatch, caplog):
    from kombu.exceptions import OperationalError

    def away(*_args: object, **_kwargs: object) -> None:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr("celery.canvas.Signature.apply_async", away)
        case = cast.confirmed(at=timezone.now())
    assert RightsRequest.objects.get(pk=case.pk).status == Status.COLLECTING

    rung = []
    monkeypatch.setattr("rights_requests.bells.ring_request", rung.append)
    tasks.sweep()
    assert rung == [case.pk]
