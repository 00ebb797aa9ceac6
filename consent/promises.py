"""Live checks of consent: what is asked is published for each site in each language, and choices are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_noop

from consent import selectors
from consent.models import CookieDeclaration, Notice, Record, Site, Subscription, Vendor
from datamap import promises
from datamap.promises import Count as People
from datamap.promises import Fact, Verdict, judged

if TYPE_CHECKING:
    from datetime import datetime


@promises.check("P102", "P104", "P106", "P108")
def published(at: datetime) -> Verdict:
    """Each site has a published notice in each language: without one its banner could ask nothing."""
    languages = {code for code, _name in settings.LANGUAGES}
    wanted = {(code, language) for code in Site.objects.values_list("code", flat=True) for language in languages}
    there = set(Notice.objects.order_by().values_list("site__code", "language").distinct())
    missing = wanted - there
    newest = Notice.objects.aggregate(newest=Max("published_at"))["newest"]
    facts = [
        Fact(
            gettext_noop("Sites: %(sites)s; notices missing in one of %(languages)s languages: %(missing)s."),
            {"sites": len(wanted) // len(languages), "languages": len(languages), "missing": len(missing)},
        )
    ]
    if newest:
        facts.append(Fact(gettext_noop("The last notice was published on %(day)s."), {"day": newest}))
    return judged(*facts, broken=bool(missing))


@promises.check("P107")
def recorded(at: datetime) -> Verdict:
    newest = Record.objects.order_by("-at").values_list("at", flat=True).first()
    if newest is None:
        return judged(Fact(gettext_noop("No choice has been recorded yet.")))
    return judged(Fact(gettext_noop("The last choice was recorded on %(day)s."), {"day": newest}))


@promises.check("P034")
def confirmed(at: datetime) -> Verdict:
    """Nobody gets the newsletter who did not confirm it."""
    found = Subscription.objects.filter(ended_at=None).aggregate(
        running=Count("pk", filter=Q(confirmed_at__isnull=False)), waiting=Count("pk", filter=Q(confirmed_at=None))
    )
    fact = Fact(
        gettext_noop("Newsletters: %(running)s confirmed; %(waiting)s asked for and not confirmed, which get none."),
        {"running": People(found["running"]), "waiting": People(found["waiting"])},
    )
    return judged(fact)


@promises.check("P113", "P114")
def listed(at: datetime) -> Verdict:
    """What each cookie is, and whose."""
    found = CookieDeclaration.objects.aggregate(number=Count("pk"), vendors=Count("vendor", distinct=True))
    fact = Fact(
        gettext_noop("Cookies in the inventory: %(number)s, of %(vendors)s companies beside us."),
        {"number": found["number"], "vendors": found["vendors"]},
    )
    return judged(fact)


@promises.check("P101")
def named(at: datetime) -> Verdict:
    """Whoever sets a cookie stands in the register today, and so in the public list."""
    vendors = Vendor.objects.filter(cookies__isnull=False)
    missing = selectors.unnamed(vendors, at=at)
    fact = Fact(
        gettext_noop("Companies that set cookies: %(vendors)s, of which %(missing)s do not stand among those that we name."),
        {"vendors": vendors.distinct().count(), "missing": len(missing)},
    )
    return judged(fact, broken=bool(missing))
