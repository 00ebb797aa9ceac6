"""The queue: which requests are open, due when, with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import staff
from audit.actor import Actor
from rights_requests import access, selectors, services
from rights_requests.forms_desk import NOBODY, BulkAssignForm, QueueFilterForm
from rights_requests.views import desk_rows
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from django.http import HttpResponse

    from accounts.staff import StaffRequest

PAGE = 30
UNPROCESSABLE = 422


@staff.require_desk
@require_safe
def desk_queue(request: StaffRequest) -> HttpResponse:
    return _queue_page(request)


@staff.require_desk
@require_POST
def desk_queue_assign(request: StaffRequest) -> HttpResponse:
    """Hand the chosen requests to one agent. Each stands for itself: one that closed meanwhile stops no other."""
    agents = desk_rows.agents()
    form = BulkAssignForm(request.POST, agents=agents)
    if not form.is_valid():
        return _queue_page(request, bulk=form, status=UNPROCESSABLE)
    references = form.cleaned_data["selected"][:PAGE]
    refused = _assign_each(request, references=references, agent=form.cleaned_data["agent"])
    done = len(references) - len(refused)
    if done:
        messages.success(request, ngettext("%(count)s request handed over.", "%(count)s requests handed over.", done) % {"count": done})
    for sentence in refused:
        messages.error(request, sentence)
    return redirect(f"{reverse('desk_queue')}?{request.GET.urlencode()}")


def _assign_each(request: StaffRequest, *, references: list[str], agent: str) -> list[str]:
    """Hand over one by one; the sentences of those that could not be."""
    refused = []
    for reference in references:
        rights_request = access.request_for_desk(user=request.user, reference=reference)
        try:
            services.assign(
                request_id=rights_request.pk,
                agent_id=None if agent == NOBODY else UUID(agent),
                actor=Actor.of(request),
                at=timezone.now(),
            )
        except CannotNow as error:
            refused.append(f"{rights_request.reference}: {error}")
    return refused


def _queue_page(request: StaffRequest, *, bulk: BulkAssignForm | None = None, status: int = 200) -> HttpResponse:
    agents = desk_rows.agents()
    filters = QueueFilterForm(request.GET, agents=agents)
    chosen = filters.chosen
    today = timezone.localdate()
    counts = selectors.queue_counts(agent_id=request.user.pk, today=today)
    found = desk_rows.find(chosen, today=today)
    sizes = desk_rows.sizes(found, chosen=chosen, counts=counts, today=today)
    pages = Paginator(found, PAGE)
    pages.count = sizes.count  # counted together with the groups, in one go
    page = pages.get_page(request.GET.get("page"))
    return render(
        request,
        "desk/queue.html",
        {
            "filters": filters,
            "is_filtered": desk_rows.is_filtered(chosen),
            "summary": desk_rows.summary(counts),
            "tabs": desk_rows.tabs(counts, chosen=chosen, agent_id=request.user.pk),
            "groups": desk_rows.groups(
                list(page), sizes=sizes, sort=chosen["sort"], today=today, selected=request.POST.getlist("selected")
            ),
            "page": page,
            "today": today,
            "sort": chosen["sort"] or "due",
            "sort_urls": desk_rows.sort_urls(chosen),
            "bulk": bulk or BulkAssignForm(agents=agents),
            "error_forms": [bulk],
            "assign_url": f"{reverse('desk_queue_assign')}?{request.GET.urlencode()}",
            **desk_rows.frame(request, counts),
        },
        status=status,
    )
