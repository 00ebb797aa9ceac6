"""Telling us that one is interested in Oxygis, and whether a partner in one's country may hear of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from datamap import registers
from events import selectors, services
from events.enums import Land
from events.forms import InterestForm
from events.views.registering import is_few, language, status_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: Its rate stands in ACCOUNT_RATE_LIMITS.
LIMIT = "interest_form"


@require_http_methods(["GET", "HEAD", "POST"])
def partners(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    form = InterestForm(request.POST if request.method == "POST" else None, statement=statement())
    if form.is_valid() and is_few(request, form, LIMIT):
        if not form.is_from_machine:
            said: dict[str, Any] = {"language": language(), "statement": statement(), "is_agreed": form.is_agreed, "at": at}
            services.express_interest(country=form.cleaned_data["country"], typed=form.typed, **said)
        return redirect("partners_sent")
    known = [(registers.said(row.recipient.name), [Land(code).label for code in row.countries]) for row in selectors.partners(at=at)]
    return render(request, "events/interest.html", {"form": form, "partners": known}, status=status_of(form))


@require_safe
def partners_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "events/sent.html")


def statement() -> str:
    """The sentence that is agreed to: it is kept with the consent, as it was shown."""
    return _(
        "I agree that Oxygis gives my name, e-mail address, telephone number and company name to one of its official partners in my"
        " country, so that this partner may contact me about local offers and support. I am told which partner it is."
    )
