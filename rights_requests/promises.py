"""Live checks of the rights: is everything answered in time, and is nothing that came by mail left lying?"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_noop

from datamap import promises
from datamap.promises import Count as People
from datamap.promises import Fact, Share, Verdict, judged
from rights_requests.enums import OPEN_STATUSES, MailState, Right, Status
from rights_requests.models import IncomingMail, RightsRequest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

YEAR = relativedelta(years=1)
#: A mail that nobody has sorted by then may be a request whose month is over.
MONTH = timedelta(days=28)
#: All rights together, and each of them.
RIGHTS: Mapping[str, Collection[Right]] = {
    "P035": list(Right),
    "P036": [Right.ACCESS],
    "P037": [Right.RECTIFICATION],
    "P038": [Right.ERASURE],
    "P039": [Right.RESTRICTION],
    "P040": [Right.OBJECTION],
    "P041": [Right.PORTABILITY],
}


def _answered(at: datetime, *, rights: Collection[Right]) -> Verdict:
    """What was answered within the last year, and what is open past its date; while the clock stands still nothing is due."""
    answered = Q(status__in=[Status.ANSWERED, Status.REFUSED], closed_at__gt=at - YEAR)
    found = (
        RightsRequest.objects.filter(right__in=rights)
        .annotate(closed_on=TruncDate("closed_at"))
        .aggregate(
            answered=Count("pk", filter=answered),
            in_time=Count("pk", filter=answered & Q(closed_on__lte=F("due_on"))),
            open=Count("pk", filter=Q(status__in=OPEN_STATUSES)),
            late=Count("pk", filter=Q(status__in=OPEN_STATUSES, paused_on=None, due_on__lt=timezone.localdate(at))),
        )
    )
    share = Share(found["in_time"], found["answered"])
    return judged(
        Fact(gettext_noop("Answered in time within the last twelve months: %(share)s."), {"share": share}),
        Fact(
            gettext_noop("Open: %(open)s; of these past their date: %(late)s."),
            {"open": People(found["open"]), "late": People(found["late"])},
        ),
        broken=bool(found["late"]),
        watched=found["in_time"] < found["answered"],
    )


for promise, rights in RIGHTS.items():
    promises.check(promise)(partial(_answered, rights=rights))


@promises.check("P119")
def mails(at: datetime) -> Verdict:
    """No mail waits to be sorted for long: it may ask for a right."""
    within: timedelta = settings.RIGHTS["sort_mails_within"]
    found = IncomingMail.objects.filter(state=MailState.UNSORTED).aggregate(
        waiting=Count("pk"),
        late=Count("pk", filter=Q(received_at__lte=at - within)),
        lost=Count("pk", filter=Q(received_at__lte=at - MONTH)),
    )
    fact = Fact(
        gettext_noop("Mails that wait to be sorted: %(waiting)s; for longer than they may: %(late)s."),
        {"waiting": People(found["waiting"]), "late": People(found["late"])},
    )
    return judged(fact, broken=bool(found["lost"]), watched=bool(found["late"]))
