"""The page about cookies: what each site keeps, and the choice about our own pages as a form, for whoever uses no scripts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from consent import catalog, kept, selectors
from consent.enums import Method
from consent.forms import CookiesForm
from consent.kept import Answer, Kept
from consent.rules import Choice
from consent.services import choosing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

#: Where browsers say how their cookies are refused and deleted (policy X).
BROWSERS = (
    ("Chrome, Chromium", "https://support.google.com/chrome/answer/95647"),
    ("Edge", "https://support.microsoft.com/help/4468242/microsoft-edge-browsing-data-and-privacy"),
    ("Firefox", "https://support.mozilla.org/kb/cookies-information-websites-store-on-your-computer"),
    ("Safari", "https://support.apple.com/guide/safari/manage-cookies-and-website-data-sfri11471/mac"),
)
NAI = "https://optout.networkadvertising.org/"
ANALYTICS = "https://support.google.com/analytics/answer/6004245"


@dataclass(frozen=True, slots=True)
class Shown:
    """A category as the page shows it: its cookies, each with its vendor (ours has none), and ``field`` where something can be chosen here."""

    category: Mapping[str, Any]
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]]
    field: Any


@require_http_methods(["GET", "HEAD", "POST"])
def cookies(request: HttpRequest) -> HttpResponse:
    known = catalog.current()
    # Of no site where none is ours: then only those that are asked for have a page.
    ours = min(known.ours, default="")
    site = request.GET.get("site") or ours
    language = get_language() or settings.LANGUAGE_CODE
    served = selectors.notice_in_force(site=site, language=language)
    if served is None:
        raise Http404
    at, notice = timezone.now(), json.loads(served.content)
    own = kept.read(request.COOKIES.get(kept.COOKIE, ""))
    asked = [category for category in notice["categories"] if not category["locked"]] if site == ours else []
    form = CookiesForm(request.POST or None, asked=asked, allowed=_allowed(own, notice, at))
    if request.method == "POST" and site == ours and form.is_valid():
        return _save(notice, own, form.choices, at)
    context = {
        "site": site,
        "sites": sorted(known.origins, key=lambda code: (code != ours, code)),
        "ours": ours,
        "months": notice["months"],
        "shown": [_shown(category, form[category["code"]] if category in asked else None) for category in notice["categories"]],
        "form": form,
        "answered_on": own.answered_on,
        "receipt": own.receipt,
        "browsers": BROWSERS,
        "nai": NAI,
        "analytics": ANALYTICS,
    }
    return render(request, "consent/cookies.html", context, status=422 if form.is_bound else 200)


def _shown(category: Mapping[str, Any], field: Any) -> Shown:
    vendors = {vendor["code"]: vendor for vendor in category["vendors"]}
    return Shown(category, [(cookie, vendors.get(cookie["vendor"])) for cookie in category["cookies"]], field)


def _allowed(own: Kept, notice: Mapping[str, Any], at: datetime) -> frozenset[str]:
    return frozenset(
        category["code"]
        for category in notice["categories"]
        if (answer := own.answers.get(category["code"]))
        and answer.is_allowed
        and answer.is_valid(version=category["version"], months=notice["months"], at=at)
    )


def _save(notice: Mapping[str, Any], own: Kept, choices: Mapping[str, bool], at: datetime) -> HttpResponse:
    """Keep the choice here and in the browser, and show the receipt. Who only ever refused is given no number."""
    consent_id = own.consent_id or (uuid4() if any(choices.values()) else None)
    choice = Choice(
        receipt=uuid4(),
        consent_id=consent_id,
        site=notice["site"],
        notice=notice["notice"],
        language=notice["language"],
        method=Method.FORM,
        choices=choices,
        signal="",
        at=at,
    )
    saved = choosing.save(choice, at=at)
    versions = {category["code"]: category["version"] for category in notice["categories"]}
    answers = {code: Answer(is_allowed=is_allowed, version=versions[code], on=at.date()) for code, is_allowed in choices.items()}
    response = redirect("consent_receipt", saved.receipt)
    response.set_cookie(
        kept.COOKIE,
        kept.written(Kept(answers=answers, consent_id=consent_id, receipt=saved.receipt)),
        max_age=(at + relativedelta(months=notice["months"]) - at) // timedelta(seconds=1),
        secure=settings.IS_PRODUCTION,
        samesite="Lax",
    )
    return response
