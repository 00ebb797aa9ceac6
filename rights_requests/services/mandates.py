"""Somebody asks for somebody else: a claim, until the person's own mailbox or the helpdesk confirms it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import pan
from rights_requests import correspondence_mandate, proxies
from rights_requests.enums import Status
from rights_requests.models import Mandate
from rights_requests.services.beginning import begin
from rights_requests.services.moving import lock
from rights_requests.services.persons import person_for
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datetime import date, datetime

    from audit.actor import Actor
    from rights_requests.enums import MandateKind
    from rights_requests.models import RightsRequest


@dataclass(frozen=True, slots=True)
class MandateDraft:
    """Who says that they ask for the person, and as what."""

    kind: MandateKind
    name: str
    email: str


class NoMandate(CannotNow):
    message = _("The person asks for themselves.")


class MandateEnded(CannotNow):
    message = _("This mandate has ended already.")


class NothingShown(CannotNow):
    message = _("Write what was shown.")


def claim(rights_request: RightsRequest, draft: MandateDraft) -> None:
    """Keep what was claimed. Nothing follows from it yet."""
    Mandate.objects.create(
        request=rights_request, kind=draft.kind, name=pan.mask(draft.name.strip())[:120], email=normalise_email(draft.email)
    )


def confirm_by_person(rights_request: RightsRequest, *, may_receive: bool, actor: Actor, at: datetime) -> None:
    """The person's own mailbox confirmed a locked case, and who asks for it."""
    mandate = proxies.mandate_of(rights_request)
    if mandate is None:
        return
    mandate.may_receive = may_receive
    mandate.checked_at = at
    mandate.save(update_fields=["may_receive", "checked_at"])
    audit.record(action="mandate.confirmed", about=rights_request.reference, actor=actor, at=at, may_receive=may_receive)


@transaction.atomic
def check_mandate(
    *,
    request_id: UUID,
    note: str,
    ends_on: date | None,
    may_receive: bool,
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> RightsRequest:
    """Take a mandate that was shown to the helpdesk; where the person has not confirmed the request, that shows who it is for.
    The person is told, at the address of the request.

    Raises:
        NoMandate, MandateEnded, NothingShown: see there.
        TransitionNotAllowed: it was checked already, or the case is closed.
    """
    rights_request = lock(request_id)
    mandate = Mandate.objects.select_for_update().filter(pk=request_id).first()
    if mandate is None:
        raise NoMandate
    if not rights_request.is_open or mandate.checked_at is not None:
        raise TransitionNotAllowed
    if ends_on is not None and ends_on < timezone.localdate(at):
        raise MandateEnded
    if not note.strip():
        raise NothingShown
    mandate.note, mandate.ends_on, mandate.may_receive = pan.mask(note.strip()), ends_on, may_receive
    mandate.checked_by_id, mandate.checked_at = agent_id, at
    mandate.save()
    audit.record(action="mandate.checked", about=rights_request.reference, actor=actor, at=at, may_receive=may_receive)
    correspondence_mandate.accepted(rights_request, mandate, at=at)
    if rights_request.status == Status.AWAITING_IDENTITY:
        _begin(rights_request, actor=actor, at=at)
    return rights_request


def own_address(rights_request: RightsRequest) -> tuple[IdentifierKind, str]:
    """What a case names its person by."""
    if rights_request.email:
        return IdentifierKind.EMAIL, rights_request.email
    if rights_request.postal_address:
        return IdentifierKind.POSTAL, rights_request.postal_address
    return IdentifierKind.PHONE, rights_request.phone


def _begin(rights_request: RightsRequest, *, actor: Actor, at: datetime) -> None:
    rights_request.links.filter(used_at=None).delete()
    rights_request.subject = person_for(proofs=[own_address(rights_request)], method=IdentityMethod.DESK, at=at)
    begin(rights_request, method=IdentityMethod.DESK, actor=actor, at=at)
