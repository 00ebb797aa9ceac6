"""Mails that nobody recognised: the list, and one of them, to be filed, put with its request, or put aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import staff
from audit import services as audit
from audit.actor import Actor
from rights_requests import access, mail_words, services
from rights_requests.enums import DismissReason, MailState, Requester
from rights_requests.forms_mail import DismissForm, FileMailForm, ThreadForm
from rights_requests.models import IncomingMail
from rights_requests.views import desk_papers, desk_record, desk_rows
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from uuid import UUID

    from django import forms
    from django.http import HttpResponse

    from accounts.staff import StaffRequest

PAGE = 30
UNPROCESSABLE = 422
SORTABLE = (MailState.UNSORTED, MailState.DISMISSED)


@staff.require_desk
@require_safe
def desk_mails(request: StaffRequest) -> HttpResponse:
    """The oldest first. ``?aside``: what was put aside, the newest first."""
    is_aside = "aside" in request.GET
    found = IncomingMail.objects.filter(state=MailState.DISMISSED if is_aside else MailState.UNSORTED).defer("text")
    page = Paginator(found.order_by("-settled_at" if is_aside else "received_at", "pk"), PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    context = {
        "now": timezone.now(),
        "is_aside": is_aside,
        "rows": page.object_list,
        "page": page,
        "summary": ngettext("%(count)s mail", "%(count)s mails", count) % {"count": count},
    }
    return render(request, "desk/mails.html", {**context, **desk_rows.frame(request)})


@staff.require_desk
@require_http_methods(["GET", "HEAD", "POST"])
def desk_mail(request: StaffRequest, mail_id: UUID) -> HttpResponse:
    """One mail, in full. That somebody read it is recorded. POST: the step whose button was pressed."""
    mail = access.mail_for_desk(user=request.user, mail_id=mail_id)
    if request.method != "POST":
        audit.record(
            action="mail.read",
            about=f"rights_requests.incomingmail:{mail.pk}",
            actor=Actor.of(request),
            at=timezone.now(),
            mail=str(mail.pk),
        )
        return _page(request, mail, {})
    step = request.POST.get("step", "")
    run = STEPS.get(step)
    if run is None:
        return _page(request, mail, {}, status=UNPROCESSABLE)
    form = _forms(request, mail, {step: request.POST})[step]
    if form.is_valid():
        try:
            return run(request, mail, form)
        except CannotNow as error:
            form.add_error(None, str(error))
    return _page(request, mail, {step: form}, status=UNPROCESSABLE)


def _file(request: StaffRequest, mail: IncomingMail, form: Any) -> HttpResponse:
    typed = form.cleaned_data
    made = services.file_mail(
        mail_id=mail.pk,
        **form.asked,
        requester=Requester(typed["requester"]),
        name=typed["name"],
        email=typed["email"],
        language=typed["language"],
        country=typed["country"],
        actor=Actor.of(request),
        at=timezone.now(),
    )
    return desk_record.recorded(request, made)


def _put_with_case(request: StaffRequest, mail: IncomingMail, form: Any) -> HttpResponse:
    reference = form.cleaned_data["reference"]
    case = services.put_with_case(mail_id=mail.pk, reference=reference, actor=Actor.of(request), at=timezone.now())
    messages.success(request, _("The mail is a message of %(reference)s now.") % {"reference": case.reference})
    return redirect("desk_request_open", reference=case.reference)


def _dismiss(request: StaffRequest, mail: IncomingMail, form: Any) -> HttpResponse:
    count = services.dismiss_mail(
        mail_id=mail.pk,
        reason=DismissReason(form.cleaned_data["reason"]),
        is_all_of_sender=form.cleaned_data["all_of_sender"],
        actor=Actor.of(request),
        at=timezone.now(),
    )
    messages.success(request, ngettext("%(count)s mail put aside.", "%(count)s mails put aside.", count) % {"count": count})
    return redirect("desk_mails")


STEPS: dict[str, Callable[[StaffRequest, IncomingMail, Any], HttpResponse]] = {
    "file": _file,
    "thread": _put_with_case,
    "dismiss": _dismiss,
}


def _forms(request: StaffRequest, mail: IncomingMail, posted: dict[str, Any]) -> dict[str, forms.Form]:
    said = {
        "rights": mail_words.rights_in(f"{mail.subject}\n{mail.text}"),
        "received_at": timezone.localtime(mail.received_at),
        "requester": Requester.VISITOR,
        "name": mail.sender_name,
        "email": mail.sender,
        "language": mail.language,
        "country": request.user.country,
    }
    return {
        "file": FileMailForm(posted.get("file"), now=timezone.now(), uses=desk_record.uses(), initial=said),
        "thread": ThreadForm(posted.get("thread")),
        "dismiss": DismissForm(posted.get("dismiss")),
    }


def _page(request: StaffRequest, mail: IncomingMail, bound: dict[str, forms.Form], *, status: int = 200) -> HttpResponse:
    shown = {**_forms(request, mail, {}), **bound}
    context = {
        "mail": mail,
        "files": desk_papers.files_of_mail(mail),
        "is_sortable": mail.state in SORTABLE,
        "now": timezone.now(),
        "forms": shown,
        "error_forms": list(bound.values()),
    }
    return render(request, "desk/mail.html", {**context, **desk_rows.frame(request)}, status=status)
