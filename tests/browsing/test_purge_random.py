"""Random visits and holds, and a second connection that writes, holds, releases and erases between plan and deed, and between batches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from browsing import dropping, rules, services, weeks, writing
from browsing.models import Visit, VisitHold
from browsing.personal_data import Visits
from datamap.declaration import Lot
from retention.enums import RunStatus
from retention.models import Run
from retention.services import apply, keep_rule, note, prepare
from tests.browsing.cast import ASKS, make_hold
from tests.elsewhere import elsewhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from uuid import UUID

    from datamap.declaration import PurgePlan

RULE = Visits.retention[0]
ADDRESSES = ("192.0.2.1", "192.0.2.2", "198.51.100.3")
MINUTE = timedelta(minutes=1)
A_WEEK = 7 * 24 * 60

#: Two weeks that are over, the one at the edge, and one of this year.
PLACES = st.integers(0, 3)
MINUTES = st.integers(0, A_WEEK - 1)
VISIT = st.tuples(PLACES, MINUTES, st.sampled_from(ADDRESSES))
HOLD = st.tuples(PLACES, MINUTES, st.integers(1, A_WEEK), st.sampled_from((*ADDRESSES, "")))
DEED = st.one_of(
    st.tuples(st.just("write"), VISIT),
    st.tuples(st.just("hold"), HOLD),
    st.tuples(st.just("release"), st.integers(0, 9)),
    st.tuples(st.just("erase"), st.integers(0, 99)),
)


class Ground:
    """What is there, who holds what, and what must not be lost."""

    def __init__(self, now: datetime) -> None:
        over = rules.HOME
        edge = weeks.week_of(now.astimezone(over) - RULE.keep_for)
        self.mondays = [edge - weeks.WEEK * 8, edge - weeks.WEEK * 2, edge, weeks.week_of(now) - weeks.WEEK]
        self.must_stay: dict[UUID, set[UUID]] = {}
        self.erased: set[UUID] = set()
        self.written: set[UUID] = set()
        weeks.make(self.mondays)

    def instant(self, place: int, minute: int) -> datetime:
        return dropping.bounds(self.mondays[place])[0] + MINUTE * minute

    def write(self, *visits: tuple[int, int, str]) -> None:
        made = [Visit(at=self.instant(place, minute), ip=ip) for place, minute, ip in visits]
        writing.add(made)
        self.written |= {visit.pk for visit in made}

    def hold(self, held: tuple[int, int, int, str]) -> None:
        place, minute, length, ip = held
        start = self.instant(place, minute)
        made = make_hold(starts_at=start, until=start + MINUTE * length, ip=ip)
        covered = Visit.objects.filter(at__gte=made.starts_at, at__lt=made.until, **({"ip": ip} if ip else {}))
        self.must_stay[made.pk] = set(covered.values_list("pk", flat=True))

    def release(self, number: int) -> None:
        for hold in VisitHold.objects.filter(released_at=None).order_by("pk")[number : number + 1]:
            services.release(hold_id=hold.pk, actor=ASKS, at=timezone.now())
            del self.must_stay[hold.pk]

    def erase(self, number: int) -> None:
        """As a person's own request does: their erasure stands above a hold in no case here, so a held row is left out."""
        held = set().union(*self.must_stay.values())
        for visit in Visit.objects.order_by("at", "pk")[number : number + 1]:
            if visit.pk not in held:
                self.erased.add(visit.pk)
                visit.delete()


class Disturbed(Visits):
    """The source as it is, with something happening elsewhere before each batch."""

    def __init__(self, meanwhile: Iterator[Callable[[], None]]) -> None:
        self.meanwhile = meanwhile

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        next(self.meanwhile, lambda: None)()
        return super().destroy(plan, at=at)


def keys() -> set[UUID]:
    return set(Visit.objects.values_list("pk", flat=True))


def named_by(plan: Any, ground: Ground) -> set[UUID]:
    """The rows of a plan, those of its lots one by one."""
    found = {key for key in plan.keys if not isinstance(key, Lot)}
    held = set().union(*ground.must_stay.values())
    for lot in plan.lots:
        found |= set(Visit.objects.filter(at__range=(lot.oldest, lot.newest)).values_list("pk", flat=True)) - held
    return found


@pytest.mark.promise("P074")
@pytest.mark.promise("P075")
@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    # Each try takes half a second: a failure is told at once, not made small first.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    visits=st.lists(VISIT, min_size=20, max_size=80),
    holds=st.lists(HOLD, max_size=3),
    before=st.lists(DEED, max_size=2),
    between=st.lists(DEED, max_size=5),
)
def test_what_goes_is_what_was_planned_less_what_was_held_or_changed_since(settings: Any, visits, holds, before, between):
    settings.RETENTION = settings.RETENTION | {"few": 10_000, "batch": 5}
    settings.BROWSING = settings.BROWSING | {"week_from": 10}
    for model in (Visit, VisitHold, Run):
        model.objects.all().delete()
    now = timezone.now()
    ground = Ground(now)
    with elsewhere() as do:
        ground.write(*visits)
        for held in holds:
            ground.hold(held)
        there = keys()
        source = Visits()
        due = source.due(RULE, at=now, limit=10_000)
        planned = named_by(due, ground)
        run = note(prepare(source=source, rule=RULE, at=now), at=now)
        assert run.planned == due.rows == len(planned)

        def doing(deed: tuple[str, Any]) -> Callable[[], None]:
            name, value = deed
            return lambda: do(lambda: getattr(ground, name)(value))

        for deed in before:
            doing(deed)()
        if due.keys:
            run = apply(run_id=run.pk, source=Disturbed(doing(deed) for deed in between), rule=RULE, at=now)

        after = keys()
        gone = there - after - ground.erased
        assert run.status == RunStatus.DONE
        assert gone <= planned, "nothing goes that was not planned"
        assert run.deleted == len(gone)
        assert run.deleted + run.skipped == run.planned
        assert set().union(*ground.must_stay.values()) <= after, "nothing goes that was held when its turn came"

        assert ground.written - there - ground.erased <= after, "nothing goes that came after the plan"

        do(lambda: [ground.release(0) for _hold in list(ground.must_stay)])
        young = {visit.pk for visit in Visit.objects.all() if not rules.is_over(visit.at, keep_for=RULE.keep_for, now=now)}
        keep_rule(source=source, rule=RULE, at=now)
    assert keys() == young, "once nothing is held, all that is over is gone, and nothing else"
