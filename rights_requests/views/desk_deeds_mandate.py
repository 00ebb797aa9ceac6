"""What an agent does with a mandate that was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights_requests import services
from rights_requests.forms_mandate import MandateForm
from rights_requests.views.deed import Act, Deed, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import RightsRequest


def _form(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return MandateForm(data)


def _check(act: Act) -> str:
    services.check_mandate(
        note=act.typed["note"],
        ends_on=act.typed["ends_on"],
        may_receive=act.typed["may_receive"],
        agent_id=act.agent_id,
        **act.case,
    )
    return _("The mandate is taken. A letter tells the person.")


DEEDS_MANDATE: Mapping[str, Deed] = {
    "mandate": Deed(
        _check,
        _form,
        None,
        Page(
            gettext_lazy("Check the mandate"),
            (
                gettext_lazy("Only for what was shown to you: a signed mandate, a judgment, the papers of a parent. A claim is none."),
                gettext_lazy("Where the person has not confirmed the request, this takes the place of the link. A letter tells them."),
            ),
            gettext_lazy("Take the mandate"),
            has_letter=True,
        ),
    ),
}
