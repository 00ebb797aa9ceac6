"""What people did, as the demo tells it: the same services, at the hours at which somebody sits at a desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.test.utils import override_settings
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Contact, User
from accounts.staff import desk_agents
from audit.actor import Actor
from audit.enums import ActorKind
from letters import services as letters
from letters.models import Letter
from letters.sealing import unseal
from rights_requests import deadlines, services
from rights_requests.enums import Channel, Requester, Right
from rights_requests.models import RightsRequest, Telling
from rights_requests.services import running


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the colleague who works on it. Nothing in it happens later than ``now``."""

    request: RightsRequest
    agent: User
    now: datetime

    @property
    def actor(self) -> Actor:
        return actor_of(self.agent)

    def after(self, days: int, *, hour: int = 10) -> datetime:
        """So many days after receipt at the desk: on the next working day, and never before it was received or after ``now``."""
        day = self.request.received_on + timedelta(days=days)
        while not deadlines.is_working_day(day, country=self.request.country):
            day += timedelta(days=1)
        at = timezone.make_aware(datetime.combine(day, time(hour, (self.request.received_at.minute * 7 + days * 11) % 60)))
        return min(max(at, self.request.received_at + timedelta(minutes=20)), self.now)

    def by(self, agent: User) -> Case:
        return replace(self, agent=agent)

    def fresh(self) -> RightsRequest:
        return RightsRequest.objects.get(pk=self.request.pk)


def agents() -> list[User]:
    return list(desk_agents().filter(role=UserRole.HELPDESK).order_by("-email"))


def actor_of(agent: User) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=str(agent.pk), role=agent.role, entity=agent.entity, country=agent.country)


def moment(days_ago: int, *, now: datetime) -> datetime:
    """When somebody wrote so many days ago: not all at the same hour, and some time before ``now``."""
    day = timezone.localdate(now) - timedelta(days=days_ago)
    at = timezone.make_aware(datetime.combine(day, time(8 + days_ago * 5 % 13, days_ago * 17 % 60)))
    return min(at, now - timedelta(minutes=40))


def file(person: Contact, right: Right, text: str, *, days_ago: int, now: datetime, **said: Any) -> Case:
    """Somebody asks by the portal; or in the way that ``said`` names, which the desk wrote down the same day."""
    received_at = moment(days_ago, now=now)
    agent = agents()[days_ago % 2]
    told: dict[str, Any] = {
        "requester": Requester.CUSTOMER,
        "name": person.name,
        "email": person.email,
        "language": person.language,
        "channel": Channel.PORTAL,
        **said,
    }
    is_recorded = told["channel"] != Channel.PORTAL
    filed = services.file_request(
        right=right,
        text=text,
        actor=actor_of(agent) if is_recorded else Actor.person(),
        received_at=received_at,
        at=min(received_at + timedelta(minutes=15), now) if is_recorded else received_at,
        **told,
    )
    return Case(request=filed, agent=agent, now=now)


def confirm(case: Case) -> Case:
    """Press the button behind the link, as the person did soon after."""
    letter = Letter.objects.get(about=case.request.reference, event="confirm_request")
    token = unseal(bytes(letter.sealed))["link"].rstrip("/").rsplit("/", 1)[-1]
    deliver(case.request)
    at = min(case.request.received_at + timedelta(minutes=25), case.now)
    services.confirm(token=token, at=at)
    return work(case, at=at)


def take(case: Case, *, on: int = 0) -> Case:
    services.assign(request_id=case.request.pk, agent_id=case.agent.pk, actor=case.actor, at=case.after(on))
    return case


def answer(case: Case, *, at: datetime) -> Case:
    services.answer(request_id=case.request.pk, actor=case.actor, at=at)
    return work(case, at=at)


def work(case: Case, *, at: datetime) -> Case:
    """Do what the workers would have done by then, and carry the post."""
    while running.run_due(request_id=case.request.pk, at=at):
        pass
    deliver(case.request)
    return case


def ask(person: Contact, right: Right, text: str, *, days_ago: int, now: datetime, **said: Any) -> Case:
    """A request whose person has shown who they are, taken by a colleague."""
    return take(confirm(file(person, right, text, days_ago=days_ago, now=now, **said)))


def deliver(request: RightsRequest) -> None:
    """Hand over each letter of a case when it was written."""
    for letter in Letter.objects.due(timezone.now()).filter(about=request.reference):
        letters.send(letter_id=letter.pk, at=max(letter.written_at, letter.next_try_at))


def tell(case: Case, *, agent: User, at: datetime) -> None:
    """Somebody calls the person, and posts what no mail carries."""
    for telling in Telling.objects.filter(preview=case.request.pk):
        services.settle_telling(telling_id=telling.pk, is_told=True, agent_id=agent.pk, actor=actor_of(agent), at=at)


@contextmanager
def post() -> Iterator[None]:
    """Mail of long ago arrived, and lies in no mailbox of the demo."""
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        yield
