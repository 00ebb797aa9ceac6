"""Changes of processors at the desk: one prepares a notice, another publishes it, objections are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import staff
from accounts.models import Company
from audit.actor import Actor
from datamap import notices, registers
from datamap.countries import country_name
from datamap.notices import CannotNotify
from letters.models import Letter
from policy import access_registers as access
from policy import telling
from policy.forms_registers import AnswerForm, NoticeForm
from policy.models import ChangeObjection
from policy.views.registers import TABS, UNPROCESSABLE, room

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from accounts.staff import StaffRequest
    from datamap.models import Notice

STEPS: Mapping[str, Callable[..., Notice]] = {"publish": telling.publish, "withdraw": telling.withdraw}


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_changes(request: StaffRequest) -> HttpResponse:
    """Every notice. POST: prepare one."""
    at = timezone.now()
    on = timezone.localdate(at)
    form = NoticeForm(request.POST or None, processors=access.processors_for_desk(request.user), on=on)
    if form.is_bound and form.is_valid():
        try:
            notice = notices.prepare(**form.cleaned_data, actor=Actor.of(request), at=at)
        except CannotNotify as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Prepared. A colleague publishes it; nobody has been told yet."))
            return redirect("desk_change", notice_id=notice.pk)
    open_to = {row["notice"] for row in ChangeObjection.objects.filter(answer="").values("notice")}
    context = {
        "rows": [
            (notice, registers.said(notice.processor.name), *_words(notice), notice.pk in open_to)
            for notice in access.notices_for_desk(request.user)
        ],
        "form": form,
        "tabs": staff.tabs(TABS, here="desk_changes"),
        **room(request, at=at),
    }
    return render(request, "desk/changes.html", context, status=UNPROCESSABLE if form.errors else 200)


@staff.permission_required(access.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_change(request: StaffRequest, notice_id: UUID) -> HttpResponse:
    """One notice with its objections. POST: the step whose button was pressed."""
    at = timezone.now()
    notice = access.notice_for_desk(user=request.user, notice_id=notice_id)
    refused = ""
    if request.method == "POST":
        step = STEPS.get(request.POST.get("step", ""))
        try:
            if step is not None:
                step(notice_id=notice.pk, actor=Actor.of(request), at=at)
                return redirect("desk_change", notice_id=notice.pk)
            refused = _("This step does not exist.")
        except CannotNotify as error:
            refused = str(error)
        notice.refresh_from_db()
    return _page(request, notice, refused=refused, status=UNPROCESSABLE if refused else 200)


@staff.permission_required(access.PERMISSION)
@require_POST
def desk_change_answer(request: StaffRequest, notice_id: UUID, objection_id: UUID) -> HttpResponse:
    """Settle one objection."""
    objection = access.objection_for_desk(user=request.user, notice_id=notice_id, objection_id=objection_id)
    form = AnswerForm(request.POST)
    refused = _("This answer does not exist.")
    if form.is_valid():
        try:
            telling.answer(objection_id=objection.pk, answer=form.cleaned_data["answer"], actor=Actor.of(request), at=timezone.now())
        except CannotNotify as error:
            refused = str(error)
        else:
            return redirect("desk_change", notice_id=notice_id)
    notice = access.notice_for_desk(user=request.user, notice_id=notice_id)
    return _page(request, notice, refused=refused, status=UNPROCESSABLE)


def _page(request: StaffRequest, notice: Notice, *, refused: str, status: int) -> HttpResponse:
    at = timezone.now()
    names = staff.names([notice.prepared_by, notice.published_by])
    objections = list(ChangeObjection.objects.filter(notice=notice))
    companies = Company.objects.in_bulk([one.company for one in objections])
    is_waiting = notice.published_at is None and notice.withdrawn_at is None
    context = {
        "notice": notice,
        "name": registers.said(notice.processor.name),
        "replaces": registers.said(notice.replaces.name) if notice.replaces else "",
        "country": country_name(notice.country) if notice.country else "",
        "state": _words(notice),
        "prepared_by": names.get(notice.prepared_by, ""),
        "published_by": names.get(notice.published_by, ""),
        "is_mine": notice.prepared_by == str(request.user.pk),
        "is_waiting": is_waiting,
        "is_open": notice.withdrawn_at is None and notice.done_at is None,
        "objections": [(one, companies.get(one.company)) for one in objections],
        "form": AnswerForm(),
        "letters": Letter.objects.filter(about=notices.about(notice)).count(),
        "untold": telling.untold() if is_waiting else [],
        "refused": refused,
        **room(request, at=at),
    }
    return render(request, "desk/change.html", context, status=status)


def _words(notice: Notice) -> tuple[str, str]:
    """The shape and the word of its state."""
    if notice.withdrawn_at:
        return "refused", _("Notice withdrawn")
    if notice.done_at:
        return "done", _("In force")
    if notice.published_at:
        return "waiting", _("Customers may object")
    return "approval", _("Waits for a second person")
