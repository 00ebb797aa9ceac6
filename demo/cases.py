"""Requests of the demo company in every state, made by the same services that people use, at invented times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.test.utils import override_settings

from accounts.enums import UserRole
from accounts.models import Contact, User
from accounts.staff import desk_agents
from audit.actor import Actor
from audit.enums import ActorKind
from datamap.enums import Ground
from letters import services as letters
from letters.models import Letter
from letters.sealing import unseal
from rights_requests import services
from rights_requests.enums import Channel, Requester, Right, Status
from rights_requests.models import RightsRequest
from rights_requests.services import running

#: Days from receipt to answer of the requests that lie behind us: most soon, a few late in the month.
ANSWERED_AFTER = (1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 8, 9, 9, 11, 12, 14, 17, 21)


@dataclass(frozen=True, slots=True)
class Plot:
    """One open request: received how many days ago, and how far it has come."""

    right: Right
    days_ago: int
    until: Status
    text: str = ""
    is_assigned: bool = True


OPEN = (
    Plot(Right.ACCESS, 36, Status.IN_REVIEW, "Everything you hold about me, please."),
    Plot(Right.ERASURE, 29, Status.AWAITING_APPROVAL, "Nous avons changé de prestataire."),
    Plot(Right.ACCESS, 27, Status.IN_REVIEW),
    Plot(Right.ERASURE, 21, Status.IN_REVIEW, is_assigned=False),
    Plot(Right.ACCESS, 12, Status.IN_REVIEW, "Graag ook de berichten die ik via het formulier stuurde."),
    Plot(Right.ERASURE, 9, Status.AWAITING_APPROVAL),
    Plot(Right.ACCESS, 4, Status.IN_REVIEW, is_assigned=False),
    Plot(Right.ACCESS, 3, Status.AWAITING_IDENTITY, is_assigned=False),
    Plot(Right.ERASURE, 1, Status.AWAITING_IDENTITY, is_assigned=False),
)


def load(*, at: datetime) -> int:
    """Fill an empty queue; how many requests were made. Their mail is taken as delivered long ago."""
    if RightsRequest.objects.exists():
        return 0
    people = _people()
    with _mail_that_arrived():
        for number, days in enumerate(ANSWERED_AFTER):
            _answered(next(people), received_at=at - timedelta(days=40 + 12 * number, hours=number % 9), days=days)
        _refused(next(people), at=at - timedelta(days=64))
        for plot in OPEN:
            _open(next(people), plot, at=at - timedelta(days=plot.days_ago))
    return RightsRequest.objects.count()


def _people() -> Iterator[Contact]:
    """Contacts far apart in the list, so that the demo's own sign-ins keep their data."""
    kept = User.objects.values("email")
    yield from Contact.objects.exclude(email__in=kept).order_by("number")[5::4]


@contextmanager
def _mail_that_arrived() -> Iterator[None]:
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        yield


def _agents() -> list[User]:
    return list(desk_agents().filter(role=UserRole.HELPDESK).order_by("-email"))


def _actor(agent: User) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=str(agent.pk), role=agent.role, entity=agent.entity, country=agent.country)


def _file(person: Contact, right: Right, text: str, *, at: datetime) -> RightsRequest:
    return services.file_request(
        right=right,
        requester=Requester.CUSTOMER,
        name=person.name,
        email=person.email,
        text=text,
        language=person.language,
        country=person.country if person.country in {"BE", "FR"} else "BE",
        channel=Channel.PORTAL,
        actor=Actor.person(),
        received_at=at,
        at=at,
    )


def _confirm(rights_request: RightsRequest, *, at: datetime) -> None:
    """Press the button behind the link, as the person did."""
    letter = Letter.objects.get(about=rights_request.reference, event="confirm_request")
    token = unseal(bytes(letter.sealed))["link"].rstrip("/").rsplit("/", 1)[-1]
    services.confirm(token=token, at=at)
    _work(rights_request.pk, at=at)


def _work(request_id: UUID, *, at: datetime) -> None:
    while running.run_due(request_id=request_id, at=at):
        pass


def _deliver(rights_request: RightsRequest, *, at: datetime) -> None:
    for letter in Letter.objects.filter(about=rights_request.reference):
        letters.send(letter_id=letter.pk, at=max(at, letter.next_try_at))


def _answered(person: Contact, *, received_at: datetime, days: int) -> None:
    agent = _agents()[days % 2]
    closed_at = received_at + timedelta(days=days)
    rights_request = _file(person, Right.ACCESS, "", at=received_at)
    _confirm(rights_request, at=received_at + timedelta(hours=2))
    services.assign(request_id=rights_request.pk, agent_id=agent.pk, actor=_actor(agent), at=closed_at)
    services.answer(request_id=rights_request.pk, actor=_actor(agent), at=closed_at)
    _work(rights_request.pk, at=closed_at)
    _deliver(rights_request, at=closed_at)


def _refused(person: Contact, *, at: datetime) -> None:
    agent = _agents()[0]
    rights_request = _file(person, Right.ACCESS, "", at=at)
    _confirm(rights_request, at=at)
    closed_at = at + timedelta(days=6)
    reason = "We answered the same question four days before, and nothing has changed since."
    services.refuse(request_id=rights_request.pk, ground=Ground.EXCESSIVE_REPEAT, reason=reason, actor=_actor(agent), at=closed_at)
    _deliver(rights_request, at=closed_at)


def _open(person: Contact, plot: Plot, *, at: datetime) -> None:
    agent = _agents()[plot.days_ago % 2]
    rights_request = _file(person, plot.right, plot.text, at=at)
    if plot.until != Status.AWAITING_IDENTITY:
        _confirm(rights_request, at=at + timedelta(hours=1))
    if plot.is_assigned:
        services.assign(request_id=rights_request.pk, agent_id=agent.pk, actor=_actor(agent), at=at)
    if plot.until == Status.AWAITING_APPROVAL:
        services.propose_erasure(request_id=rights_request.pk, agent_id=agent.pk, actor=_actor(agent), at=at + timedelta(days=1))
    _deliver(rights_request, at=at + timedelta(days=1))
