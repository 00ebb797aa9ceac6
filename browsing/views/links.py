"""Links between visits and a person: asked here, approved by a colleague, looked at while they are open, ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from accounts.roles import roles_with
from audit.actor import Actor
from browsing import access, selectors, services
from browsing.enums import LinkGround
from browsing.forms import AskLinkForm
from browsing.rules import truncated
from browsing.views import rooms
from datamap import gate, masking
from datamap.once import once
from subjects.selectors import emails

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.staff import StaffRequest
    from browsing.models import LinkCase

PAGE = 30
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Row:
    """A link case as the list and its page show it: the person masked, the address cut to its network."""

    case: LinkCase
    person: str
    network: str
    state: str
    state_label: str
    asked_by: str
    approved_by: str

    @property
    def is_waiting(self) -> bool:
        return self.state == "approval"

    @property
    def is_open(self) -> bool:
        return self.state == "watched"


@staff.staff_required(roles_with(access.PERMISSION))
@require_http_methods(["GET", "HEAD", "POST"])
@once
def desk_visits_links(request: StaffRequest) -> HttpResponse:
    """All cases, the newest first, and the form to ask for one."""
    at = timezone.now()
    form = AskLinkForm(request.POST if request.method == "POST" else None, now=at)
    if request.method == "POST" and form.is_valid():
        try:
            case = _ask(request, form.cleaned_data, at=at)
        except services.CannotNow as error:
            form.add_error("email", str(error))
        else:
            messages.success(request, _("Asked. A colleague has to approve it before anything is linked."))
            return redirect("desk_visits_link", link_id=case.pk)
    found = access.links_for_desk(request.user).prefetch_related("subject__identifiers")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": _rows(list(page.object_list), at=at),
        "page": page,
        "form": form,
        "now": at,
        "tabs": rooms.tabs("desk_visits_links"),
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/visits_links.html", context, status=UNPROCESSABLE if form.errors else 200)


def _ask(request: StaffRequest, typed: Mapping[str, Any], *, at: datetime) -> LinkCase:
    subject = services.person_known_as(email=typed["email"], at=at)
    return services.ask_link(
        subject_id=subject.pk,
        ground=LinkGround(typed["ground"]),
        about=typed["about"],
        ip=typed["ip"],
        starts_at=typed["starts_at"],
        until=typed["until"],
        days=typed["days"],
        actor=Actor.of(request),
        at=at,
    )


@staff.staff_required(roles_with(access.PERMISSION))
@require_http_methods(["GET", "HEAD", "POST"])
def desk_visits_link(request: StaffRequest, link_id: UUID) -> HttpResponse:
    """One case. POST: the step whose button was pressed."""
    case = access.link_for_desk(user=request.user, case_id=link_id)
    at = timezone.now()
    refused = ""
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        try:
            if step is not None:
                step(case_id=case.pk, actor=Actor.of(request), at=at)
                return redirect("desk_visits_link", link_id=case.pk)
            refused = _("This step does not exist.")
        except services.CannotNow as error:
            refused = str(error)
    (row,) = _rows([case], at=at)
    context = {
        "row": row,
        "case": case,
        "refused": refused,
        "is_mine": case.asked_by == str(request.user.pk),
        "now": at,
        "desk_room": "desk_visits_links",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/visits_link.html", context, status=UNPROCESSABLE if refused else 200)


STEPS: Mapping[str, Callable[..., LinkCase]] = {"approve": services.approve_link, "end": services.end_link}


@staff.staff_required(roles_with(access.PERMISSION))
@require_safe
def desk_visits_linked(request: StaffRequest, link_id: UUID) -> HttpResponse:
    """The visits of an open case. That somebody looked is recorded; without an open case nobody looks (P031)."""
    case = access.link_for_desk(user=request.user, case_id=link_id)
    at = timezone.now()
    try:
        services.look(case_id=case.pk, actor=Actor.of(request), at=at)
    except (services.NotOpen, gate.Stopped) as error:
        raise PermissionDenied(str(error)) from error
    page = Paginator(selectors.visits_of_case(case).order_by("at", "pk"), PAGE).get_page(request.GET.get("page"))
    context = {
        "case": case,
        "page": page,
        "visits": page.object_list,
        "now": at,
        "desk_room": "desk_visits_links",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/visits_linked.html", context)


def _rows(cases: list[LinkCase], *, at: datetime) -> list[Row]:
    names = staff.names(key for case in cases for key in (case.asked_by, case.approved_by))
    return [_row(case, names, at=at) for case in cases]


def _row(case: LinkCase, names: Mapping[str, str], *, at: datetime) -> Row:
    state, label = _state(case, at=at)
    return Row(
        case=case,
        person=masking.masked_email(next(iter(emails(case.subject)), "")) or str(case.subject),
        network=truncated(case.ip),
        state=state,
        state_label=label,
        asked_by=names.get(case.asked_by, ""),
        approved_by=names.get(case.approved_by, ""),
    )


def _state(case: LinkCase, *, at: datetime) -> tuple[str, str]:
    if case.ended_at is not None or case.open_until <= at:
        return "done", _("Case ended")
    return ("watched", _("Case open")) if case.approved_at else ("approval", _("Waits for a second person"))
