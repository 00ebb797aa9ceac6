"""The letters about a restriction: that it stands, and that it is about to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from letters.values import Items
from rights_requests import wording
from rights_requests.correspondence import status_url, write
from subjects.enums import RestrictionGround

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from datamap.declaration import Source
    from letters.models import Letter
    from letters.values import Value
    from rights_requests.models import RightsRequest
    from subjects.models import Restriction


def restricted(rights_request: RightsRequest, *, sources: Sequence[Source], at: datetime) -> None:
    """``sources`` are those that hold something of the person."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "received_on": rights_request.received_on,
            "ground": wording.restriction_of(rights_request.restriction_ground),
            "sources": Items([str(source.label) for source in sources]),
            "status_url": status_url(rights_request),
        }
        write(rights_request, "restricted", values, at=at)


def lifting(rights_request: RightsRequest, restriction: Restriction, *, to: str, reason: str, at: datetime) -> Letter:
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "since": timezone.localdate(restriction.since),
            "ground": wording.restriction_of(restriction.ground),
            "reason": reason or _decided(RestrictionGround(restriction.ground)),
        }
        return write(rights_request, "restriction_lifting", values, to=to, at=at)


def _decided(ground: RestrictionGround) -> str:
    """Why it ends, where it only lasted until something was decided; that is told by a letter of its own."""
    if ground == RestrictionGround.ACCURACY:
        return _("We have checked the data that you contested. Another letter says what we found.")
    if ground == RestrictionGround.OBJECTION:
        return _("We have decided about your objection. Another letter says how.")
    return _("Your request is decided. Another letter says how.")
