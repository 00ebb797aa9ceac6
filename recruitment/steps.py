"""The steps of an application as HR's pages offer them: what each asks, and what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from recruitment.enums import Action, Status
from recruitment.forms_hr import FreeWordsForm, HireForm, StepForm, WordsForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django import forms

    from datamap.declaration import Text


@dataclass(frozen=True, slots=True)
class Step:
    title: Text
    text: Text
    button: Text
    form: type[forms.Form]
    look: str = "button-second"


STEPS: Mapping[Action, Step] = {
    Action.REVIEW: Step(_("Look at it"), _("The person is not written to."), _("Take it into review"), StepForm, look=""),
    Action.INVITE: Step(_("Invite to an interview"), _("The person gets your words by mail."), _("Send the invitation"), WordsForm),
    Action.OFFER: Step(
        _("Offer the job"),
        _("The person gets a mail with a link to the details that a contract needs: only now may we ask for them."),
        _("Send the offer"),
        FreeWordsForm,
    ),
    Action.HIRE: Step(
        _("Hire"),
        _("From now on the file follows the employment: it is kept until that ends, and then as long as the law says."),
        _("Begin the employment"),
        HireForm,
    ),
    Action.REJECT: Step(
        _("Decline"),
        _("The person gets a mail. We keep the application for other jobs, unless they do not want that."),
        _("Send the letter"),
        FreeWordsForm,
    ),
    Action.WITHDRAW: Step(_("Withdrawn by the person"), _("The person told us. Nobody is written to."), _("Note it"), StepForm),
    Action.CLOSE: Step(
        _("Close without a decision"), _("The job is not filled, or not any more. Nobody is written to."), _("Close it"), StepForm
    ),
    Action.REOPEN: Step(
        _("Open it again"), _("Another job may fit. The person gets your words by mail."), _("Write and open it again"), WordsForm
    ),
}

#: The shape that stands before the word of each state.
SHAPES: Mapping[str, str] = {
    Status.RECEIVED: "new",
    Status.IN_REVIEW: "collecting",
    Status.INTERVIEW: "waiting",
    Status.OFFER: "approval",
    Status.HIRED: "done",
    Status.REJECTED: "refused",
    Status.WITHDRAWN: "refused",
    Status.CLOSED: "refused",
}

#: What the history calls an event.
EVENTS: Mapping[str, Text] = {
    "application.received": pgettext_lazy("step of a life", "Received"),
    "application.review": _("Taken into review"),
    "application.invite": _("Invited to an interview"),
    "application.offer": _("Job offered"),
    "application.hire": _("Hired"),
    "application.reject": _("Declined"),
    "application.withdraw": _("Withdrawn"),
    "application.close": _("Closed without a decision"),
    "application.reopen": _("Opened again"),
    "application.written": _("We wrote"),
    "application.answered": _("The person wrote"),
    "application.read": _("Read, and needs no answer"),
    "application.request_filed": _("A privacy request was made of a message"),
    "application.opted_out": _("Asked not to be kept"),
    "application.flagged": _("Something was hidden that should not have been sent"),
    "application.unflagged": _("What was hidden is shown again"),
    "application.redacted": _("Something was taken out that should not have been sent"),
    "application.details_given": _("Details for the contract were given"),
    "application.document_read": _("A document was opened"),
}
