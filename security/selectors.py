from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Prefetch, Q

from datamap.incidents import Incident
from datamap.measures import Measure as Declared
from security.enums import Audience, MeasureKind, OurRole, Risk
from security.models import Account, AffectedCustomer, AffectedPerson, Breach, Decision, Evidence, Measure, Submission
from security.rules import Decided, Standing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from uuid import UUID


def standing(breach: Breach) -> Standing:
    """What has been done of all that a breach needs."""
    return standings([breach])[breach.pk]


def standings(breaches: Collection[Breach]) -> dict[UUID, Standing]:
    """The same of several, in as many questions as of one."""
    keys = [breach.pk for breach in breaches]
    accounts = {one.breach_id: one for one in Account.objects.filter(breach__in=keys).order_by("breach_id", "-id").distinct("breach_id")}
    last = Decision.objects.filter(breach__in=keys).order_by("breach_id", "audience", "-id").distinct("breach_id", "audience")
    decisions: dict[UUID, dict[Audience, Decided]] = {key: {} for key in keys}
    for one in last:
        decisions[one.breach_id][Audience(one.audience)] = Decided(is_told=one.is_told, holds=one.holds, reason=one.reason)
    submitted = dict(Submission.objects.filter(breach__in=keys).order_by().values_list("breach").annotate(Count("pk")))
    customers, people = _told(AffectedCustomer, keys), _told(AffectedPerson, keys)
    return {
        key: Standing(
            risk=Risk(accounts[key].risk) if key in accounts else None,
            role=OurRole(accounts[key].role) if key in accounts else None,
            decisions=decisions[key],
            submissions=submitted.get(key, 0),
            customers=customers.get(key, (0, 0))[0],
            customers_told=customers.get(key, (0, 0))[1],
            people=people.get(key, (0, 0))[0],
            people_told=people.get(key, (0, 0))[1],
        )
        for key in keys
    }


def _told(model: type[AffectedCustomer | AffectedPerson], keys: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many were named and how many of them told, by breach."""
    counted = model._default_manager.filter(breach__in=keys).order_by().values_list("breach")
    found = counted.annotate(named=Count("pk"), told=Count("pk", filter=Q(told_at__isnull=False)))
    return {breach: (named, told) for breach, named, told in found}


def last_decisions(breach: Breach) -> dict[Audience, Decision]:
    return {Audience(one.audience): one for one in Decision.objects.filter(breach=breach).order_by("id")}


def incidents_about(reference: str) -> list[Incident]:
    """For the page of the case: see ``datamap.incidents``."""
    found = Breach.objects.filter(about=reference).order_by("known_at") if reference else Breach.objects.none()
    return [Incident(reference=breach.reference, known_at=breach.known_at) for breach in found]


def running(references: Collection[str]) -> set[str]:
    """Breaches that still need their letters: the open ones."""
    return set(Breach.objects.filter(reference__in=list(references), closed_at=None).values_list("reference", flat=True))


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure with its last evidence. It is stale when nobody has ever seen it at work, or should have looked again by now."""

    measure: Measure
    last: Evidence | None
    is_stale: bool
    is_soon: bool


def measures(*, on: date, soon: int = 0) -> list[MeasureRow]:
    """The measures that are taken, the stale first; ``soon`` days before its review a measure is marked."""
    newest = Prefetch(
        "evidence", queryset=Evidence.objects.order_by("measure_id", "-seen_on", "-id").distinct("measure_id"), to_attr="newest"
    )
    rows = [_row(measure, on=on, soon=soon) for measure in Measure.objects.filter(is_taken=True).prefetch_related(newest)]
    return sorted(rows, key=lambda row: (not row.is_stale, not row.is_soon, row.measure.kind, row.measure.code))


def _row(measure: Measure, *, on: date, soon: int) -> MeasureRow:
    newest: list[Evidence] = measure.newest  # type: ignore[attr-defined]  # prefetched by whoever asks
    last = newest[0] if newest else None
    days = (last.review_on - on).days if last else -1
    return MeasureRow(measure=measure, last=last, is_stale=days < 0, is_soon=0 <= days <= soon)


def declared_measures(on: date) -> list[Declared]:
    """For the record of processing and the public pages: see ``datamap.measures``."""
    rows = sorted(measures(on=on), key=lambda row: (row.measure.kind, row.measure.code))
    return [
        Declared(
            code=row.measure.code,
            kind=MeasureKind(row.measure.kind).label,
            label=row.measure.label,
            text=row.measure.text,
            shown_on=row.last.seen_on if row.last else None,
            review_on=row.last.review_on if row.last else None,
        )
        for row in rows
    ]
