"""The desk's page of connected systems: what fails, since when and why; and what a page says while a system is away."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from audit.models import Event
from connectors.enums import TaskVerb
from connectors.models import SystemState
from connectors.services import pulling, systems
from letters.models import Letter
from rights_requests.enums import Right
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import make_staff, sign_in
from tests.connectors.crm import at_url, url
from tests.rights_requests import cast

if TYPE_CHECKING:
    from django.test import Client

    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def page(client: Client) -> str:
    sign_in(client, make_staff(role=UserRole.PRIVACY_OFFICER))
    return client.get(reverse("desk_systems")).content.decode()


def test_a_system_that_fails_is_shown_with_its_reason_until_it_answers(crm: Crm, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    assert systems.look(at=now - 3 * HOUR) == 0
    with at_url(monkeypatch, url(password="wrong")):
        assert [systems.look(at=now - hours * HOUR) for hours in (2, 1)] == [1, 1]
    state = SystemState.objects.get(pk="crm")
    assert (state.good_at, state.failing_since, state.error) == (now - 3 * HOUR, now - 2 * HOUR, "wrong-password")
    shown = page(client)
    assert "Sales system" in shown
    assert "It does not accept our password." in shown

    assert systems.look(at=now) == 0
    assert list(Event.objects.filter(about="connectors.system:crm").order_by("at").values_list("action", flat=True)) == [
        "system.failing",
        "system.well",
    ]
    assert "It does not accept our password." not in page(client)


def test_a_database_that_was_changed_is_not_well(crm: Crm) -> None:
    crm.run("ALTER TABLE sales.survey RENAME COLUMN grade TO mark")
    try:
        assert systems.look(at=timezone.now()) == 1
        assert SystemState.objects.get().error == "missing"
    finally:
        crm.run("ALTER TABLE sales.survey RENAME COLUMN mark TO grade")


@pytest.mark.usefixtures("tickets")
def test_tasks_that_wait_for_too_long_are_an_alarm(client: Client) -> None:
    now = timezone.now()
    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=now)
    asked_at = now - settings.CONNECTORS["pull_within"]
    pulling.ask(system="helpdesk-tickets", subject=subject, verb=TaskVerb.FIND, at=asked_at)
    assert systems.look(at=now - timedelta(seconds=1)) == 0
    assert systems.look(at=now) == 1
    assert "Its tasks wait for too long." in page(client)


@pytest.mark.usefixtures("tickets")
def test_the_officers_are_told_once_each_time_a_system_falls_behind() -> None:
    now = timezone.now()
    officers = {make_staff(role=UserRole.PRIVACY_OFFICER, email=f"officer-{n}@oxygis.example").email for n in (1, 2)}
    make_staff(email="agent@oxygis.example")
    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=now)

    def ask() -> None:
        pulling.ask(system="helpdesk-tickets", subject=subject, verb=TaskVerb.FIND, at=now - settings.CONNECTORS["pull_within"])

    def told() -> Counter[str]:
        return Counter(Letter.objects.filter(event="system_late").values_list("recipient", flat=True))

    ask()
    assert systems.look(at=now) == systems.look(at=now + HOUR) == 1
    assert told() == dict.fromkeys(officers, 1)
    (task,) = pulling.claim(system="helpdesk-tickets", at=now + HOUR)
    assert systems.look(at=now + 2 * HOUR) == 1
    assert told() == dict.fromkeys(officers, 1), "that it asks is no answer"

    pulling.answer_found(
        system="helpdesk-tickets", task_id=task.id, fence=task.fence, counts={}, actor=Actor.system("tickets"), at=now + 2 * HOUR
    )
    assert systems.look(at=now + 3 * HOUR) == 0
    assert SystemState.objects.get().good_at == now + 2 * HOUR
    ask()
    assert systems.look(at=now + 4 * HOUR) == 1
    assert told() == dict.fromkeys(officers, 2)
    assert Event.objects.filter(about="connectors.system:helpdesk-tickets").count() == 3


def test_a_page_that_needs_a_system_that_is_away_says_so(crm: Crm, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.everything_of(cast.EMAIL)
    now = timezone.now()
    case = cast.collected(Right.ERASURE, at=now)
    sign_in(client, make_staff())
    address = reverse("desk_request_source", kwargs={"reference": case.reference, "key": "crm"})
    assert client.get(address).status_code == 200
    with at_url(monkeypatch, url(password="wrong")):
        away = client.get(address)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "60")
    assert "does not answer now" in away.content.decode()
