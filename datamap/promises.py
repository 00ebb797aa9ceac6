"""Promises of the policy, watched: the category that keeps one registers a check, which reads figures and decides.

A check tells figures as plain values beside a sentence, never a person. Rules of retention that name a promise need none: one check
serves them all (``_period``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from datamap import registry

if TYPE_CHECKING:
    from datamap.declaration import RetentionRule, Source, Text

#: Rows that became due since the last rounds of the purge are not late yet.
ROUNDS = timedelta(hours=2)
#: What is due for longer has been missed: whoever is told "deleted" or "after twelve months" does not wait for days.
MISSED = timedelta(hours=24)


class State(models.TextChoices):
    """How a promise stands. A check gives one of the first three; the others say that none could, or that people must decide."""

    KEPT = "KEPT", pgettext_lazy("promise", "Kept")
    WATCHED = "WATCHED", _("Being watched")
    BROKEN = "BROKEN", _("Not kept")
    UNKNOWN = "UNKNOWN", _("Not seen lately")
    DECIDE = "DECIDE", _("For decision")


#: Of several checks of one promise the worst counts.
WORST = (State.BROKEN, State.UNKNOWN, State.WATCHED, State.DECIDE, State.KEPT)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows of people: a small number is hidden from the public."""

    number: int


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; where either is small, or what is missing is, the public is not told the figures."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Age:
    """Time gone by, in whole days; the public is told months."""

    days: int


#: What a sentence may hold. Text is a label of ours, translated where it is read; a plain number counts nobody.
Figure: TypeAlias = "Count | Share | Age | int | date | relativedelta | Text"


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of evidence, marked by ``gettext_noop``, and the figures for its places."""

    words: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    for_staff: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found. ``state`` is kept, watched or broken."""

    state: State
    facts: tuple[Fact, ...]


Check: TypeAlias = Callable[[datetime], Verdict]

_checks: dict[str, list[Check]] = defaultdict(list)


def check(*promises: str) -> Callable[[Check], Check]:
    """Have a function say, live, how these promises stand. It asks for aggregates and writes nothing."""

    def registered(function: Check) -> Check:
        for promise in promises:
            known = [one for one in _checks[promise] if _name(one) != _name(function)]
            _checks[promise] = [*known, function]
        return function

    return registered


def checks_of(promise: str) -> tuple[Check, ...]:
    return tuple(_checks.get(promise, ()))


def watched() -> frozenset[str]:
    """The promises about which data say something."""
    return frozenset(promise for promise, found in _checks.items() if found) | {rule.promise for _source, rule in _rules() if rule.promise}


def rules_of(promise: str) -> list[tuple[Source, RetentionRule]]:
    """The rules of retention that keep a promise."""
    return [(source, rule) for source, rule in _rules() if rule.promise == promise]


def look(promise: str, *, at: datetime) -> Verdict | None:
    """How a promise stands by all its checks and all rules that name it; None where nothing watches it."""
    found = [one(at) for one in checks_of(promise)]
    found += [_period(source, rule, at=at) for source, rule in rules_of(promise)]
    if not found:
        return None
    states = {verdict.state for verdict in found}
    worst = next(state for state in WORST if state in states)
    return Verdict(worst, tuple(fact for verdict in _worst_first(found) for fact in verdict.facts))


def judged(*facts: Fact, broken: bool = False, watched: bool = False) -> Verdict:
    """A verdict by what was found, the worse first."""
    return Verdict(State.BROKEN if broken else State.WATCHED if watched else State.KEPT, facts)


def _worst_first(found: Iterable[Verdict]) -> list[Verdict]:
    return sorted(found, key=lambda verdict: WORST.index(verdict.state))


def _name(function: Check) -> tuple[str, str]:
    return function.__module__, function.__qualname__


def _rules() -> Iterator[tuple[Source, RetentionRule]]:
    """What the purge keeps by itself."""
    return ((source, rule) for source in registry.all_sources() if not source.is_manual for rule in source.retention)


def _period(source: Source, rule: RetentionRule, *, at: datetime) -> Verdict:
    """Whether rows go when the period of their rule is over: asked of the rows themselves, whatever the purge says of itself."""
    in_force = source.rule_of(rule.code, at=at)
    oldest = source.oldest(in_force)
    limit = in_force.keep_for or _("the day in each row")
    if oldest is None:
        return judged(Fact(gettext_noop("%(what)s. Nothing is there; the limit is %(limit)s."), {"what": rule.label, "limit": limit}))
    if not in_force.keep_for:
        fact = Fact(gettext_noop("%(what)s. The first of them ends on %(day)s."), {"what": rule.label, "day": oldest}, for_staff=True)
        return _late(source, in_force, oldest, fact, at=at)
    figures: dict[str, Figure] = {"what": rule.label, "age": Age(max((at - oldest).days, 0)), "limit": limit}
    return _late(
        source, in_force, oldest, Fact(gettext_noop("%(what)s. The oldest is %(age)s old; the limit is %(limit)s."), figures), at=at
    )


def _late(source: Source, rule: RetentionRule, oldest: datetime, fact: Fact, *, at: datetime) -> Verdict:
    """The rows are counted only where the oldest one says that there may be some."""
    if oldest + rule.keep_for > at - ROUNDS:
        return judged(fact)
    late = source.count_due(rule, at=at - ROUNDS)
    if not late:
        return judged(fact, Fact(gettext_noop("What is older is held for a recorded reason.")))
    missed = source.count_due(rule, at=at - MISSED)
    words = gettext_noop("Past their limit and not deleted yet: %(count)s.")
    return judged(fact, Fact(words, {"count": Count(late)}), broken=bool(missed), watched=True)
