"""The letters of an objection, and of a request that is somebody else's to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from datamap.enums import Ground
from datamap.purposes import purpose_of
from letters import services as letters
from letters.enums import LetterStatus
from letters.values import Items, Rows
from rights_requests import wording
from rights_requests.correspondence import contact_of, right_of, status_url, write
from rights_requests.enums import Right

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from letters.values import Value
    from rights_requests.models import RightsRequest


def done(rights_request: RightsRequest, *, at: datetime) -> None:
    """To an address that nobody has shown to be theirs, unless the person signed in: a few a day."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "received_on": rights_request.received_on,
            "purposes": _labels(rights_request.purposes),
            "status_url": status_url(rights_request),
        }
        write(rights_request, "objection_done", values, is_known=rights_request.account_id is not None, at=at)


def upheld(rights_request: RightsRequest, *, at: datetime) -> None:
    weighings = list(rights_request.weighings.all())
    going_on = [weighing for weighing in weighings if not weighing.is_upheld]
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "received_on": rights_request.received_on,
            "purposes": _labels(weighing.purpose for weighing in weighings if weighing.is_upheld),
            "going_on": Rows(
                [(_label(weighing.purpose), wording.ground_of(Right.OBJECTION, Ground(weighing.ground))) for weighing in going_on]
            ),
            "reason": going_on[0].reason if going_on else "",
        }
        write(rights_request, "objection_upheld", values, at=at)


def forwarded(rights_request: RightsRequest, *, customer_email: str, note: str, at: datetime) -> bool:
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "received_on": rights_request.received_on,
            "right": right_of(rights_request),
            "customer": rights_request.forwarded_to,
            "customer_email": customer_email,
            "note": note,
        }
        return write(rights_request, "forwarded", values, at=at).status != LetterStatus.HELD


def forwarded_customer(rights_request: RightsRequest, *, customer_email: str, note: str, language: str, at: datetime) -> None:
    """What the customer needs in order to answer, and nothing of what we know of the person besides."""
    with translation.override(language):
        values: dict[str, Value] = {
            "reference": rights_request.reference,
            "received_on": rights_request.received_on,
            "right": right_of(rights_request),
            "person": rights_request.name,
            "person_email": rights_request.email or rights_request.by_hand_to,
            "checked": _checked(rights_request),
            "asked": rights_request.text,
            "note": note,
        }
    letters.write(
        event="forwarded_customer",
        language=language,
        to=customer_email,
        name=rights_request.forwarded_to,
        contact=contact_of(rights_request),
        about=rights_request.reference,
        values=values,
        at=at,
        is_shown=False,
    )


def _labels(codes: Iterable[str]) -> Items:
    return Items([_label(code) for code in codes])


def _label(code: str) -> str:
    return str(purpose_of(code).label)


def _checked(rights_request: RightsRequest) -> str:
    if rights_request.identity_confirmed_at is None:
        return _("No: nobody has checked who asks")
    return wording.identity_of(rights_request.identity_method)
