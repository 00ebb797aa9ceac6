"""One application at the desk: its page, its documents, the thread, and what can be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as audit
from audit.actor import Actor
from datamap.gate import Stopped
from datamap.meanwhile import carrying
from datamap.once import once
from letters import services as letters
from letters.forms import SettleForm
from recruitment import access, correspondence, filing, selectors, services, storing, workflow
from recruitment.asked import label_of
from recruitment.enums import ENDED_STATUSES, OFFERED_STATUSES, Action, Status
from recruitment.forms import offer_form
from recruitment.forms_hr import RIGHTS, FlagForm, ReplyForm, RequestForm, WordsForm
from recruitment.models import Application
from recruitment.steps import EVENTS, SHAPES, STEPS
from recruitment.views.desk import UNPROCESSABLE, frame, require_hr
from recruitment.views.letter_rows import letter_row
from recruitment.workflow import CannotNow
from subjects import intake

if TYPE_CHECKING:
    from uuid import UUID

    from django import forms

    from accounts.staff import StaffRequest
    from recruitment.models import StoredFile

HISTORY_SHOWN = 12
RIGHT_NAMES = dict(RIGHTS)


@require_hr
@require_safe
def desk_application_open(request: StaffRequest, reference: str) -> HttpResponse:
    return page(request, access.application_for_hr(user=request.user, reference=reference))


@require_hr
@require_POST
@once
def desk_application_message(request: StaffRequest, reference: str) -> HttpResponse:
    application = access.application_for_hr(user=request.user, reference=reference)
    form = WordsForm(request.POST, prefix="message")
    if form.is_valid():
        try:
            services.write_message(
                application_id=application.pk, text=form.cleaned_data["text"], actor=Actor.of(request), at=timezone.now()
            )
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Sent."))
            return redirect("desk_application_open", reference=reference)
    return page(request, application, message_form=form)


@require_hr
@require_POST
@once
def desk_application_reply(request: StaffRequest, reference: str) -> HttpResponse:
    application = access.application_for_hr(user=request.user, reference=reference)
    form = ReplyForm(request.POST, prefix="reply")
    if form.is_valid():
        try:
            services.record_reply(application_id=application.pk, **form.cleaned_data, actor=Actor.of(request), at=timezone.now())
        except Stopped as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The reply is in the thread."))
            return redirect("desk_application_open", reference=reference)
    return page(request, application, reply_form=form)


@require_hr
@require_POST
def desk_application_read(request: StaffRequest, reference: str) -> HttpResponse:
    """What the person wrote needs no answer."""
    application = access.application_for_hr(user=request.user, reference=reference)
    services.leave_unanswered(application_id=application.pk, actor=Actor.of(request), at=timezone.now())
    return redirect("desk_application_open", reference=reference)


@require_hr
@require_POST
def desk_application_request(request: StaffRequest, reference: str, message_id: UUID) -> HttpResponse:
    """Make a privacy request of a reply, with the day on which it reached us."""
    message = access.message_for_hr(user=request.user, reference=reference, message_id=message_id)
    form = RequestForm(request.POST)
    if form.is_valid():
        try:
            right = form.cleaned_data["right"]
            filed = services.file_reply(message_id=message.pk, right=right, actor=Actor.of(request), at=timezone.now())
        except CannotNow as error:
            messages.error(request, str(error))
        else:
            words = _("The request %(reference)s is made. Our data protection desk answers it; the sender confirms it by a link first.")
            messages.success(request, words % {"reference": filed.request_reference})
    return redirect("desk_application_open", reference=reference)


@require_hr
@require_POST
def desk_application_letter(request: StaffRequest, reference: str, letter_id: UUID) -> HttpResponse:
    """Say whether a mail of unknown fate arrived; one that did not is sent again."""
    letter = access.letter_for_hr(user=request.user, reference=reference, letter_id=letter_id)
    form = SettleForm(request.POST)
    if form.is_valid():
        was_sent = form.cleaned_data["was_sent"]
        try:
            letters.settle(letter_id=letter.pk, was_sent=was_sent, actor=Actor.of(request), at=timezone.now())
        except (letters.NotToSettle, letters.SecretsGone) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Noted.") if was_sent else _("The letter goes out again."))
    return redirect("desk_application_open", reference=reference)


@require_hr
@require_http_methods(["GET", "HEAD", "POST"])
def desk_application_step(request: StaffRequest, reference: str, action: str) -> HttpResponse:
    """GET: the page that asks. POST: the step."""
    application = access.application_for_hr(user=request.user, reference=reference)
    step = Action(action.upper()) if action.upper() in Action.values else None
    if step is None or step not in workflow.actions_from(Status(application.status)):
        raise Http404
    form = STEPS[step].form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.act(application_id=application.pk, action=step, actor=Actor.of(request), at=timezone.now(), **form.cleaned_data)
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Done."))
            return redirect("desk_application_open", reference=reference)
    context = {"application": application, "step": STEPS[step], "form": form, **frame()}
    return render(request, "recruitment/application_step.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_hr
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def desk_application_offer(request: StaffRequest, reference: str) -> HttpResponse:
    """Details for the contract, filled in for the person. Before an offer there is no such page (P012)."""
    application = access.application_for_hr(user=request.user, reference=reference, is_locked=request.method == "POST")
    if application.status not in OFFERED_STATUSES:
        raise Http404
    known = dict(application.answers.values_list("field", "value"))
    form = carrying(offer_form(application.country))(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(application_id=application.pk, answers=form.cleaned_data, actor=Actor.of(request), at=timezone.now())
        except (CannotNow, Stopped) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Kept."))
            return redirect("desk_application_open", reference=reference)
    context = {"application": application, "form": form, **frame()}
    return render(request, "recruitment/application_offer.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_hr
@require_safe
def desk_application_document(request: StaffRequest, reference: str, document_id: UUID) -> HttpResponse:
    """The file itself, to be saved and never shown by us. That somebody opened it is recorded."""
    document = access.document_for_hr(user=request.user, reference=reference, document_id=document_id)
    return handed_over(request, document, about=correspondence.about(document.application))


def handed_over(request: StaffRequest, document: StoredFile, *, about: str) -> HttpResponse:
    try:
        content = filing.content_of(document)
    except storing.FileUnreadable as error:
        raise Http404 from error
    audit.record(action="application.document_read", about=about, actor=Actor.of(request), at=timezone.now(), document=str(document.pk))
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=document.name) or "attachment"}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def page(
    request: StaffRequest, application: Application, *, message_form: forms.Form | None = None, reply_form: forms.Form | None = None
) -> HttpResponse:
    refused = [form for form in (message_form, reply_form) if form is not None]
    status = Status(application.status)
    language = (get_language() or "en")[:2]
    context: dict[str, Any] = {
        "application": application,
        "job": application.vacancy.title_in(language),
        "shape": SHAPES[status],
        "steps": [(action.lower(), STEPS[action]) for action in workflow.actions_from(status)],
        "documents": application.documents.all(),
        "thread": _thread(application),
        "is_over": status in ENDED_STATUSES,
        "is_offered": status in OFFERED_STATUSES,
        "answers": [(label_of(answer.field), answer.value) for answer in application.answers.all()],
        "employment": getattr(application, "employment", None),
        "message_form": message_form or WordsForm(prefix="message"),
        "reply_form": reply_form or ReplyForm(prefix="reply", initial={"sender": application.email}),
        "flag_form": FlagForm(auto_id=False),
        "history": _history(application),
        "letters": [letter_row(application, letter) for letter in selectors.letters_about(application)[:HISTORY_SHOWN]],
        "error_forms": refused,
        "now": timezone.now(),
        **frame(),
    }
    return render(request, "recruitment/application.html", context, status=UNPROCESSABLE if refused else 200)


def _thread(application: Application) -> list[dict[str, Any]]:
    """The messages; those of the person with the form that makes a request of one, and what it seems to ask for."""
    thread = []
    for message in application.messages.select_related("author"):
        is_open = message.is_from_person and not (message.request_reference or message.flag_reason)
        asked = [right for right in intake.rights_in(message.text) if right in RIGHT_NAMES] if is_open else []
        form = RequestForm(auto_id=False, initial={"right": asked[0]} if asked else None) if is_open else None
        thread.append({"message": message, "form": form, "asked": [RIGHT_NAMES[right] for right in asked]})
    return thread


def _history(application: Application) -> list[dict[str, Any]]:
    events = selectors.history(application)[:HISTORY_SHOWN]
    return [{"title": EVENTS[event.action], "at": event.at} for event in events if event.action in EVENTS]
