"""What an agent can do about a restriction: set the data aside, and announce the end of that."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rights_requests import services
from rights_requests.enums import Action
from rights_requests.forms_restriction import EndRestrictionForm, RestrictForm
from rights_requests.views import desk_standing
from rights_requests.views.deed import Act, Deed, Page
from subjects.enums import RestrictionGround

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import RightsRequest


def _restrict_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return RestrictForm(data, initial={"ground": rights_request.restriction_ground})


def _end_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return EndRestrictionForm(data, standing=desk_standing.to_end(rights_request))


def _restrict(act: Act) -> str:
    services.restrict(ground=RestrictionGround(act.typed["ground"]), paragraph=act.typed["paragraph"], **act.case)
    return _("Set aside, everywhere. The letter goes out by itself.")


def _end(act: Act) -> str:
    services.announce_end(restriction_id=UUID(act.typed["restriction"]), reason=act.typed["reason"], **act.case)
    return _("Announced. It ends when the letter has gone out.")


DEEDS_RESTRICTION: Mapping[str, Deed] = {
    "restrict": Deed(
        _restrict,
        _restrict_form,
        Action.ANSWER,
        Page(
            gettext_lazy("Set the data aside"),
            (
                gettext_lazy("From this moment nobody edits, uses, passes on or deletes it, and ordinary lists leave it out."),
                gettext_lazy("The person may still use their account and all their rights."),
            ),
            gettext_lazy("Set it aside and write the letter"),
            has_letter=True,
        ),
    ),
    "end-restriction": Deed(
        _end,
        _end_form,
        None,
        Page(
            gettext_lazy("Announce the end of a restriction"),
            (
                gettext_lazy("The person is told first. The restriction stands until the letter has gone out, and then ends by itself."),
                gettext_lazy("After that, what is past its time is deleted by the next purge."),
            ),
            gettext_lazy("Write the letter"),
            has_letter=True,
        ),
    ),
}
