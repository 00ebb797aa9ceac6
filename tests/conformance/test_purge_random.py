"""Of every source that works row by row: a plan is what goes, less what somebody else held, restricted, deleted or added meanwhile."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audit.actor import Actor
from datamap.rows import RowSource
from retention.enums import RunStatus
from retention.services import apply, keep_rule, note, prepare
from subjects import services as subjects
from subjects.enums import HoldGround, RestrictionGround
from tests.conformance.casting import Cast, Person, casts
from tests.conformance.instants import DAY, ORDINARY
from tests.elsewhere import elsewhere
from tests.subjects import lifting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from django.db.models import Model

    from datamap.declaration import PurgePlan, RetentionRule

ACTOR = Actor.system("conformance")
#: What is kept as evidence is deleted by the clock of the database alone, and a customer's database by a server.
LEFT_OUT = ("hosting.", "backups.", "connectors.")
#: Nobody comes twice: what an earlier try left is young, and stays.
NUMBERS = count()
PEOPLE = st.integers(0, 5)
#: Days before or after the one on which a period ends just now.
ENDS = st.integers(-20, 20)
DEED = st.one_of(
    st.tuples(st.just("hold"), PEOPLE, st.sampled_from(["everything", "category", "its time", "another time", "a field"])),
    st.tuples(st.just("restrict"), PEOPLE, st.just("")),
    st.tuples(st.just("let_go"), PEOPLE, st.just("")),
    st.tuples(st.just("delete"), PEOPLE, st.just("")),
    st.tuples(st.just("add"), st.just(0), ENDS),
)


def suitable(cast: Cast) -> Iterator[RetentionRule]:
    source = cast.source
    if cast.key.startswith(LEFT_OUT) or (isinstance(source, RowSource) and source.guarded):
        return
    # Of a rule whose rows say their end alone no row is of some time.
    yield from (
        rule
        for rule in source.retention
        if rule.code not in {*cast.goes_despite, *cast.held_whole, *cast.unrestricted} and rule.keep_for and not rule.dated
    )


KINDS = [pytest.param(cast, next(suitable(cast)), id=key) for key, cast in casts().items() if next(suitable(cast), None)]


class Ground:
    """Who has which row, and whose must not be lost."""

    def __init__(self, cast: Cast, rule: RetentionRule, at: datetime) -> None:
        self.cast, self.rule, self.at = cast, rule, at
        self.rows: dict[Any, tuple[Person, Model, datetime]] = {}
        self.must_stay: dict[Any, list[Callable[[], object]]] = {}
        self.loosened: list[Callable[[], object]] = []
        self.deleted: set[Any] = set()

    def meet(self, deed: tuple[str, int, Any]) -> None:
        name, number, how = deed
        getattr(self, name)(number, how)

    def add(self, _number: int, days: int) -> None:
        person = Person.called(f"p{next(NUMBERS)}@customer.example", at=self.at)
        since = ORDINARY + days * DAY
        row = self.cast.ending(self.rule, person, since=since)
        self.rows[row.pk] = (person, row, since)

    def nth(self, number: int) -> tuple[Person, Model, datetime] | None:
        there = [one for key, one in sorted(self.rows.items(), key=str) if key in self.keys()]
        return there[number % len(there)] if there else None

    def keys(self) -> set[Any]:
        return {key for key, (_person, row, _since) in self.rows.items() if self.cast.is_there(self.rule, row)}

    def hold(self, number: int, scope: str) -> None:
        if (found := self.nth(number)) is None:
            return
        person, row, since = found
        day = {"its time": since - DAY, "another time": since + 2 * DAY}.get(scope)
        field = min(self.rule.clears or {field.name for field in self.cast.source.fields}) if scope == "a field" else ""
        made = subjects.hold(
            subject_id=person.subject.pk,
            ground=HoldGround.LITIGATION,
            owner_id="officer",
            review_on=self.at.date(),
            source="" if scope == "everything" else self.cast.key,
            field=field,
            starts_at=day,
            until=day and day + 3 * DAY,
            actor=ACTOR,
            at=self.at,
        )
        let_go = lambda: subjects.release(hold_id=made.pk, actor=ACTOR, at=self.at)  # noqa: E731 - one of a list
        if scope == "another time":
            self.loosened.append(let_go)
        else:
            self.must_stay.setdefault(row.pk, []).append(let_go)

    def restrict(self, number: int, _scope: str) -> None:
        if (found := self.nth(number)) is None:
            return
        person, row, _since = found
        made = subjects.restrict(subject_id=person.subject.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=self.at)
        self.must_stay.setdefault(row.pk, []).append(lambda: lifting.lift(made.pk, told_at=self.at, at=self.at))

    def let_go(self, number: int, _scope: str) -> None:
        for key in sorted(self.must_stay, key=str)[number : number + 1]:
            for end in self.must_stay.pop(key):
                end()

    def delete(self, number: int, _scope: str) -> None:
        """By whoever else may: what others protect stays, and what must stay is nobody's to delete."""
        if (found := self.nth(number)) is None or found[1].pk in self.must_stay:
            return
        row = found[1]
        try:
            with transaction.atomic():
                type(row)._default_manager.filter(pk=row.pk).delete()
        except DatabaseError:
            return
        self.deleted.add(row.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("player", "period"), KINDS)
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    story=st.tuples(st.lists(ENDS, min_size=5, max_size=9), st.lists(DEED, min_size=1, max_size=3), st.lists(DEED, min_size=2, max_size=4))
)
def test_what_goes_is_what_was_planned_less_what_changed_since(settings: Any, player: Cast, period: RetentionRule, story):
    cast, rule = player, period
    settings.RETENTION = settings.RETENTION | {"few": 10_000, "batch": 2}
    at = cast.ends_at(rule, since=ORDINARY)
    ends, before, between = story
    ground = Ground(cast, rule, at)
    for days in ends:
        ground.add(0, days)
    there = ground.keys()
    with elsewhere() as do:
        deeds = (partial(do, partial(ground.meet, deed)) for deed in between)

        class Disturbed(type(cast.source)):  # type: ignore[misc]
            """The source as it is, with something happening elsewhere before each batch."""

            def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
                next(deeds, lambda: None)()
                return int(super().destroy(plan, at=at))

        planned = set(cast.source.due(rule, at=at, limit=1000).keys)
        assert planned == {key for key, (_person, _row, since) in ground.rows.items() if since <= ORDINARY}
        run = note(prepare(source=cast.source, rule=rule, at=at), at=at)
        for deed in before:
            do(partial(ground.meet, deed))
        if planned:
            run = apply(run_id=run.pk, source=Disturbed(), rule=rule, at=at)

        gone = there - ground.keys() - ground.deleted
        assert run.status == RunStatus.DONE
        assert gone <= planned, "nothing goes that was not planned"
        assert (run.deleted, run.deleted + run.skipped) == (len(gone), run.planned)
        assert set(ground.must_stay) <= ground.keys(), "nothing goes that was held when its turn came"
        assert set(ground.rows) - there - ground.deleted <= ground.keys(), "nothing goes that came after the plan"

        do(lambda: [end() for ends in [*ground.must_stay.values(), ground.loosened] for end in ends])
        keep_rule(source=cast.source, rule=rule, at=at)
    young = {key for key, (_person, _row, since) in ground.rows.items() if since > ORDINARY} - ground.deleted
    assert ground.keys() == young, "once nothing is held, all that is over is gone, and nothing else"
