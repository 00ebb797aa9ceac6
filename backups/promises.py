"""Live checks of the backups of this database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext_noop

from backups.checks import YOUNGEST
from backups.models import Backup
from datamap import promises
from datamap.archives.places import REPLICAS
from datamap.promises import Age, Fact, Share, Verdict, judged

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.promises import Figure

#: The purge comes every hour.
GONE_WITHIN = timedelta(hours=3)


@promises.check("P054")
def nightly(at: datetime) -> Verdict:
    """One is made each night."""
    newest = Backup.objects.aggregate(newest=Max("taken_at"))["newest"]
    if newest is None:
        return judged(Fact(gettext_noop("Our own database has no backup yet.")), watched=True)
    fact = Fact(gettext_noop("The newest backup of our own database was made on %(when)s."), {"when": newest})
    return judged(fact, broken=newest < at - YOUNGEST)


@promises.check("P082", "P083")
def ending(at: datetime) -> Verdict:
    """None is kept beyond its time."""
    found = Backup.objects.aggregate(
        oldest=Min("taken_at", filter=Q(expires_at__gt=at)), over=Count("pk", filter=Q(expires_at__lte=at - GONE_WITHIN))
    )
    facts = []
    if found["oldest"]:
        facts.append(Fact(gettext_noop("The oldest backup of our own database is %(age)s old."), {"age": Age((at - found["oldest"]).days)}))
    if found["over"]:
        facts.append(
            Fact(gettext_noop("Backups of our own database that are kept beyond their time: %(number)s."), {"number": found["over"]})
        )
    return judged(*facts, broken=bool(found["over"]))


@promises.check("P089")
def replicas(at: datetime) -> Verdict:
    """Each lies in two places at least."""
    rows = Backup.objects.filter(expires_at__gt=at)
    found = rows.aggregate(number=Count("pk"), good=Count("pk", filter=Q(places__len__gte=REPLICAS)))
    figures: dict[str, Figure] = {"share": Share(found["good"], found["number"]), "number": REPLICAS}
    fact = Fact(gettext_noop("Backups of our own database in %(number)s places at least: %(share)s."), figures)
    return judged(fact, broken=found["good"] < found["number"])
