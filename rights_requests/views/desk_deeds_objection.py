"""What an agent can do with an objection, and with a request that a customer of ours must answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datamap.enums import Ground
from datamap.purposes import purpose_of
from rights_requests import services
from rights_requests.enums import Action
from rights_requests.forms_objection import ForwardForm, UpholdForm
from rights_requests.views.deed import Act, Deed, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import RightsRequest


def _uphold_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return UpholdForm(data, purposes=[(code, purpose_of(code).label) for code in rights_request.purposes])


def _forward_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return ForwardForm(data, initial={"language": rights_request.language})


def _uphold(act: Act) -> str:
    ground = act.typed.get("ground")
    services.uphold(
        purposes=act.typed["ending"],
        ground=Ground(ground) if ground else None,
        reason=act.typed.get("reason", ""),
        paragraph=act.typed["paragraph"],
        agent_id=act.agent_id,
        **act.case,
    )
    return _("Upheld. What ends has ended now; the letter goes out when every source has followed.")


def _forward(act: Act) -> str:
    services.forward(
        customer_name=act.typed["customer_name"],
        customer_email=act.typed["customer_email"],
        note=act.typed["note"],
        language=act.typed["language"],
        **act.case,
    )
    return _("Forwarded. One letter goes to the customer, another tells the person who that is.")


DEEDS_OBJECTION: Mapping[str, Deed] = {
    "uphold": Deed(
        _uphold,
        _uphold_form,
        Action.ANSWER,
        Page(
            gettext_lazy("Uphold the objection"),
            (
                gettext_lazy("What ends, ends when you press the button, in every system that asks before it uses data."),
                gettext_lazy("A use goes on only for reasons that weigh more than the person’s own. It is for us to show them."),
            ),
            gettext_lazy("Uphold"),
            has_letter=True,
        ),
    ),
    "forward": Deed(
        _forward,
        _forward_form,
        Action.FORWARD,
        Page(
            gettext_lazy("Forward to the customer who decides"),
            (
                gettext_lazy("For data in a customer’s database. We only store them on the customer’s orders, so the customer answers."),
                gettext_lazy("The customer gets name, address and words of the request. The person is told who the customer is."),
            ),
            gettext_lazy("Forward and write both letters"),
            has_letter=True,
        ),
    ),
}
