"""What nobody was called for: taken up within half a minute, and not rung to death."""

from __future__ import annotations

from datetime import timedelta

import pytest

from letters.models import Letter
from rights_requests import packages, services
from rights_requests.enums import Right, Status, TaskStatus
from rights_requests.models import RightsRequest
from rights_requests.packages import files
from rights_requests.services import running, sweeping
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    found = []
    monkeypatch.setattr("rights_requests.bells.ring_request", found.append)
    return found


def sweep(at, rung) -> list:
    rung.clear()
    sweeping.sweep(at=at)
    return list(rung)


def test_a_case_whose_bell_nobody_heard_is_rung_and_then_left_in_peace(at, rung, settings):
    case = cast.confirmed(at=at)

    assert sweep(at, rung) == [case.pk]
    assert sweep(at + timedelta(seconds=1), rung) == []
    assert sweep(at + settings.RIGHTS["lease"], rung) == [case.pk]


def test_a_dead_worker_is_noticed_within_a_minute(at, rung, settings):
    case = cast.confirmed(at=at)
    from rights_requests import leases

    leases.claim(request_id=case.pk, at=at)

    assert sweep(at + timedelta(seconds=1), rung) == []
    assert settings.RIGHTS["lease"] + settings.RIGHTS["sweep_every"] <= timedelta(seconds=60)
    assert sweep(at + settings.RIGHTS["lease"], rung) == [case.pk]
    assert cast.run(case, at=at + settings.RIGHTS["lease"]).status == Status.IN_REVIEW


def test_a_case_between_two_stages_is_taken_further(at, rung, monkeypatch):
    case = cast.confirmed(at=at)
    with monkeypatch.context() as patch:
        patch.setattr(running, "_go_to_review", lambda _case, **_which: False)
        running.run_due(request_id=case.pk, at=at)
    assert RightsRequest.objects.get(pk=case.pk).status == Status.COLLECTING

    assert sweep(at, rung) == [case.pk]
    assert cast.run(case, at=at).status == Status.IN_REVIEW


def test_a_waiting_time_that_is_over_is_noticed(at, rung):
    case = cast.approved(at=at)

    assert sweep(at + timedelta(hours=48, seconds=-1), rung) == []
    assert sweep(at + timedelta(hours=48), rung) == [case.pk]


def test_what_rests_or_waits_for_a_person_is_not_rung(at, rung):
    case = cast.confirmed(at=at)
    case.tasks.update(status=TaskStatus.MANUAL)
    assert sweep(at, rung) == []

    case.tasks.update(status=TaskStatus.WAITING, next_try_at=at + timedelta(minutes=1))
    assert sweep(at, rung) == []
    assert sweep(at + timedelta(minutes=1), rung) == [case.pk]


def test_closed_cases_are_not_rung(at, rung):
    cast.data_of()
    cast.answered(at=at)
    cast.erased(at=at)

    assert sweep(at + timedelta(days=1), rung) == []


class TestTend:
    def test_a_reminder_with_a_fresh_link_on_day_seven(self, at):
        case = cast.file(at=at)

        sweeping.tend(at=at + timedelta(days=7, seconds=-1))
        assert not Letter.objects.filter(event="remind_unconfirmed").exists()
        sweeping.tend(at=at + timedelta(days=7))
        sweeping.tend(at=at + timedelta(days=8))

        assert Letter.objects.filter(event="remind_unconfirmed", about=case.reference).count() == 1
        token = cast.token_of("remind_unconfirmed", about=case.reference)
        assert services.confirm(token=token, at=at + timedelta(days=7)).status == Status.COLLECTING

    def test_a_closing_letter_before_day_28_with_reasons_and_remedies(self, at):
        from letters.services import text_of

        case = cast.file(Right.ERASURE, at=at)

        sweeping.tend(at=at + timedelta(days=25))
        assert RightsRequest.objects.get(pk=case.pk).status == Status.AWAITING_IDENTITY
        sweeping.tend(at=at + timedelta(days=27))

        case = RightsRequest.objects.get(pk=case.pk)
        assert (case.status, case.outcome) == (Status.LAPSED, "LAPSED")
        text = text_of(Letter.objects.get(event="request_lapsed", about=case.reference))
        assert "contact@apd-gba.be" in text

    def test_confirmed_cases_are_neither_reminded_nor_closed(self, at):
        case = cast.confirmed(at=at)

        sweeping.tend(at=at + timedelta(days=40))

        assert RightsRequest.objects.get(pk=case.pk).is_open
        assert not Letter.objects.filter(event__in=["remind_unconfirmed", "request_lapsed"]).exists()

    def test_files_without_a_row_are_swept_away_and_no_other(self, at):
        import os

        cast.data_of()
        case = cast.answered(at=at)
        orphan = files.folder() / "0000.zip.age"
        orphan.write_bytes(b"noise")
        young = files.folder() / "1111.zip.age"
        young.write_bytes(b"noise")
        old = (at - timedelta(days=2)).timestamp()
        for path in (orphan, files.folder() / case.package.file_name):
            os.utime(path, (old, old))
        os.utime(young, (at.timestamp(), at.timestamp()))

        packages.discard_orphans(at=at)

        assert not orphan.exists()
        assert young.exists()
        assert (files.folder() / case.package.file_name).exists()
        young.unlink()
