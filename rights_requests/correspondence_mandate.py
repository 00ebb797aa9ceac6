"""The letters about somebody who asks for somebody else. They go to the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from rights_requests.correspondence import right_of, status_url, write
from rights_requests.enums import MandateKind

if TYPE_CHECKING:
    from datetime import datetime

    from letters.values import Value
    from rights_requests.models import Mandate, RightsRequest


def accepted(rights_request: RightsRequest, mandate: Mandate, *, at: datetime) -> None:
    """No name that a stranger typed goes to a mailbox that nobody has shown to be theirs."""
    with translation.override(rights_request.language):
        values: dict[str, Value] = {
            "right": right_of(rights_request),
            "received_on": rights_request.received_on,
            "kind": str(MandateKind(mandate.kind).label),
            "proxy_email": mandate.email,
            "answer": _("To you, and to who asks for you") if mandate.may_receive else _("To you alone"),
            "ends_on": mandate.ends_on or _("No day was given"),
            "status_url": status_url(rights_request),
        }
        write(rights_request, "mandate_accepted", values, at=at)
