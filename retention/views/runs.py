"""Runs: all of them, one with its plan and its release by two people, and the certificate of one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from audit import proofs
from audit.actor import Actor
from retention import access, certificates, services
from retention.enums import OPEN_STATUSES, RunStatus
from retention.forms import AskForm, RunsForm
from retention.models import Release, Run
from retention.views import words
from retention.workflow import TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.staff import StaffRequest

PAGE = 30
UNPROCESSABLE = 422
WANTED = {"open": Q(status__in=OPEN_STATUSES), "deleted": Q(deleted__gt=0), "": Q()}


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_retention_runs(request: StaffRequest) -> HttpResponse:
    form = RunsForm(request.GET)
    found: QuerySet[Run] = access.runs_for_desk(request.user).filter(WANTED[form.chosen])
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    labels = {rule.code: rule.label for _source, rule in services.rules()}
    context = {
        "shown": form,
        "page": page,
        "rows": [words.run_row(run, labels) for run in page.object_list],
        "now": timezone.now(),
        "tabs": words.tabs("desk_retention_runs"),
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/retention_runs.html", context)


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_retention_run(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """One run. POST: the step whose button was pressed."""
    at = timezone.now()
    run = access.run_for_desk(user=request.user, run_id=run_id)
    form = AskForm(request.POST if request.POST.get("step") == "ask" else None)
    refused = ""
    if request.method == "POST" and (form.is_valid() or not form.is_bound):
        try:
            messages.success(request, _step(request, run, form, at=at))
            return redirect("desk_retention_run", run_id=run.pk)
        except (services.NotReleased, _NoSuchStep) as error:
            refused = str(error)
        except TransitionNotAllowed:
            refused = _("This run has ended already.")
        run = access.run_for_desk(user=request.user, run_id=run_id)
    return _page(request, run, form, refused=refused, at=at)


class _NoSuchStep(Exception):
    def __str__(self) -> str:
        return _("This step does not exist.")


def _step(request: StaffRequest, run: Run, form: AskForm, *, at: datetime) -> str:
    """Take a step; what to say of it."""
    actor = Actor.of(request)
    step = request.POST.get("step", "")
    if step == "ask" and form.is_bound:
        services.ask(run_id=run.pk, reason=form.cleaned_data["reason"], actor=actor, at=at)
        return _("Asked. A colleague has to approve it before anything is deleted.")
    if step == "approve":
        services.approve(run_id=run.pk, actor=actor, at=at)
        return _("Approved. The plan is applied within the hour.")
    if step == "give_up":
        services.give_up(run_id=run.pk, actor=actor, at=at)
        return _("Given up. Nothing more is deleted by this plan; the next round plans anew.")
    raise _NoSuchStep


def _page(request: StaffRequest, run: Run, form: AskForm, *, refused: str, at: datetime) -> HttpResponse:
    labels = {rule.code: rule.label for _source, rule in services.rules()}
    release = _release(run)
    names = staff.names([release.asked_by, release.approved_by]) if release else {}
    row = words.run_row(run, labels)
    context = {
        "run": run,
        "row": row,
        "form": form,
        "release": release,
        "asked_by": names.get(release.asked_by, "") if release else "",
        "approved_by": names.get(release.approved_by, "") if release else "",
        "is_mine": bool(release) and release.asked_by == str(request.user.pk),  # type: ignore[union-attr]
        "is_stopped": run.status == RunStatus.STOPPED,
        "is_running": run.status in {RunStatus.PLANNED, RunStatus.APPLYING},
        "sum": [(_("Planned"), run.planned), (_("Left: not due any more"), run.skipped), (_("To go"), row.to_go)],
        "total": (_("Deleted"), run.deleted),
        "limits": _limits(run),
        "stopped_total": (_("Deleted"), 0),
        "is_known": run.rule in labels,
        "refused": refused,
        "now": at,
        "desk_room": "desk_retention_runs",
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/retention_run.html", context, status=UNPROCESSABLE if refused or form.errors else 200)


def _release(run: Run) -> Release | None:
    return getattr(run, "release", None)


def _limits(run: Run) -> list[tuple[str, int]]:
    """Beside the plan, what plans of the rule held before, and what no plan may."""
    if run.status != RunStatus.STOPPED:
        return []
    past = Run.objects.filter(rule=run.rule, status=RunStatus.DONE, planned__gt=0).order_by("-planned").values_list("planned", flat=True)
    return [
        (_("Most in one run so far"), past.first() or 0),
        (_("Never more than, without two people"), settings.RETENTION["absolute"]),
        (_("Planned now"), run.planned),
    ]


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_retention_certificate(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """What a run certifies, checked against its seal each time it is opened."""
    run = access.run_for_desk(user=request.user, run_id=run_id)
    labels = {rule.code: rule.label for _source, rule in services.rules()}
    context = {"run": run, "row": words.run_row(run, labels), "desk_room": "desk_retention_runs", "now": timezone.now()}
    try:
        found = certificates.certificate(run)
        shown = certificates.check(found)
    except certificates.NothingToCertify:
        raise Http404 from None
    except proofs.NotSealedYet:
        context["is_waiting"] = True
    except proofs.ProofBroken as error:
        context["broken"] = str(error)
    else:
        context |= {"certificate": found, "states": found["states"], "seal": shown.seal, "root": shown.root, **_moments(found["states"])}
    context["desk_role"] = request.user.get_role_display()
    return render(request, "desk/retention_certificate.html", context)


def _moments(states: Mapping[str, Any]) -> dict[str, datetime | None]:
    """For people; what was sealed stands beside them to the letter."""
    return {name: datetime.fromisoformat(states[name]) if states.get(name) else None for name in ("cut_off", "oldest", "newest")}


@staff.permission_required(access.PERMISSION)
@require_safe
def desk_retention_certificate_file(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """The certificate as ``retention check`` reads it, without a database."""
    run = access.run_for_desk(user=request.user, run_id=run_id)
    try:
        found = certificates.certificate(run)
    except (certificates.NothingToCertify, proofs.NotSealedYet):
        raise Http404 from None
    headers = {"Content-Disposition": f'attachment; filename="certificate-{run.pk}.json"'}
    return HttpResponse(json.dumps(found, indent=1), content_type="application/json", headers=headers)
