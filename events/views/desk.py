"""The desk: events with who takes part, and interests; what may go to whom goes, and what is refused is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staff
from audit.actor import Actor
from datamap import registers
from datamap.disclosing import Refused
from datamap.masking import masked, masked_email
from datamap.spreadsheets import csv_of
from events import access, selectors, services
from events.enums import Land
from events.flows import FOUR, ORGANISER, SPONSORS, label_of
from events.forms import HandOverForm, IntroduceForm
from events.models import Registration

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from accounts.staff import StaffRequest
    from datamap.flows import Flow
    from datamap.models import Processor
    from events.models import Asked, Event, Interest
    from events.services import HandedOver

PAGE = 30
UNPROCESSABLE = 422

require_passing = staff.permission_required(access.WORK)


@require_passing
@require_safe
def desk_events(request: StaffRequest) -> HttpResponse:
    page = Paginator(access.events_for_desk(request.user), PAGE).get_page(request.GET.get("page"))
    language = _language()
    rows = [{"event": event, "title": event.title_in(language), "organiser": registers.said(event.organiser.name)} for event in page]
    count = page.paginator.count
    summary = ngettext("%(count)s event", "%(count)s events", count) % {"count": count}
    return render(request, "desk/events.html", {"rows": rows, "page": page, "summary": summary})


@require_passing
@require_safe
def desk_event(request: StaffRequest, event_id: UUID) -> HttpResponse:
    event = access.event_for_desk(user=request.user, event_id=event_id)
    page = Paginator(selectors.taking_part(event), PAGE).get_page(request.GET.get("page"))
    passed = selectors.passed_on([row.about for row in page])
    context = {
        "event": event,
        "title": event.title_in(_language()),
        "rows": [_row(row, passed) for row in page],
        "page": page,
        "recipients": _recipients(event),
        "now": timezone.now(),
    }
    return render(request, "desk/event.html", context)


@require_passing
@require_POST
def desk_event_hand_over(request: StaffRequest, event_id: UUID) -> HttpResponse:
    """A file for one recipient, with nobody in it whom the ledger refused."""
    event = access.event_for_desk(user=request.user, event_id=event_id)
    form = HandOverForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose to whom the file goes."))
        return redirect("desk_event", event_id=event.pk)
    try:
        handed = services.hand_over(event_id=event.pk, **form.cleaned_data, actor=Actor.of(request), at=timezone.now())
    except services.NotOfThisEvent as error:
        raise Http404 from error
    for sentence in sorted({str(refusal) for refusal in handed.refused}):
        number = sum(str(refusal) == sentence for refusal in handed.refused)
        said = ngettext("%(number)s registration was not handed over.", "%(number)s registrations were not handed over.", number)
        messages.warning(request, f"{said % {'number': number}} {sentence}")
    if not handed.rows:
        if not handed.refused:
            messages.info(request, _("Nothing new is to be handed over."))
        return redirect("desk_event", event_id=event.pk)
    return _file(event, handed, form.cleaned_data["recipient"])


def _file(event: Event, handed: HandedOver, recipient: str) -> HttpResponse:
    """Read by a spreadsheet that shows every cell and computes none."""
    head = [label_of(name) for name in FOUR]
    response = HttpResponse(csv_of([head, *handed.rows]), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{event.slug}-{recipient}.csv"'
    return response


@require_passing
@require_safe
def desk_interests(request: StaffRequest) -> HttpResponse:
    page = Paginator(access.interests_for_desk(request.user), PAGE).get_page(request.GET.get("page"))
    passed = selectors.passed_on([row.about for row in page])
    count = page.paginator.count
    summary = ngettext("%(count)s interest", "%(count)s interests", count) % {"count": count}
    context = {"rows": [_row(row, passed) for row in page], "page": page, "summary": summary, "now": timezone.now()}
    return render(request, "desk/interests.html", context)


@require_passing
@require_http_methods(["GET", "HEAD", "POST"])
def desk_interest(request: StaffRequest, interest_id: UUID) -> HttpResponse:
    interest = access.interest_for_desk(user=request.user, interest_id=interest_id)
    at = timezone.now()
    form = IntroduceForm(request.POST if request.method == "POST" else None, partners=_partners(at))
    if form.is_valid():
        try:
            services.introduce(interest_id=interest.pk, partner=form.cleaned_data["partner"], actor=Actor.of(request), at=at)
        except Refused as refusal:
            form.add_error("partner", str(refusal))
        else:
            messages.success(request, _("Passed on. The person is told who got it."))
            return redirect("desk_interest", interest_id=interest.pk)
    context = {"interest": interest, "row": _row(interest, selectors.passed_on([interest.about])), "form": form, "now": at}
    return render(request, "desk/interest.html", context, status=UNPROCESSABLE if form.errors else 200)


def _partners(at: datetime) -> list[tuple[str, str]]:
    """Each with its countries: what is not the person's is refused."""
    return [
        (row.recipient_id, f"{registers.said(row.recipient.name)} ({', '.join(str(Land(code).label) for code in row.countries)})")
        for row in selectors.partners(at=at)
    ]


def _recipients(event: Event) -> list[dict[str, Any]]:
    """To whom registrations of the event may go, and how many are new to each."""
    found = [_recipient(event, event.organiser, ORGANISER, _("Organiser"))]
    return found + [_recipient(event, sponsor, SPONSORS, _("Sponsor")) for sponsor in event.sponsors.order_by("name")]


def _recipient(event: Event, processor: Processor, flow: Flow, what: str) -> dict[str, Any]:
    return {
        "name": registers.said(processor.name),
        "what": what,
        "new": selectors.to_hand_over(event, processor.pk, flow, is_again=False).count(),
        "form": HandOverForm(initial={"recipient": processor.pk}, auto_id=f"{processor.pk}-%s"),
    }


def _row(row: Asked | Registration | Interest, passed: dict[str, list[Any]]) -> dict[str, Any]:
    got = list(dict.fromkeys(registers.said(disclosure.recipient.name) for disclosure in passed.get(row.about, [])))
    return {"row": row, "name": masked(row.name), "email": masked_email(row.email), "got": got}


def _language() -> str:
    return (get_language() or "en")[:2]
