"""Registering for an event: what takes place, the form, the page after it. Nobody needs an account or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import is_within
from datamap import registers
from events import access, selectors, services
from events.forms import AskedForm

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse


#: Its rate stands in ACCOUNT_RATE_LIMITS.
LIMIT = "event_form"
UNPROCESSABLE = 422


@require_safe
def events(request: HttpRequest) -> HttpResponse:
    """What takes place. It sets no cookie."""
    tasks = [
        {
            "title": event.title_in(language()),
            "text": f"{date_format(event.starts_on)}, {event.place}",
            "url": reverse("events_register", kwargs={"slug": event.slug}),
        }
        for event in selectors.open_events(today=timezone.localdate())
    ]
    return render(request, "events/events.html", {"tasks": tasks})


@require_http_methods(["GET", "HEAD", "POST"])
def events_register(request: HttpRequest, slug: str) -> HttpResponse:
    event = access.open_event(slug=slug, today=timezone.localdate())
    sponsors = [registers.said(sponsor.name) for sponsor in event.sponsors.order_by("name")]
    statement = statement_about(sponsors)
    form = AskedForm(request.POST if request.method == "POST" else None, statement=statement)
    named = " ".join([event.organiser_id, *sorted(event.sponsors.values_list("pk", flat=True))])
    if form.is_valid() and _is_as_shown(form, named) and is_few(request, form, LIMIT):
        if not form.is_from_machine:
            said: dict[str, Any] = {"language": language(), "statement": statement, "is_agreed": form.is_agreed, "at": timezone.now()}
            services.register(event=event, typed=form.typed, **said)
        return redirect("events_sent")
    context = {
        "event": event,
        "title": event.title_in(language()),
        "organiser": registers.said(event.organiser.name),
        "sponsors": get_text_list(sponsors, _("and")),
        "named": named,
        "form": form,
    }
    return render(request, "events/register.html", context, status=status_of(form))


@require_safe
def events_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "events/sent.html")


def statement_about(sponsors: list[str]) -> str:
    """The sentence that is agreed to: it names them, and is kept with the consent as it was shown. Nothing where there are none."""
    if not sponsors:
        return ""
    return _(
        "I agree that Oxygis gives my name, e-mail address, telephone number and company name to the sponsors of this event"
        " (%(sponsors)s), so that they may send me their own offers."
    ) % {"sponsors": get_text_list(sponsors, _("and"))}


def _is_as_shown(form: AskedForm, named: str) -> bool:
    """Whether the page that was sent named those who would get it now. Nobody agrees to others than they read of: the box is empty again."""
    if form.data.get("named", "") == named:
        return True
    form.data = {name: value for name, value in form.data.items() if name != "agrees"}
    form.add_error(
        None, _("Who organises this event, or pays for it, has changed since you opened the page. Please read it again, then send it.")
    )
    return False


def is_few(request: HttpRequest, form: forms.Form, limit: str) -> bool:
    if is_within(request, limit):
        return True
    form.add_error(None, _("Several addresses were entered from your network within the hour. Please try again later."))
    return False


def status_of(form: forms.Form) -> int:
    return UNPROCESSABLE if form.errors else 200


def language() -> str:
    return (get_language() or settings.LANGUAGE_CODE)[:2]
