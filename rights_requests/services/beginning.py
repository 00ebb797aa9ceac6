"""Identity is shown: the work begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rights_requests.enums import Action, Right
from rights_requests.services import collecting, restricting
from subjects.enums import RestrictionGround

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.models import RightsRequest
    from subjects.enums import IdentityMethod


def begin(rights_request: RightsRequest, *, method: IdentityMethod, actor: Actor, at: datetime) -> None:
    """Ask the sources for a locked case. What somebody objects to is set aside until it is weighed (Art. 18(1)(d))."""
    collecting.begin(rights_request, action=Action.CONFIRM_IDENTITY, method=method, actor=actor, at=at)
    if rights_request.right == Right.OBJECTION:
        restricting.restrict_for_case(rights_request, ground=RestrictionGround.OBJECTION, actor=actor, at=at)
