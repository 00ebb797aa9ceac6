"""What one source holds about the person, value by value; and leaving values out that would reveal somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from datamap.citations import in_short
from datamap.enums import Ground
from rights_requests import access, rules, selectors, services, wording
from rights_requests.enums import Right, Status
from rights_requests.forms_desk import CellForm
from rights_requests.services.correcting import WORKED_IN
from rights_requests.views import desk_case, desk_corrections, desk_rows
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from accounts.staff import StaffRequest
    from rights_requests.models import RightsRequest

UNPROCESSABLE = 422
LONGEST_NUMBER = 7


@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
def desk_request_source(request: StaffRequest, reference: str, key: str) -> HttpResponse:
    """GET shows the values, and that somebody looked is recorded. POST leaves a value out, or gives it after all."""
    rights_request = access.request_for_desk(user=request.user, reference=reference)
    if desk_case.known_source(key) is None or rights_request.subject is None:
        raise Http404
    form = CellForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            said = _settle(request, rights_request, key, form)
        except CannotNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, said)
            return redirect(_here(request, rights_request, key))
    return _page(request, rights_request, key, form)


def _settle(request: StaffRequest, rights_request: RightsRequest, key: str, form: CellForm) -> str:
    cell: dict[str, Any] = {
        "request_id": rights_request.pk,
        "source": key,
        **form.cell,
        "actor": Actor.of(request),
        "at": timezone.now(),
    }
    if form.cleaned_data["give"]:
        services.unwithhold(**cell)
        return _("The answer gives this value again.")
    services.withhold(ground=Ground.THIRD_PARTY_RIGHTS, agent_id=request.user.pk, **cell)
    return _("Left out of the answer: rights of others (%(law)s).") % {"law": in_short(_others_law(rights_request))}


def _page(request: StaffRequest, rights_request: RightsRequest, key: str, form: CellForm) -> HttpResponse:
    now = timezone.now()
    number = _page_number(request)
    opens_locked = staff.can(request.user, "datamap.open_locked_rows")
    page = selectors.source_rows(rights_request, key, page=number, opens_locked=opens_locked)
    audit.record(
        action="rights_request.source_opened",
        about=rights_request.reference,
        actor=Actor.of(request),
        at=now,
        source=key,
    )
    label, note = desk_case.source_words(key)
    return render(
        request,
        "desk/request_source.html",
        {
            "case": desk_case.facts(rights_request, today=timezone.localdate(now)),
            "urls": desk_case.addresses(rights_request, request=request),
            "source": {"label": label, "note": note},
            "parts": [part for part in page.parts if part.rows],
            "page": page,
            "previous": number - 1 if number > 1 else 0,
            "next": number + 1 if page.has_next else 0,
            "may_withhold": rights_request.right in rules.GIVES_VALUES and rights_request.status == Status.IN_REVIEW,
            "correct_url": _correct_url(rights_request, key),
            "others_law": _others_law(rights_request),
            "here": _here(request, rights_request, key),
            "form": form,
            **desk_rows.frame(request),
        },
        status=UNPROCESSABLE if form.errors else 200,
    )


def _correct_url(rights_request: RightsRequest, key: str) -> str:
    """Where a value of the source is put on the list of corrections; empty where there is none."""
    if rights_request.right != Right.RECTIFICATION or rights_request.status not in WORKED_IN:
        return ""
    return desk_corrections.add_address(rights_request, source=key)


def _others_law(rights_request: RightsRequest) -> str:
    return wording.article_of(Right(rights_request.right), Ground.THIRD_PARTY_RIGHTS)


def _page_number(request: StaffRequest) -> int:
    typed = request.GET.get("page", "1")
    return max(int(typed), 1) if typed.isdecimal() and len(typed) < LONGEST_NUMBER else 1


def _here(request: StaffRequest, rights_request: RightsRequest, key: str) -> str:
    address = reverse("desk_request_source", args=[rights_request.reference, key])
    return f"{address}?page={_page_number(request)}"
