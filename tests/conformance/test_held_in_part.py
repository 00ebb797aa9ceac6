"""A hold on some time keeps the rows of that time and no other, to the second; a hold on a field keeps what would take the field."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from audit.actor import Actor
from subjects import services as subjects
from subjects.enums import HoldGround
from tests.conformance.instants import BRUSSELS, DAY, ORDINARY, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Cast, Person

ACTOR = Actor.system("conformance")


@contextmanager
def held(cast: Cast, person: Person, at: datetime, **narrowed: Any) -> Iterator[None]:
    made = subjects.hold(
        subject_id=person.subject.pk,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=at.date(),
        source=cast.key,
        **narrowed,
        actor=ACTOR,
        at=at,
    )
    yield
    type(made)._default_manager.filter(pk=made.pk).delete()


def is_due(cast: Cast, rule: RetentionRule, row: Model, end: datetime) -> bool:
    found = row.pk in cast.source.due(rule, at=end, limit=100).keys
    assert cast.source.count_due(rule, at=end) == int(found), "what is counted is what is planned"
    return found


def time_of(cast: Cast, rule: RetentionRule, row: Model, *, since: datetime) -> tuple[datetime, timedelta]:
    """Of which time the row is, and how much of it: a second, or a day of Brussels."""
    row.refresh_from_db()
    found = getattr(row, rule.dated) if rule.dated else since
    if isinstance(found, datetime) and (rule.dated or rule.code not in cast.days):
        return found, SECOND
    day = found.astimezone(BRUSSELS).date() if isinstance(found, datetime) else found
    return datetime.combine(day, time.min, tzinfo=BRUSSELS), DAY


def test_a_hold_keeps_what_is_of_its_time_and_what_would_take_its_field(
    cast: Cast, rule: RetentionRule, person: Person, at: datetime
) -> None:
    if rule.code in cast.goes_despite:
        return
    row = cast.ending(rule, person, since=ORDINARY)
    end = cast.ends_at(rule, since=ORDINARY)
    plan = cast.source.due(rule, at=end, limit=100)
    assert row.pk in plan.keys
    moment, long = time_of(cast, rule, row, since=ORDINARY)
    # What says but its end is of any time, and of some there is no part that could be kept.
    is_whole = rule.code in cast.held_whole or not (rule.keep_for or rule.dated)
    names = {field.name for field in cast.source.fields}
    taken = names if rule.clears is None else rule.clears

    of_time = (
        ({"starts_at": moment}, True),
        ({"starts_at": moment + long}, is_whole),
        ({"until": moment + long}, True),
        ({"until": moment}, is_whole),
        ({"starts_at": moment - long, "until": moment + long}, True),
        ({"starts_at": moment + long, "until": moment + 2 * long}, is_whole),
    )
    of_field = [({"field": field}, True) for field in sorted(taken)[:1]] + [
        ({"field": field}, False) for field in sorted(names - taken)[:1]
    ]
    for narrowed, keeps in (*of_time, *of_field):
        with held(cast, person, at, **narrowed):
            assert is_due(cast, rule, row, end) is not keeps, narrowed
            if keeps:
                assert cast.source.destroy(plan, at=end) == 0, "what came after the plan counts"
                assert cast.is_there(rule, row)
    if not is_whole:
        with held(cast, person, at, starts_at=moment + long):
            assert cast.source.destroy(plan, at=end) == 1, "what is of another time goes"
            assert not cast.is_there(rule, row)
