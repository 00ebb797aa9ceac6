"""What an agent can do with the clock of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from letters import dates
from rights_requests import services
from rights_requests.enums import ExtensionReason, PauseReason, Right
from rights_requests.forms_clock import ArrivedForm, AskMoreForm, ExtendForm
from rights_requests.views.deed import Act, Deed, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms
    from django.http import QueryDict

    from rights_requests.models import RightsRequest


def _ask_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    """Which data is meant can be asked of an access request alone."""
    reasons = list(PauseReason) if rights_request.right == Right.ACCESS else [PauseReason.IDENTITY]
    return AskMoreForm(data, reasons=reasons)


def _arrived_form(rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    today = timezone.localdate()
    return ArrivedForm(data, asked_on=rights_request.paused_on, today=today, initial={"received_on": today})


def _extend_form(_rights_request: RightsRequest, data: QueryDict | None) -> forms.Form:
    return ExtendForm(data)


def _ask(act: Act) -> str:
    services.ask_for_more(
        reason=PauseReason(act.typed["reason"]),
        doubt=act.typed["doubt"],
        asked=act.typed["asked"],
        proportionate=act.typed["proportionate"],
        agent_id=act.agent_id,
        **act.case,
    )
    return _("Asked. The clock stands still from today, and the letter goes out by itself.")


def _arrived(act: Act) -> str:
    is_enough = act.typed["enough"] == "yes"
    case = services.end_pause(received_on=act.typed["received_on"], is_sufficient=is_enough, missing=act.typed["missing"], **act.case)
    if not is_enough:
        return _("Noted. The clock goes on standing still.")
    return _("Noted. The clock runs again: the answer is due on %(day)s.") % {"day": dates.in_words(case.due_on, "day_long")}


def _extend(act: Act) -> str:
    case = services.extend(
        reason=ExtensionReason(act.typed["reason"]),
        explanation=act.typed["explanation"],
        paragraph=act.typed["paragraph"],
        **act.case,
    )
    return _("Extended. The answer is due on %(day)s, and the letter goes out by itself.") % {
        "day": dates.in_words(case.due_on, "day_long")
    }


DEEDS_CLOCK: Mapping[str, Deed] = {
    "ask-more": Deed(
        _ask,
        _ask_form,
        None,
        Page(
            gettext_lazy("Ask for more"),
            (
                gettext_lazy("The clock stands still from today until enough has arrived; then the days of waiting are added."),
                gettext_lazy("Only a concrete doubt allows the question. A copy of an identity card is the last thing to ask for."),
            ),
            gettext_lazy("Ask, and stop the clock"),
            has_letter=True,
        ),
    ),
    "arrived": Deed(
        _arrived,
        _arrived_form,
        None,
        Page(
            gettext_lazy("Note what arrived"),
            (gettext_lazy("What counts is the day on which it reached us. What is not enough does not start the clock."),),
            gettext_lazy("Note it"),
            has_letter=True,
        ),
    ),
    "extend": Deed(
        _extend,
        _extend_form,
        None,
        Page(
            gettext_lazy("Extend by two months"),
            (
                gettext_lazy("Once, inside the first month, and with reasons that lie in the request itself."),
                gettext_lazy("A refusal, in whole or in part, still belongs inside the first month."),
            ),
            gettext_lazy("Extend and write the letter"),
            has_letter=True,
        ),
    ),
}
