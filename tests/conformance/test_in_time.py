"""Every rule of every source: its rows stay to the last second of their period, and go with the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from dateutil.relativedelta import relativedelta

from audit.actor import Actor
from subjects import services as subjects
from subjects.enums import HoldGround, RestrictionGround
from tests.conformance import tables
from tests.conformance.casting import STRANGER, Person
from tests.conformance.instants import DAY, INSTANTS, ORDINARY, SECOND
from tests.subjects import lifting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from datamap.declaration import RetentionRule
    from subjects.models import Subject
    from tests.conformance.casting import Cast

ACTOR = Actor.system("conformance")


def due(cast: Cast, rule: RetentionRule, at: datetime, *, limit: int = 100) -> tuple[object, ...]:
    return cast.source.due(rule, at=at, limit=limit).keys


def test_a_row_stays_to_the_last_second_and_goes_with_the_next(cast: Cast, rule: RetentionRule, person: Person) -> None:
    for day, since in INSTANTS.items():
        row = cast.ending(rule, person, since=since)
        end = cast.ends_at(rule, since=since)

        assert due(cast, rule, end - SECOND) == (), day
        plan = cast.source.due(rule, at=end, limit=100)
        assert plan.keys == (row.pk,), day
        assert cast.source.destroy(plan, at=end - SECOND) == 0, f"{day}: destroy looks at the clock again"
        assert cast.is_there(rule, row), day
        assert cast.source.destroy(plan, at=end) == 1, day
        assert not cast.is_there(rule, row), day
        assert due(cast, rule, end) == (), day
        assert cast.source.destroy(plan, at=end) == 0, day


def test_only_what_was_planned_goes_the_oldest_first(cast: Cast, rule: RetentionRule, person: Person, at: datetime) -> None:
    stranger = Person.called(STRANGER, at=at)
    rows = {days: cast.ending(rule, who, since=ORDINARY - days * DAY) for days, who in {2: person, 3: stranger, 1: _third(at)}.items()}
    end = cast.ends_at(rule, since=ORDINARY)

    assert due(cast, rule, end) == (rows[3].pk, rows[2].pk, rows[1].pk)
    plan = cast.source.due(rule, at=end, limit=2)
    assert plan.keys == (rows[3].pk, rows[2].pk)
    assert cast.source.destroy(plan, at=end) == 2
    assert [cast.is_there(rule, rows[days]) for days in (3, 2, 1)] == [False, False, True]
    assert cast.source.destroy(cast.source.due(rule, at=end, limit=0), at=end) == 0
    assert due(cast, rule, end) == (rows[1].pk,)


def _third(at: datetime) -> Person:
    return Person.called("third@customer.example", at=at)


def test_the_oldest_row_is_live_evidence(cast: Cast, rule: RetentionRule, person: Person, at: datetime) -> None:
    assert not due(cast, rule, ORDINARY)
    cast.ending(rule, person, since=ORDINARY)
    cast.ending(rule, Person.called(STRANGER, at=at), since=ORDINARY - 3 * DAY)

    oldest = cast.source.oldest(rule)

    assert oldest is not None
    assert oldest.tzinfo
    known = ORDINARY - 3 * DAY
    assert oldest == (known.replace(hour=0, minute=0) if rule.code in cast.days else known)


def test_before_anything_is_there_nothing_is_due_and_nothing_is_oldest(cast: Cast, rule: RetentionRule, at: datetime) -> None:
    assert due(cast, rule, at + relativedelta(years=100)) == ()
    assert cast.source.oldest(rule) is None


def _hold(subject: Subject, at: datetime, source: str) -> Callable[[], Any]:
    made = subjects.hold(
        subject_id=subject.pk,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=at.date(),
        actor=ACTOR,
        at=at,
        source=source,
    )
    return lambda: subjects.release(hold_id=made.pk, actor=ACTOR, at=at)


def _restrict(subject: Subject, at: datetime, _source: str) -> Callable[[], Any]:
    made = subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=at)
    return lambda: lifting.lift(made.pk, told_at=at, at=at)


@pytest.mark.parametrize("protect", [_hold, _restrict], ids=["hold", "restriction"])
def test_a_purge_passes_over_whom_a_hold_or_a_restriction_protects(
    cast: Cast, rule: RetentionRule, person: Person, at: datetime, protect: Callable[[Subject, datetime, str], Callable[[], Any]]
) -> None:
    if rule.code in cast.goes_despite or (protect is _restrict and rule.code in cast.unrestricted):
        return
    other = Person.called(STRANGER, at=at)
    theirs, row = cast.ending(rule, other, since=ORDINARY - DAY), cast.ending(rule, person, since=ORDINARY)
    end = cast.ends_at(rule, since=ORDINARY)
    plan = cast.source.due(rule, at=end, limit=100)
    assert set(plan.keys) == {theirs.pk, row.pk}

    let_go = protect(person.subject, at, cast.key)

    assert due(cast, rule, end) == (theirs.pk,)
    with tables.unchanged(only=tables.rows_of(type(row), [row.pk])):
        assert cast.source.destroy(plan, at=end) == 1, "what came after the plan counts"
    let_go()
    cast.after_protection(person)
    assert due(cast, rule, end) == (row.pk,)
    assert cast.source.destroy(plan, at=end) == 1
    assert not cast.is_there(rule, row)
