"""A person takes a request back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from rights_requests import correspondence
from rights_requests.enums import Action, Outcome
from rights_requests.services import restricting
from rights_requests.services.moving import drop_open_work, lock, move

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.models import RightsRequest


@transaction.atomic
def withdraw(*, request_id: UUID, actor: Actor, at: datetime) -> RightsRequest:
    """Take the request back for the person. Whoever runs one of its tasks loses the lease with the row. What was set aside
    because of it comes back into use, once the person was told.

    Raises:
        TransitionNotAllowed: it is carried out or closed.
    """
    rights_request = lock(request_id)
    move(rights_request, action=Action.WITHDRAW, actor=actor, at=at, outcome=Outcome.WITHDRAWN)
    drop_open_work(rights_request)
    with translation.override(rights_request.language):
        reason = _("You took your request back.")
    restricting.announce_lifting(rights_request, reason=reason, at=at)
    correspondence.withdrawn(rights_request, at=at)
    return rights_request
