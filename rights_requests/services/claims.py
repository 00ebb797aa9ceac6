"""Further addresses and numbers that a person says are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.actor import Actor
from rights_requests import correspondence
from rights_requests.enums import ClaimStatus, LinkPurpose, Status
from rights_requests.models import IdentityClaim, RightsRequest
from rights_requests.services import collecting, knowing, links
from rights_requests.services.moving import lock
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import is_phone, normalise_email

if TYPE_CHECKING:
    from datetime import datetime

#: In these the person is known and nothing is decided yet, so a new identifier still changes the answer.
_STILL_ASKING = frozenset({Status.COLLECTING, Status.IN_REVIEW})


class ClaimNeedsProof(CannotNow):
    """An address is never taken on the desk's word: nobody talks an agent into somebody else's data."""

    message = _("An e-mail address is proved by its mailbox alone: ask it by a link.")


class ClaimNotAnAddress(CannotNow):
    message = _("This is not an e-mail address: ask through a channel on file, then accept or reject.")


class ClaimNotAPhone(CannotNow):
    """Rows are found by address, telephone or account alone: of any other number nothing would follow."""

    message = _("This is not a telephone number: look it up in the records, and ask the person for an address that stands there.")


@transaction.atomic
def settle_claim(*, claim_id: UUID, action: Literal["ask", "reject", "accept"], actor: Actor, at: datetime) -> IdentityClaim:
    """Work on a claim: ``ask`` mails a link to the claimed address, ``accept`` takes a telephone number that the person confirmed
    through a channel already on file, ``reject`` leaves it out and says so.

    Raises:
        ClaimNeedsProof, ClaimNotAnAddress, ClaimNotAPhone, TransitionNotAllowed: see there; a settled claim stays settled.
    """
    rights_request = lock(IdentityClaim.objects.values_list("request_id", flat=True).get(pk=claim_id))
    claim = IdentityClaim.objects.select_for_update().get(pk=claim_id)
    if claim.status not in {ClaimStatus.OPEN, ClaimStatus.ASKED} or rights_request.status not in _STILL_ASKING:
        raise TransitionNotAllowed
    _ACTIONS[action](rights_request, claim, actor, at)
    audit.record(action=f"identity_claim.{action}", about=rights_request.reference, actor=actor, at=at, claim=str(claim.pk))
    return claim


def confirm_address(rights_request: RightsRequest, *, email: str, at: datetime) -> None:
    """A link mailed to the claimed address came back: it is the person's.

    Raises:
        LinkNotValid: the case has moved on.
    """
    if rights_request.status not in _STILL_ASKING:
        raise links.LinkNotValid
    for claim in rights_request.claims.filter(status=ClaimStatus.ASKED):
        if normalise_email(claim.value) == email:
            _settle(claim, ClaimStatus.CONFIRMED, at)
    audit.record(action="identity_claim.confirmed", about=rights_request.reference, actor=Actor.person(), at=at)
    _add(rights_request, kind=IdentifierKind.EMAIL, value=email, at=at)
    knowing.raise_level(rights_request, IdentityMethod.MAILBOX)


def is_address(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


def _ask(rights_request: RightsRequest, claim: IdentityClaim, actor: Actor, at: datetime) -> None:
    if not is_address(claim.value):
        raise ClaimNotAnAddress
    claim.status = ClaimStatus.ASKED
    claim.save(update_fields=["status"])
    links.send(rights_request, purpose=LinkPurpose.CLAIM, email=normalise_email(claim.value), at=at)


def _accept(rights_request: RightsRequest, claim: IdentityClaim, actor: Actor, at: datetime) -> None:
    if is_address(claim.value):
        raise ClaimNeedsProof
    if not is_phone(claim.value):
        raise ClaimNotAPhone
    _settle(claim, ClaimStatus.CONFIRMED, at)
    _add(rights_request, kind=IdentifierKind.PHONE, value=claim.value, at=at)
    knowing.raise_level(rights_request, IdentityMethod.KNOWN_CHANNEL)


def _reject(rights_request: RightsRequest, claim: IdentityClaim, actor: Actor, at: datetime) -> None:
    _settle(claim, ClaimStatus.REJECTED, at)
    rights_request.links.filter(purpose=LinkPurpose.CLAIM, used_at=None).delete()
    correspondence.claim_rejected(rights_request, at=at)


def _settle(claim: IdentityClaim, status: ClaimStatus, at: datetime) -> None:
    claim.status = status
    claim.settled_at = at
    claim.save(update_fields=["status", "settled_at"])


def _add(rights_request: RightsRequest, *, kind: IdentifierKind, value: str, at: datetime) -> None:
    if rights_request.subject_id is None:
        raise TransitionNotAllowed
    is_theirs = subjects.add_identifier(
        subject_id=rights_request.subject_id, kind=kind, value=value, method=IdentityMethod.KNOWN_CHANNEL, at=at
    )
    # Two persons are never merged: an address that has cases of its own is asked for by a request of its own.
    if is_theirs:
        collecting.ask_again(rights_request, at=at)


_ACTIONS = {"ask": _ask, "accept": _accept, "reject": _reject}
