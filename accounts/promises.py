"""Live checks of accounts: passwords, the standing of staff, deletions by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_noop

from accounts.enums import STAFF_ROLES
from accounts.models import HandDeletion, User
from datamap import promises
from datamap.promises import Count as Rows
from datamap.promises import Fact, Verdict, judged

if TYPE_CHECKING:
    from datetime import datetime

HASH = "argon2$argon2id$"
DAY = timedelta(hours=24)


@promises.check("P007")
def passwords(at: datetime) -> Verdict:
    """Every password is a salted slow hash, or there is none."""
    hashed = Q(password__startswith=HASH) | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(password="")
    found = User.objects.aggregate(number=Count("pk", filter=Q(password__startswith=HASH)), other=Count("pk", filter=~hashed))
    fact = Fact(
        gettext_noop("Passwords kept as Argon2id: %(count)s; in any other way: %(other)s."),
        {"count": Rows(found["number"]), "other": Rows(found["other"])},
    )
    return judged(fact, broken=bool(found["other"]))


@promises.check("P091")
def standing(at: datetime) -> Verdict:
    """Each colleague who can sign in works for a company of ours in a country, which every record of theirs names."""
    staff = User.objects.filter(role__in=STAFF_ROLES, is_active=True)
    found = staff.aggregate(
        number=Count("pk"), nowhere=Count("pk", filter=Q(entity="") | Q(country="")), countries=Count("country", distinct=True)
    )
    fact = Fact(
        gettext_noop("Colleagues: %(number)s, in %(countries)s countries; without company or country: %(nowhere)s."),
        {"number": found["number"], "countries": found["countries"], "nowhere": found["nowhere"]},
        for_staff=True,
    )
    return judged(fact, watched=bool(found["nowhere"]))


@promises.check("P081")
def by_hand(at: datetime) -> Verdict:
    """How much was deleted by hand in a day, and the most that one person may without a colleague."""
    rows = (
        HandDeletion.objects.filter(at__gt=at - DAY)
        .order_by()
        .values("agent_id")
        .annotate(together=Sum("rows"))
        .values_list("together", flat=True)
    )
    each = list(rows)
    fact = Fact(
        gettext_noop("Deleted by hand in the last 24 hours: %(count)s; one person alone may delete %(limit)s."),
        {"count": Rows(sum(each)), "limit": settings.ACCOUNTS["deletions_a_day"]},
    )
    return judged(fact, watched=max(each, default=0) > settings.ACCOUNTS["deletions_a_day"])
