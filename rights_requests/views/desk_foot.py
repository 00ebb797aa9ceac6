"""The bar at the foot of a request: who may do what is next, and its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import format_html
from django.utils.translation import gettext as _

from rights_requests.enums import Action, Right, Status
from rights_requests.views import desk_case

if TYPE_CHECKING:
    from accounts.staff import StaffRequest
    from rights_requests.models import ErasurePreview, RightsRequest


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str
    look: str = ""
    is_page: bool = False


@dataclass(frozen=True, slots=True)
class Foot:
    words: str
    buttons: list[Button]


def foot(rights_request: RightsRequest, *, request: StaffRequest) -> Foot | None:
    """The bar at the foot: who may do what is next, and its buttons."""
    possible = desk_case.allowed(rights_request, request=request)
    reference = rights_request.reference
    preview_row = getattr(rights_request, "preview", None)
    is_own = preview_row is not None and preview_row.prepared_by_id == request.user.pk
    buttons: list[Button] = []
    if Action.REFUSE in possible:
        buttons.append(Button(_("Refuse…"), desk_case.address(reference, "refuse"), "button-second", is_page=True))
    if Action.FORWARD in possible:
        buttons.append(Button(_("Forward…"), desk_case.address(reference, "forward"), "button-second", is_page=True))
    if rights_request.status == Status.AWAITING_IDENTITY:
        buttons += _to_show_identity(rights_request)
    if Action.SEND_BACK in possible:
        buttons.append(Button(_("Send back"), desk_case.address(reference, "send-back"), "button-second"))
    if Action.APPROVE_ERASURE in possible and not is_own:
        buttons.append(Button(_("Approve the erasure…"), desk_case.address(reference, "approve"), "button-danger", is_page=True))
    if Action.ANSWER in possible and rights_request.right == Right.OBJECTION:
        buttons.append(Button(_("Uphold…"), desk_case.address(reference, "uphold"), is_page=True))
    elif Action.ANSWER in possible and rights_request.right == Right.RESTRICTION:
        buttons.append(Button(_("Set the data aside…"), desk_case.address(reference, "restrict"), is_page=True))
    elif Action.ANSWER in possible:
        buttons.append(Button(_("Answer…"), desk_case.address(reference, "answer"), is_page=True))
    if Action.PROPOSE_ERASURE in possible:
        buttons.append(Button(_("Prepare the erasure"), desk_case.address(reference, "propose"), is_page=True))
    words = _foot_words(rights_request, preview_row=preview_row, is_own=is_own)
    return Foot(words, buttons) if words else None


def _to_show_identity(rights_request: RightsRequest) -> list[Button]:
    """A mailbox shows itself; who has none tells the helpdesk the code of our letter, or is called."""
    again = desk_case.address(rights_request.reference, "link-again")
    if rights_request.email:
        return [Button(_("Send the link again"), again, "button-second")]
    shown = Button(_("Identity shown…"), desk_case.address(rights_request.reference, "identity"), is_page=True)
    return [Button(_("Post a new code"), again, "button-second"), shown] if rights_request.postal_address else [shown]


def _foot_words(rights_request: RightsRequest, *, preview_row: ErasurePreview | None, is_own: bool) -> str:
    status = Status(rights_request.status)
    if rights_request.paused_on is not None:
        return _("We asked the person for more. Until enough has arrived, the clock stands still.")
    if status == Status.AWAITING_APPROVAL and is_own:
        return format_html(
            "{} <strong>{}</strong>",
            _("Erasing needs a second person."),
            _("You prepared this, so someone else approves."),
        )
    if status == Status.AWAITING_APPROVAL and preview_row is not None:
        return _("Prepared by %(name)s. Erasing needs a second person: you may approve it.") % {"name": preview_row.prepared_by.name}
    if status == Status.IN_REVIEW and rights_request.right == Right.OBJECTION:
        return _("Until this is decided, the data are set aside. It is for us to show why a use may go on.")
    if status == Status.IN_REVIEW and rights_request.right == Right.ERASURE:
        return _("Erasing needs a second person: you prepare it, someone else approves.")
    return {
        Status.AWAITING_IDENTITY: _("The person has not shown who they are yet. Nothing is looked for before."),
        Status.COLLECTING: _("The sources are answering. When all have, you can decide."),
        Status.IN_REVIEW: _("One person may answer. Look through what the sources hold first."),
        Status.GRACE: _("Approved. Until it begins, the person can cancel."),
        Status.CARRYING_OUT: _("This is being carried out."),
    }.get(status, "")
