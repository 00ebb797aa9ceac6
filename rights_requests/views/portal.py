"""Making a request: one question a page, no account needed, nothing filed before the last button.

The web never asks whether an address is known: the same pages, the same statements, the same answer for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from audit.actor import Actor
from rights_requests import deadlines, establishments, services
from rights_requests.enums import Channel, MandateKind, Requester
from rights_requests.forms_portal import (
    AccountPersonForm,
    CheckForm,
    DetailsForm,
    PersonForm,
    RightForm,
)
from rights_requests.models import RightsRequest
from rights_requests.offers import OFFERS, Offer, offer_for
from rights_requests.views import portal_draft, portal_words
from rights_requests.views.portal_draft import Draft
from rights_requests.views.portal_limits import is_past, too_many
from subjects.identifiers import readable_email

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django import forms
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

GET_OR_POST = ["GET", "HEAD", "POST"]


@dataclass(frozen=True, slots=True)
class Step:
    """A page of the wizard; ``url_name`` also names its template."""

    url_name: str
    name: _StrPromise
    form: type[forms.Form]
    #: The form of somebody who is signed in, where their account answers a part.
    form_signed_in: type[forms.Form] | None = None

    def form_of(self, request: HttpRequest) -> type[forms.Form]:
        return self.form_signed_in if self.form_signed_in and request.user.is_authenticated else self.form


RIGHT = Step("portal_request_right", _("what you want"), RightForm)
DETAILS = Step("portal_request_details", _("what it is about"), DetailsForm)
PERSON = Step("portal_request_person", _("who you are"), PersonForm, AccountPersonForm)
CHECK = Step("portal_request_check", _("check and send"), CheckForm)
QUESTIONS = (RIGHT, DETAILS, PERSON)
STEPS = (*QUESTIONS, CHECK)


@require_http_methods(GET_OR_POST)
def portal_request_right(request: HttpRequest) -> HttpResponse:
    return _ask(request, RIGHT, {"details": {offer.code: {"law": offer.law, "hint": offer.hint} for offer in OFFERS}})


@require_http_methods(GET_OR_POST)
def portal_request_details(request: HttpRequest) -> HttpResponse:
    """``?right=`` asks about a right without a click on the page before; it is kept when the page is sent."""
    offer = offer_for(request.POST.get("right") or request.GET.get("right") or Draft(request.session).answers.get("right", ""))
    if offer is None:
        return redirect(RIGHT.url_name)
    return _ask(request, DETAILS, {"offer": offer}, initial={"right": offer.code})


@require_http_methods(GET_OR_POST)
def portal_request_person(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" and (earlier := _first_open(request, (RIGHT, DETAILS))):
        return redirect(earlier.url_name)
    return _ask(request, PERSON, {})


@require_http_methods(GET_OR_POST)
def portal_request_check(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and not Draft(request.session).answers and portal_draft.sent(request.session):
        return redirect("portal_request_sent")
    if open_step := _first_open(request, QUESTIONS):
        return redirect(open_step.url_name)
    if request.method != "POST":
        return _check_page(request, CheckForm(is_for_another=_is_for_another(request)))
    form = CheckForm(request.POST, is_for_another=_is_for_another(request))
    if not form.is_valid():
        return _check_page(request, form)
    if is_past(request, "filing"):
        return too_many(request)
    _file_once(request, nonce=form.cleaned_data["nonce"])
    return redirect(CHECK.url_name if Draft(request.session).answers else "portal_request_sent")


@require_safe
def portal_request_sent(request: HttpRequest) -> HttpResponse:
    sent = portal_draft.sent(request.session)
    if not sent:
        return redirect(RIGHT.url_name)
    return render(request, "portal/request_sent.html", {"sent": sent, "link_life": settings.RIGHTS["link_life"]})


def _ask(request: HttpRequest, step: Step, context: Mapping[str, Any], initial: Mapping[str, str] | None = None) -> HttpResponse:
    """Show a question, or keep its answer and go on to the first page that still has something to ask.

    A wrong answer is kept and redirected too: its errors are shown by the page that is asked for then (422). So no step
    back ever meets a form that the browser would have to send again.
    """
    draft = Draft(request.session)
    form_class = step.form_of(request)
    if request.method == "POST":
        draft.keep(form_class.base_fields, request.POST)
        return redirect((_first_open(request, QUESTIONS) or CHECK).url_name)
    answers = {**draft.answers, **(initial or {})}
    form = form_class(answers) if draft.has(form_class.base_fields) else form_class(initial=answers)
    status = 422 if form.is_bound and not form.is_valid() else 200
    return _page(request, step, {**context, "form": form}, status=status)


def _first_open(request: HttpRequest, steps: tuple[Step, ...]) -> Step | None:
    """The first page that was never answered, or whose answer will not do."""
    draft = Draft(request.session)
    return next((step for step in steps if not _is_answered(draft, step.form_of(request))), None)


def _is_answered(draft: Draft, form: type[forms.Form]) -> bool:
    return draft.has(form.base_fields) and form(draft.answers).is_valid()


def _page(request: HttpRequest, step: Step, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    number = STEPS.index(step) + 1
    before = reverse(STEPS[number - 2].url_name) if number > 1 else reverse("home")
    shown = {"step": number, "steps": len(STEPS), "step_name": step.name, "back_url": before, **context}
    return render(request, f"portal/{step.url_name.removeprefix('portal_')}.html", shown, status=status)


def _check_page(request: HttpRequest, form: CheckForm) -> HttpResponse:
    draft = Draft(request.session)
    rows, total = _sum_if_sent_on(timezone.localdate())
    context = {
        "form": form,
        "nonce": draft.nonce(),
        "answers": _answers(request, draft),
        "rows": rows,
        "total": total,
    }
    return _page(request, CHECK, context, status=422 if form.is_bound else 200)


def _sum_if_sent_on(today: date) -> tuple[Any, Any]:
    deadline = deadlines.due(today, country=establishments.answering(Channel.PORTAL))
    return portal_words.due_sum(RightsRequest(received_on=today, due_on=deadline.due_on, due_working=deadline.as_rows()), today=today)


def _answers(request: HttpRequest, draft: Draft) -> list[dict[str, Any]]:
    said = draft.answers
    offer = offer_for(said["right"])
    assert offer is not None
    person = reverse(PERSON.url_name)
    return [
        {"label": _("Your request"), "value": offer.title, "url": reverse(RIGHT.url_name)},
        *_chosen(offer, said),
        {"label": _("What it is about"), "value": said["text"] or offer.without_text, "url": reverse(DETAILS.url_name)},
        *_who(request, draft),
        *_proxy(request, draft),
        {"label": _("You are"), "value": Requester(said["requester"]).label, "url": person},
        {"label": _("Also known under"), "value": said["claims"] or _("Nothing else"), "url": person},
        {"label": _("We answer in"), "value": _LANGUAGES[_language()], "note": _("Another language: choose it at the top of the page.")},
    ]


def _chosen(offer: Offer, said: Mapping[str, str]) -> list[dict[str, Any]]:
    if not offer.asks:
        return []
    label = DetailsForm.base_fields[offer.asks].label
    return [{"label": label, "value": dict(offer.choices)[said[offer.asks]], "url": reverse(DETAILS.url_name)}]


def _who(request: HttpRequest, draft: Draft) -> list[dict[str, Any]]:
    if request.user.is_authenticated:
        return [
            {"label": _("Name"), "value": request.user.name},
            {"label": _("Your e-mail address"), "value": request.user.email, "state": _("Confirmed by your account")},
        ]
    url = reverse(PERSON.url_name)
    return [
        {"label": _("Name"), "value": draft.answers["name"], "url": url},
        {"label": _("Your e-mail address"), "value": readable_email(draft.answers["email"]), "url": url},
    ]


def _is_for_another(request: HttpRequest) -> bool:
    return bool(Draft(request.session).answers.get("proxy_name")) and not request.user.is_authenticated


def _proxy(request: HttpRequest, draft: Draft) -> list[dict[str, Any]]:
    if not _is_for_another(request):
        return []
    said = draft.answers
    who = f"{said['proxy_name']}, {readable_email(said['proxy_email'])} ({MandateKind(said['proxy_kind']).label})"
    return [{"label": _("Who asks for them"), "value": who, "url": reverse(PERSON.url_name)}]


_LANGUAGES = {
    "en": _("English, by e-mail and here"),
    "fr": _("French, by e-mail and here"),
    "nl": _("Dutch, by e-mail and here"),
}


def _language() -> str:
    return (get_language() or "en")[:2]


def _file_once(request: HttpRequest, *, nonce: str) -> None:
    """File what the session holds, unless another click did so already."""
    with portal_draft.one_at_a_time(request.session, nonce) as is_ours:
        if is_ours:
            portal_draft.remember_sent(request.session, _file(request, _said(request)))
            return
    portal_draft.forget_what_was_read(request)


def _said(request: HttpRequest) -> dict[str, str]:
    """All answers as the forms cleaned them. Every one of them is valid by now."""
    answers = Draft(request.session).answers
    forms_ = [step.form_of(request)(answers) for step in QUESTIONS]
    assert all(form.is_valid() for form in forms_)
    said = {name: value for form in forms_ for name, value in form.cleaned_data.items()}
    if request.user.is_authenticated:
        said |= {"name": request.user.name, "email": request.user.email}
    return said


def _file(request: HttpRequest, said: Mapping[str, str]) -> RightsRequest:
    at = timezone.now()
    account = request.user if request.user.is_authenticated else None
    offer = offer_for(said["right"])
    assert offer is not None
    return services.file_request(
        right=offer.right,
        purposes=offer.purposes or tuple(filter(None, [said.get("purpose", "")])),
        restriction_ground=said.get("ground", ""),
        mandate=_mandate(said),
        requester=Requester(said["requester"]),
        name=said["name"],
        email=said["email"],
        text=said["text"],
        claims=said["claims"],
        language=_language(),
        channel=Channel.ACCOUNT if account else Channel.PORTAL,
        account_id=account.pk if account else None,
        actor=Actor.of(request),
        received_at=at,
        at=at,
    )


def _mandate(said: Mapping[str, str]) -> services.MandateDraft | None:
    if not said.get("proxy_name"):
        return None
    return services.MandateDraft(kind=MandateKind(said["proxy_kind"]), name=said["proxy_name"], email=said["proxy_email"])
