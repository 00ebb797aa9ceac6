"""How a request comes in: the same rows and letters for every address, known or not."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import services as audit
from datamap import pan
from datamap import selectors as datamap_selectors
from rights_requests import deadlines, establishments, tokens
from rights_requests.enums import Action, Channel, LinkPurpose, Requester, Right
from rights_requests.models import IdentityClaim, RightsRequest
from rights_requests.services import collecting, links
from rights_requests.services.persons import person_for
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from audit.actor import Actor

#: References are drawn at random from a thousand million; this many draws never all meet one in use.
DRAWS = 8


@transaction.atomic
def file_request(
    *,
    right: Right,
    requester: Requester,
    name: str,
    email: str,
    text: str,
    claims: str = "",
    language: str,
    country: str,
    channel: Channel,
    account_id: UUID | None = None,
    purposes: Sequence[str] = (),
    restriction_ground: str = "",
    actor: Actor,
    received_at: datetime,
    at: datetime,
) -> RightsRequest:
    """Write the case down. Nobody looks the address up: that is the worker's, once identity is shown.

    Without ``account_id`` a link goes to ``email`` and proves that mailbox alone. With it (signed in, address verified) the
    identity is shown and the sources are asked at once. ``claims`` is a further address, number or the like that the
    person says is theirs: a task for the desk. The clock runs from ``received_at``, whenever it is written down.
    """
    rights_request = _insert(
        right=right,
        requester=requester,
        name=pan.mask(name.strip())[:120],
        email=normalise_email(email),
        text=pan.mask(text.strip()),
        language=language,
        country=establishments.answering(channel, chosen=country),
        channel=channel,
        account_id=account_id,
        purposes=list(purposes),
        restriction_ground=restriction_ground,
        received_at=received_at,
        at=at,
    )
    if claims.strip():
        IdentityClaim.objects.create(request=rights_request, value=pan.mask(claims.strip())[:254], made_at=at)
    audit.record(
        action="rights_request.filed",
        about=rights_request.reference,
        actor=actor,
        at=at,
        right=right.value,
        channel=channel.value,
    )
    if account_id is None:
        links.send(rights_request, purpose=LinkPurpose.CONFIRM, email=rights_request.email, at=at)
    else:
        _confirm_signed_in(rights_request, account_id=account_id, actor=actor, at=at)
    return rights_request


def _insert(*, received_at: datetime, at: datetime, country: str, language: str, **fields: object) -> RightsRequest:
    received_on = timezone.localdate(received_at)
    deadline = deadlines.due(received_on, country=country)
    for draw in range(DRAWS):
        try:
            with transaction.atomic():
                return RightsRequest.objects.create(
                    reference=tokens.new_reference(),
                    received_at=received_at,
                    received_on=received_on,
                    due_on=deadline.due_on,
                    first_due_on=deadline.first_due_on,
                    strict_on=deadline.strict_on,
                    due_working=deadline.as_rows(),
                    country=country,
                    language=language,
                    policy_version=datamap_selectors.policy_in_force(on=received_on, language=language),
                    status_since=at,
                    **fields,
                )
        except IntegrityError:
            if draw == DRAWS - 1:
                raise
    raise AssertionError


def _confirm_signed_in(rights_request: RightsRequest, *, account_id: UUID, actor: Actor, at: datetime) -> None:
    rights_request.subject = person_for(
        proofs=[(IdentifierKind.ACCOUNT, str(account_id)), (IdentifierKind.EMAIL, rights_request.email)],
        method=IdentityMethod.SIGNED_IN,
        at=at,
    )
    collecting.begin(rights_request, action=Action.CONFIRM_IDENTITY, method=IdentityMethod.SIGNED_IN, actor=actor, at=at)
