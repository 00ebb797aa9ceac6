"""The boards: how every promise was last seen, section by section. Nothing is checked when one is opened."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import npgettext

from datamap.promises import State
from policy.models import PromiseState, PromiseWatch
from policy.promises import facts, listed
from policy.promises.accounting import is_decided
from policy.promises.facts import Reader
from policy.promises.looking import standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policy.promises.listed import Promise, Section

SHAPES: Mapping[State, str] = {
    State.KEPT: "done",
    State.WATCHED: "watched",
    State.BROKEN: "late",
    State.UNKNOWN: "watched",
    State.DECIDE: "decide",
}
#: As they are told in a sum, and as they are urgent.
ORDER = (State.KEPT, State.WATCHED, State.UNKNOWN, State.BROKEN, State.DECIDE)
URGENT = (State.BROKEN, State.UNKNOWN, State.WATCHED, State.DECIDE)
#: Days of the chart of one promise.
DAYS = 60
#: Rows of its table.
CHANGES = 20
WEEK = timedelta(days=7)


def counted(state: State, number: int) -> str:
    """The word of a state after so many promises: some languages bend it."""
    words: Mapping[State, str] = {
        State.KEPT: npgettext("so many promises", "kept", "kept", number),
        State.WATCHED: npgettext("so many promises", "being watched", "being watched", number),
        State.UNKNOWN: npgettext("so many promises", "not seen lately", "not seen lately", number),
        State.BROKEN: npgettext("so many promises", "not kept", "not kept", number),
        State.DECIDE: npgettext("so many promises", "for decision", "for decision", number),
    }
    return words[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One promise as it is shown. ``since`` and ``seen_at`` are missing before the first look."""

    promise: Promise
    state: State
    since: datetime | None
    seen_at: datetime | None
    evidence: tuple[str, ...]
    is_checked: bool
    is_open: bool

    @property
    def word(self) -> str:
        return str(self.state.label)

    @property
    def shape(self) -> str:
        return SHAPES[self.state]

    @property
    def reason(self) -> str:
        """Why people must decide, while they have not."""
        return str(self.promise.decision.reason) if self.promise.decision and self.is_open else ""


@dataclass(frozen=True, slots=True)
class Block:
    section: Section
    rows: tuple[Row, ...]

    @property
    def anchor(self) -> str:
        return f"section-{self.section.number}"

    @property
    def heading(self) -> str:
        return f"{self.section.number}. {self.section.title}"

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Words of each state that occurs, and how often."""
        found = Counter(row.state for row in self.rows)
        return [(counted(state, found[state]), found[state]) for state in ORDER if found[state]]


@dataclass(frozen=True, slots=True)
class Tally:
    shape: str
    word: str
    number: int


@dataclass(frozen=True, slots=True)
class Board:
    blocks: tuple[Block, ...]
    seen_at: datetime | None

    @property
    def rows(self) -> list[Row]:
        return [row for block in self.blocks for row in block.rows]

    @property
    def tallies(self) -> list[Tally]:
        """Each state with its number; not kept and not seen only where they occur."""
        found = Counter(row.state for row in self.rows)
        wanted = [state for state in ORDER if found[state] or state not in {State.BROKEN, State.UNKNOWN}]
        return [Tally(SHAPES[state], capfirst(counted(state, found[state])), found[state]) for state in wanted]

    @property
    def sum_rows(self) -> list[tuple[str, int]]:
        return [(tally.word, tally.number) for tally in self.tallies]

    @property
    def sum_total(self) -> tuple[str, int]:
        return _("Promises"), len(self.rows)

    @property
    def needy(self) -> list[Row]:
        """What needs a person, the most urgent first."""
        return sorted((row for row in self.rows if row.state in URGENT), key=lambda row: (URGENT.index(row.state), row.promise.id))


def read(*, reader: Reader, at: datetime) -> Board:
    """Every promise as it was last seen, in one statement."""
    watches = PromiseWatch.objects.in_bulk()
    blocks = tuple(
        Block(section, tuple(_row(promise, watches.get(promise.id), reader=reader, at=at) for promise in section.promises))
        for section in listed.sections()
    )
    return Board(blocks, min((watch.seen_at for watch in watches.values()), default=None))


def row_of(promise: Promise, *, at: datetime) -> Row:
    return _row(promise, PromiseWatch.objects.filter(pk=promise.id).first(), reader=Reader.STAFF, at=at)


def version(*, language: str, at: datetime) -> str:
    """Changes whenever the public board would: with a look, with what nobody has looked at for too long, and with a release."""
    stale = Q(is_checked=True, seen_at__lte=at - settings.PROMISES["stale_after"])
    found = PromiseWatch.objects.aggregate(seen=Max("seen_at"), since=Max("since"), stale=Count("pk", filter=stale), number=Count("pk"))
    told = [language, _release(), *(str(found[name]) for name in ("seen", "since", "stale", "number"))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


@cache
def _release() -> str:
    """Digest of what the page is made of beside the rows: the list, the templates, the translations, the names of its files."""
    files = [
        *sorted(listed.FOLDER.glob("*.toml")),
        *sorted((settings.BASE_DIR / "templates").rglob("*.html")),
        *(file for folder in settings.LOCALE_PATHS for file in sorted(Path(folder).rglob("*.mo"))),
    ]
    digest = hashlib.sha256(staticfiles_storage.url("icons.svg").encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _row(promise: Promise, watch: PromiseWatch | None, *, reader: Reader, at: datetime) -> Row:
    is_open = not is_decided(promise)
    if watch is None:
        return Row(promise=promise, state=State.UNKNOWN, since=None, seen_at=None, evidence=(), is_checked=False, is_open=is_open)
    return Row(
        promise=promise,
        state=_shown(standing(watch, at=at), reader),
        since=watch.since,
        seen_at=watch.seen_at,
        evidence=tuple(facts.said(watch.evidence, reader=reader)),
        is_checked=watch.is_checked,
        is_open=is_open,
    )


def _shown(state: State, reader: Reader) -> State:
    """Of what nobody can see just now the public is told that it is being watched."""
    return State.WATCHED if state == State.UNKNOWN and reader == Reader.PUBLIC else state


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a promise by the worst of its states, and its bar; without a word where there was no look yet."""

    on: date
    word: str
    shape: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    word: str
    shape: str
    evidence: tuple[str, ...]


#: The worse, the taller: the chart is read without colours too.
HEIGHTS: Mapping[State, int] = {State.KEPT: 10, State.DECIDE: 16, State.WATCHED: 22, State.UNKNOWN: 22, State.BROKEN: 34}
TALLEST, LOWEST, STEP = 34, 2, 10


def days_of(promise: Promise, *, at: datetime) -> list[Day]:
    """The last days of a promise, each by the worst state that it had; a state lasts until the next is written down."""
    today = timezone.localdate(at)
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    begin = timezone.make_aware(datetime.combine(days[0], time.min))
    states = PromiseState.objects.filter(promise=promise.id)
    of_day: dict[date, list[State]] = defaultdict(list)
    for found_at, state in states.filter(at__gte=begin).order_by("at").values_list("at", "state"):
        of_day[timezone.localdate(found_at)].append(State(state))
    before = states.filter(at__lt=begin).values_list("state", flat=True).first()
    last = [State(before)] if before else []
    shown = []
    for number, on in enumerate(days):
        shown.append(_day(number, on, max([*last, *of_day[on]], key=HEIGHTS.__getitem__, default=None)))
        last = of_day[on][-1:] or last
    return shown


def _day(number: int, on: date, state: State | None) -> Day:
    height = HEIGHTS[state] if state else LOWEST
    word, shape = (str(state.label), SHAPES[state]) if state else ("", "none")
    return Day(on=on, word=word, shape=shape, x=number * STEP, y=TALLEST - height, height=height)


def changes_of(promise: Promise) -> list[Change]:
    """The latest changes, the newest first."""
    found = PromiseState.objects.filter(promise=promise.id, is_change=True)[:CHANGES]
    return [
        Change(one.at, str(State(one.state).label), SHAPES[State(one.state)], tuple(facts.said(one.evidence, reader=Reader.STAFF)))
        for one in found
    ]


def changed_lately(board: Board, *, at: datetime) -> list[Row]:
    """What stands otherwise than a week ago; the first look of all is no change."""
    begun = PromiseState.objects.aggregate(begun=Min("at"))["begun"]
    return [row for row in board.rows if begun and row.since and row.since > max(begun, at - WEEK)]
