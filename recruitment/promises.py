"""Live checks of applications: nothing is asked before its time, and what must not be known is taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import gettext_noop

from datamap import promises
from datamap.promises import Count as People
from datamap.promises import Fact, Verdict, judged
from recruitment.enums import Origin, Status
from recruitment.models import Application, OfferAnswer

if TYPE_CHECKING:
    from datetime import datetime

#: Who was never offered the job.
NOT_OFFERED = (Status.RECEIVED, Status.IN_REVIEW, Status.INTERVIEW)


@promises.check("P012")
def offered(at: datetime) -> Verdict:
    """Details for a contract are there only of those whom we offered one."""
    early = OfferAnswer.objects.filter(application__status__in=NOT_OFFERED).count()
    fact = Fact(gettext_noop("Details for a contract of people without an offer: %(count)s."), {"count": People(early)})
    return judged(fact, broken=bool(early))


@promises.check("P014")
def flagged(at: datetime) -> Verdict:
    """What somebody marked as not to be known is taken out."""
    found = Application.objects.exclude(flag_reason="").filter(redacted_at=None).count()
    fact = Fact(gettext_noop("Passages that were marked and are not taken out yet: %(count)s."), {"count": People(found)})
    return judged(fact, watched=bool(found))


@promises.check("P011")
def named(at: datetime) -> Verdict:
    """Whoever came through an agency can be told which."""
    found = Application.objects.filter(origin=Origin.AGENCY).aggregate(number=Count("pk"), nameless=Count("pk", filter=Q(agency="")))
    fact = Fact(
        gettext_noop("Applications through an agency: %(count)s; of these without its name: %(nameless)s."),
        {"count": People(found["number"]), "nameless": People(found["nameless"])},
    )
    return judged(fact, broken=bool(found["nameless"]))
