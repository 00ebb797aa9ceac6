from __future__ import annotations

from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import DateTimeField, Exists, F, Func, OuterRef, Q

from browsing.models import LinkCase, Visit, VisitHold
from browsing.rules import CLAMP
from datamap import periods
from subjects import holds
from subjects import selectors as subjects
from subjects.holds import EVERY, Reach

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from browsing.models import LinkCaseQuerySet
    from subjects.models import Subject

VISITS = "browsing.visits"
#: Holds on visits of any time: what is on some time is asked of each visit.
TIMELESS = Reach(is_timeless=True)
VISITS_RULE = "browsing.visits.12-months"


class PeriodEnds(Func):
    """The end of a calendar period of months and days that began with a visit, by the clock of Brussels."""

    template = "((%(expressions)s AT TIME ZONE '%(zone)s') + interval '%(months)s months %(days)s days') AT TIME ZONE '%(zone)s'"
    output_field = DateTimeField()


def kept_for(at: datetime) -> relativedelta:
    """How long visits stay: the period in force."""
    return periods.shortened(VISITS_RULE, relativedelta(months=settings.BROWSING["keep_months"]), at=at)


def _end_of(column: str, keep_for: relativedelta) -> PeriodEnds:
    months, days = periods.in_parts(keep_for)
    return PeriodEnds(F(column), months=months, days=days, zone=settings.TIME_ZONE)


def over(visits: QuerySet[Visit], *, keep_for: relativedelta, at: datetime) -> QuerySet[Visit]:
    """Those whose period has ended at ``at``: first what an index and the partitions can answer, then the calendar's own reckoning."""
    return visits.filter(at__lte=at - keep_for + CLAMP).alias(ends=_end_of("at", keep_for)).filter(ends__lte=at)


def released_over(*, keep_for: relativedelta, at: datetime) -> QuerySet[VisitHold]:
    """Holds whose release lies as long back, reckoned in the same way."""
    return VisitHold.objects.filter(released_at__isnull=False).alias(ends=_end_of("released_at", keep_for)).filter(ends__lte=at)


def _within() -> Q:
    """Of a row with a stretch of time: the visit lies in it."""
    return Q(starts_at__lte=OuterRef("at"), until__gt=OuterRef("at"))


def on_hold(ground: str = "") -> Exists:
    """A hold on visits covers it (P075), of one ground or of any."""
    holds = VisitHold.objects.filter(_within(), Q(ip=None) | Q(ip=OuterRef("ip")), released_at=None)
    return Exists(holds.filter(ground=ground) if ground else holds)


def linked_by(cases: QuerySet[LinkCase]) -> Exists:
    """One of these link cases covers it."""
    return Exists(cases.filter(_within(), ip=OuterRef("ip")))


def open_cases_of(subject: Subject) -> QuerySet[LinkCase]:
    return LinkCase.objects.open().filter(subject=subject)


def _kept_cases(reach: Reach = EVERY) -> LinkCaseQuerySet:
    return LinkCase.objects.open().filter(subject__in=subjects.kept_subjects(source=VISITS, reach=reach))


def _linked_with_the_kept() -> Q:
    """A visit that an open case links with a person who is under a hold, is restricted or waits for an answer; where a hold is on
    some time, a visit of that time.
    """
    whole = linked_by(_kept_cases(TIMELESS))
    to = "subject__holds__"
    held = LinkCase.objects.open().filter(holds.standing(VISITS, to=to) & holds.at_time(OuterRef("at"), to=to))
    return Q(whole) | Q(linked_by(held))


def unprotected() -> QuerySet[Visit]:
    """Visits that a purge may take: no hold on them stands, and nobody with whom they are linked is under one, is restricted or
    waits for an answer.
    """
    return Visit.objects.exclude(on_hold()).exclude(_linked_with_the_kept())


def protected() -> QuerySet[Visit]:
    """The others."""
    return Visit.objects.filter(Q(on_hold()) | _linked_with_the_kept())


def is_any_protected(*, starts_at: datetime, until: datetime) -> bool:
    """Whether anything protects visits of a stretch of time: its rows need not be asked one by one where nothing does."""
    stretch = Q(starts_at__lt=until, until__gt=starts_at)
    return VisitHold.objects.filter(stretch, released_at=None).exists() or _kept_cases().filter(stretch).exists()


def visits_of_case(case: LinkCase) -> QuerySet[Visit]:
    """What an open link case shows; nothing of one that is not open."""
    return Visit.objects.filter(
        linked_by(LinkCase.objects.open().filter(pk=case.pk)), ip=case.ip, at__gte=case.starts_at, at__lt=case.until
    )
