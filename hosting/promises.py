"""Live checks of customer databases: those in their time of grace, their backups, and who of us may look."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_noop

from datamap import promises
from datamap.archives.places import REPLICAS
from datamap.countries import EEA
from datamap.models import Subsidiary
from datamap.processors import transfer_basis
from datamap.promises import Age, Fact, Share, Verdict, judged
from datamap.promises import Count as Rows
from hosting import rules
from hosting.enums import State
from hosting.models import AccessGrant, Backup, CustomerDatabase, Replica
from hosting.services import alarming

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.promises import Figure

#: The worker shuts what is over every few minutes.
SHUT_WITHIN = timedelta(hours=1)
#: Clauses that run out so soon want somebody.
SOON = timedelta(days=60)


@promises.check("P078", "P079")
def grace(at: datetime) -> Verdict:
    """Databases whose customer can still change their mind, and the next that goes; whether one stays too long its rule says."""
    rows = CustomerDatabase.objects.filter(cancelled_at__isnull=False).exclude(state=State.DESTROYED)
    found = rows.aggregate(
        number=Count("pk"),
        first=Min("cancelled_at", filter=Q(is_switching=False)),
        switching=Min("cancelled_at", filter=Q(is_switching=True)),
    )
    facts = [Fact(gettext_noop("Cancelled databases in their time of grace: %(count)s."), {"count": Rows(found["number"])})]
    ends = [
        *([found["first"] + rules.GRACE] if found["first"] else []),
        *([found["switching"] + rules.SWITCHING] if found["switching"] else []),
    ]
    if ends:
        facts.append(Fact(gettext_noop("The next is destroyed on %(day)s."), {"day": timezone.localdate(min(ends))}, for_staff=True))
    return judged(*facts)


@promises.check("P082", "P083")
def ending(at: datetime) -> Verdict:
    """The oldest backup of a customer, and replicas that are over and would not go."""
    oldest = Backup.objects.filter(expires_at__gt=at).aggregate(oldest=Min("taken_at"))["oldest"]
    overdue = Replica.objects.filter(expires_at__lte=at - alarming.AFTER).count()
    facts = [_oldest(oldest, at=at)]
    if overdue:
        facts.append(Fact(gettext_noop("Copies of customers’ backups that are over and would not go: %(number)s."), {"number": overdue}))
    return judged(*facts, broken=bool(overdue))


def _oldest(oldest: datetime | None, *, at: datetime) -> Fact:
    if oldest is None:
        return Fact(gettext_noop("There is no backup of a customer yet."))
    return Fact(gettext_noop("The oldest backup of a customer is %(age)s old."), {"age": Age((at - oldest).days)})


@promises.check("P089", "P090")
def replicas(at: datetime) -> Verdict:
    """Each backup stands in two data centres at least, some hours after it was made."""
    standing = (
        Replica.objects.filter(backup=OuterRef("pk"), stored_at__isnull=False)
        .order_by()
        .values("backup")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = Backup.objects.filter(expires_at__gt=at, taken_at__lte=at - alarming.AFTER).annotate(standing=Subquery(standing))
    found = rows.aggregate(number=Count("pk"), good=Count("pk", filter=Q(standing__gte=REPLICAS)), fewest=Min("standing"))
    figures: dict[str, Figure] = {"share": Share(found["good"], found["number"]), "number": REPLICAS}
    fact = Fact(gettext_noop("Customers’ backups with %(number)s replicas at least: %(share)s."), figures)
    return judged(fact, broken=found["good"] < found["number"])


@promises.check("P054")
def recent(at: datetime) -> Verdict:
    """Databases in service have a recent backup."""
    late = alarming.late(at=at).count()
    newest = Backup.objects.aggregate(newest=Max("taken_at"))["newest"]
    facts = [Fact(gettext_noop("Databases in service without a recent backup: %(count)s."), {"count": Rows(late)})]
    if newest:
        facts.append(Fact(gettext_noop("The newest backup of a customer was made on %(when)s."), {"when": newest}))
    return judged(*facts, watched=bool(late))


@promises.check("P033", "P124")
def looking(at: datetime) -> Verdict:
    """Nobody of ours looks into a database after their time."""
    found = AccessGrant.objects.filter(approved_at__isnull=False, ended_at=None).aggregate(
        open=Count("pk", filter=Q(ends_at__gt=at)), over=Count("pk", filter=Q(ends_at__lte=at - SHUT_WITHIN))
    )
    fact = Fact(
        gettext_noop("Accesses of our staff that are open: %(open)s; open past their end: %(over)s."),
        {"open": found["open"], "over": found["over"]},
    )
    return judged(fact, broken=bool(found["over"]))


@promises.check("P092")
def clauses(at: datetime) -> Verdict:
    """No access stands for a country whose clauses are not live, and none of them runs out unnoticed."""
    today = timezone.localdate(at)
    known = {(one.entity, one.country): one for one in Subsidiary.objects.all()}
    abroad = [one for one in known.values() if one.country not in EEA]
    live = [one for one in abroad if transfer_basis(one, on=today)]
    open_now = AccessGrant.objects.filter(approved_at__isnull=False, ended_at=None, ends_at__gt=at).exclude(staff_country__in=EEA)
    wrong = [
        pair
        for pair in open_now.values_list("staff_entity", "staff_country")
        if pair not in known or not transfer_basis(known[pair], on=today)
    ]
    ends = [one.clauses_valid_until for one in live if one.clauses_valid_until is not None]
    facts = [
        Fact(
            gettext_noop("Companies of ours outside the European Economic Area: %(all)s; with live clauses: %(live)s."),
            {"all": len(abroad), "live": len(live)},
        )
    ]
    if ends:
        facts.append(Fact(gettext_noop("The first clauses run out on %(day)s."), {"day": min(ends)}))
    if wrong:
        facts.append(Fact(gettext_noop("Accesses that stand without live clauses: %(number)s."), {"number": len(wrong)}))
    return judged(*facts, broken=bool(wrong), watched=bool(ends) and min(ends) <= today + SOON)
