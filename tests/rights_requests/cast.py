"""Cases for tests: filed, confirmed, collected, approved, through the services that do it for people."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from audit.actor import Actor
from audit.enums import ActorKind
from letters.enums import LetterStatus
from letters.models import Letter
from letters.sealing import unseal
from rights_requests import services, tokens
from rights_requests.enums import Channel, Requester, Right
from rights_requests.models import Link, RightsRequest, Telling
from rights_requests.services import running
from tests.accounts.factories import make_contact, make_invoice, make_message, make_staff

if TYPE_CHECKING:
    from accounts.models import User

EMAIL = "noor@customer.example"
PERSON = Actor.person()
CLERK = Actor(kind=ActorKind.STAFF, id="clerk", role="HELPDESK", entity="Oxygis Partners", country="BE")


def staff_actor(user: User) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=str(user.pk), role=user.role, entity=user.entity, country=user.country)


def file(right: Right = Right.ACCESS, *, at: datetime, email: str = EMAIL, **fields: Any) -> RightsRequest:
    return services.file_request(
        **{
            "right": right,
            "requester": Requester.CUSTOMER,
            "name": "Noor Vermeulen",
            "email": email,
            "text": "Everything, please.",
            "language": "en",
            "country": "BE",
            "channel": Channel.PORTAL,
            "actor": PERSON,
            "received_at": at,
            "at": at,
            **fields,
        }
    )


def secret_of(letter: Letter, name: str) -> str:
    """What the mail would say where the stored letter says nothing."""
    return unseal(bytes(letter.sealed))[name]


def token_of(event: str, *, about: str, to: str = "") -> str:
    """The token in the newest letter of this kind."""
    letters = Letter.objects.filter(event=event, about=about, **({"recipient": to} if to else {}))
    letter = letters.latest("written_at", "id")
    name = "cancel_link" if event == "erasure_notice" else "link"
    found = re.search(r"/([\w-]{43})/", secret_of(letter, name))
    assert found
    return found[1]


def code_of(about: str) -> str:
    return secret_of(Letter.objects.filter(event="access_code", about=about).latest("written_at", "id"), "code")


def confirmed(right: Right = Right.ACCESS, *, at: datetime, **fields: Any) -> RightsRequest:
    rights_request = file(right, at=at, **fields)
    return services.confirm(token=token_of("confirm_request", about=rights_request.reference), at=at)


def run(rights_request: RightsRequest, *, at: datetime) -> RightsRequest:
    """Do what the workers would do until nothing is due."""
    while running.run_due(request_id=rights_request.pk, at=at):
        pass
    return RightsRequest.objects.get(pk=rights_request.pk)


def collected(right: Right = Right.ACCESS, *, at: datetime, **fields: Any) -> RightsRequest:
    return run(confirmed(right, at=at, **fields), at=at)


def answered(*, at: datetime, **fields: Any) -> RightsRequest:
    rights_request = collected(Right.ACCESS, at=at, **fields)
    services.answer(request_id=rights_request.pk, actor=CLERK, at=at)
    return run(rights_request, at=at)


def proposed(*, at: datetime, agent: User | None = None, **fields: Any) -> RightsRequest:
    rights_request = collected(Right.ERASURE, at=at, **fields)
    agent = agent or make_staff()
    services.propose_erasure(request_id=rights_request.pk, agent_id=agent.pk, actor=staff_actor(agent), at=at)
    return RightsRequest.objects.get(pk=rights_request.pk)


def approved(*, at: datetime, tells: bool = False, **fields: Any) -> RightsRequest:
    """Our mail has left. ``tells``: whoever is to be called, or written to by post, still is; else nobody can be reached there."""
    rights_request = proposed(at=at, **fields)
    approver = make_staff()
    services.approve_erasure(request_id=rights_request.pk, agent_id=approver.pk, actor=staff_actor(approver), at=at)
    notices_left(rights_request.reference, at=at)
    if not tells:
        unreachable(rights_request, at=at)
    return RightsRequest.objects.get(pk=rights_request.pk)


def notices_left(reference: str, *, at: datetime) -> None:
    """The mail server took them; the links in them can still be read here."""
    notices = Letter.objects.filter(about=reference, event="erasure_notice", sent_at=None)
    notices.update(status=LetterStatus.SENT, sent_at=at)


def unreachable(rights_request: RightsRequest, *, at: datetime) -> None:
    """No channel on file can be called, or written to by post."""
    note: dict[str, Any] = {"is_told": False, "why_not": "Nobody answers.", "agent_id": make_staff().pk, "actor": CLERK, "at": at}
    for telling in Telling.objects.filter(preview=rights_request.pk):
        services.settle_telling(telling_id=telling.pk, **note)


def erased(*, at: datetime, **fields: Any) -> RightsRequest:
    return run(approved(at=at, **fields), at=at + timedelta(hours=49))


def links_of(rights_request: RightsRequest) -> list[Link]:
    return list(Link.objects.filter(request=rights_request).order_by("made_at", "id"))


def data_of(email: str = EMAIL, *, contacts: int = 1, messages: int = 1, invoices: int = 0) -> None:
    """Rows that several sources hold of one address."""
    for _number in range(contacts):
        make_contact(email)
    for _number in range(messages):
        make_message(email)
    for _number in range(invoices):
        make_invoice(email)


def digest(token: str) -> bytes:
    return tokens.digest_of(token)
