"""What an agent does for somebody who has no mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights_requests import services
from rights_requests.forms_by_post import IdentityForm, TellingForm
from rights_requests.models import Telling
from rights_requests.views.deed import Act, Deed, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import RightsRequest


def _form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return IdentityForm(data, has_phone=bool(rights_request.phone), has_address=bool(rights_request.postal_address))


def _show(act: Act) -> str:
    services.show_identity(
        code=act.typed.get("code", ""),
        is_called_back=act.typed.get("is_called_back", False),
        known_by=act.typed["known_by"],
        **act.case,
    )
    return _("Noted. Every source is asked now.")


def _telling_form(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return TellingForm(data, auto_id=f"telling-{data.get('telling', '') if data else ''}-%s")


def _tell(act: Act) -> str:
    telling = Telling.objects.get(pk=act.typed["telling"], preview=act.rights_request.pk)
    is_told = act.typed["step"] == "told"
    services.settle_telling(
        telling_id=telling.pk, is_told=is_told, why_not=act.typed["why_not"], agent_id=act.agent_id, actor=act.actor, at=act.at
    )
    return _("Noted. The waiting time runs from now.") if is_told else _("Noted. Nobody waits for this channel any more.")


DEEDS_BY_POST: Mapping[str, Deed] = {
    "identity": Deed(
        _show,
        _form,
        None,
        Page(
            gettext_lazy("Note how the person showed who they are"),
            (
                gettext_lazy("For somebody without an e-mail address: by the code of our letter, or because you called them back."),
                gettext_lazy(
                    "What we hold is found by the address in our records, and only where the same record names this person’s "
                    "number or postal address."
                ),
            ),
            gettext_lazy("Identity shown"),
            has_letter=True,
        ),
    ),
    "telling": Deed(_tell, _telling_form),
}
