"""The newsletter: a form, a link that confirms, a link that stops it. GET changes nothing, since mail scanners fetch every link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import is_within
from consent.enums import Ending
from consent.forms import NewsletterForm
from consent.services import subscribing

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Its rate stands in ACCOUNT_RATE_LIMITS.
LIMIT = "newsletter_form"
UNPROCESSABLE = 422
#: The body of RFC 8058.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@require_http_methods(["GET", "HEAD", "POST"])
def newsletter(request: HttpRequest) -> HttpResponse:
    form = NewsletterForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_within_limit(request, form):
        if not form.is_from_machine:
            subscribing.ask(
                email=form.cleaned_data["email"], language=(get_language() or "en")[:2], statement=statement(), at=timezone.now()
            )
        return redirect("newsletter_sent")
    context = {"form": form, "statement": statement()}
    return render(request, "consent/newsletter.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_safe
def newsletter_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "consent/newsletter_sent.html")


@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_confirm(request: HttpRequest, token: str) -> HttpResponse:
    at = timezone.now()
    if not subscribing.is_open(token, at=at):
        return _private(render(request, "consent/link_not_valid.html", status=404))
    if request.method != "POST":
        return _private(render(request, "consent/newsletter_confirm.html", {"statement": statement()}))
    try:
        subscribing.confirm(token=token, at=at)
    except subscribing.LinkNotValid:
        return _private(render(request, "consent/link_not_valid.html", status=404))
    return _private(render(request, "consent/newsletter_confirmed.html"))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The address itself is the authority, so neither a session nor a cookie is asked for: mail programs post here by themselves."""
    subscription = subscribing.of_link(token)
    if subscription is None:
        return _private(render(request, "consent/link_not_valid.html", status=404))
    if request.method != "POST":
        return _private(render(request, "consent/newsletter_unsubscribe.html"))
    is_one_click = request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]
    subscribing.end(subscription_id=subscription, ending=Ending.ONE_CLICK if is_one_click else Ending.LINK, at=timezone.now())
    if is_one_click:
        return _private(HttpResponse(_("You get no more newsletters."), content_type="text/plain; charset=utf-8"))
    return _private(render(request, "consent/newsletter_ended.html"))


def statement() -> str:
    """The sentence that is agreed to: it is kept with the consent, as it was shown."""
    return _(
        "I would like to get the newsletter of Oxygis about its products by e-mail. I can stop it at any time, with one click in each letter."
    )


def _is_within_limit(request: HttpRequest, form: NewsletterForm) -> bool:
    if is_within(request, LIMIT):
        return True
    form.add_error(None, _("Several addresses were entered from your network within the hour. Please try again later."))
    return False


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a key: no page opened from here learns it, and no index keeps it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
