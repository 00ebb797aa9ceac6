"""Requests about data in a customer's database: Oxygis stores them on the customer's orders, so the customer answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rights_requests import correspondence_objecting as correspondence
from rights_requests.enums import Action, Outcome
from rights_requests.services import restricting
from rights_requests.services.moving import NotToldToday, drop_open_work, lock, move
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.models import RightsRequest

NAME_LENGTH = 200


class CustomerUnknown(CannotNow):
    message = _("Give the customer’s name and an e-mail address at which the customer reads.")


@transaction.atomic
def forward(
    *,
    request_id: UUID,
    customer_name: str,
    customer_email: str,
    note: str = "",
    language: str = "",
    actor: Actor,
    at: datetime,
) -> RightsRequest:
    """Hand the request to the customer who decides about the data, and tell the person who that is; both letters or none.

    ``language`` is the customer's; empty: that of the case. An objection to our own marketing is never somebody else's.

    Raises:
        CustomerUnknown: no name, or no address.
        TransitionNotAllowed: too late for it.
        NotToldToday: the person would not read who the customer is.
    """
    rights_request = lock(request_id)
    name, email = customer_name.strip()[:NAME_LENGTH], normalise_email(customer_email)
    if not name or not _is_address(email):
        raise CustomerUnknown
    if rights_request.is_absolute:
        raise TransitionNotAllowed
    rights_request.forwarded_to = name
    move(rights_request, action=Action.FORWARD, actor=actor, at=at, outcome=Outcome.FORWARDED)
    drop_open_work(rights_request)
    restricting.announce_lifting(rights_request, at=at)
    if not correspondence.forwarded(rights_request, customer_email=email, note=note.strip(), at=at):
        raise NotToldToday
    correspondence.forwarded_customer(
        rights_request, customer_email=email, note=note.strip(), language=language or rights_request.language, at=at
    )
    return rights_request


def _is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True
