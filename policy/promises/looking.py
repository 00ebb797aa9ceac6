"""A look at every promise: its checks are run, what they found is noted, a change is kept as evidence and told to the privacy officer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from audit.actor import Actor
from audit.services import record
from audit.turns import take_turn
from datamap import promises as checks
from datamap.promises import Fact, State
from datamap.rows import RETENTION, as_retention
from policy.models import PromiseState, PromiseWatch
from policy.promises import facts
from policy.promises.accounting import is_decided
from policy.promises.listed import all_promises

if TYPE_CHECKING:
    from datamap.promises import Verdict
    from policy.promises.listed import Promise

logger = logging.getLogger(__name__)

ACTOR = Actor.system("policy.look")
FAILED = Fact(gettext_noop("The check itself failed: nothing can be said until it runs again."))
SUSPECTED = Fact(gettext_noop("Seen for the first time: it counts once the next look finds the same."))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found of a promise. ``verdict`` is None where nothing watches it, or where its check failed."""

    promise: Promise
    verdict: Verdict | None
    has_failed: bool = False


def look(*, at: datetime) -> int:
    """See how every promise stands and note it; how many changed. A check that fails keeps no other from its turn."""
    watched = checks.watched()
    seen = [_see(promise, at=at) if promise.id in watched else Seen(promise, None) for promise in all_promises().values()]
    with transaction.atomic():
        # Of two who look at once the second compares with what the first has noted.
        take_turn("policy.look")
        return _note(seen, at=at)


def forget(*, at: datetime) -> int:
    """Delete what is past its years, as the retention role; a process without it leaves that to the worker."""
    if RETENTION not in connections:
        return 0
    with as_retention():
        return PromiseState.objects.using(RETENTION).filter(expires_at__lte=at).delete()[0]


def standing(watch: PromiseWatch, *, at: datetime) -> State:
    """How a promise stands now: what a check said too long ago is not known any more."""
    if watch.is_checked and watch.seen_at <= at - settings.PROMISES["stale_after"]:
        return State.UNKNOWN
    return State(watch.state)


def _see(promise: Promise, *, at: datetime) -> Seen:
    """Run the checks of one promise; whatever they did to the database is undone."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{settings.PROMISES['statement_seconds']}s"])
            verdict = checks.look(promise.id, at=at)
            transaction.set_rollback(True)
    except Exception:
        logger.exception("The promise %s could not be looked at.", promise.id)
        return Seen(promise, None, has_failed=True)
    return Seen(promise, verdict)


def _note(seen: list[Seen], *, at: datetime) -> int:
    known = PromiseWatch.objects.in_bulk()
    today = timezone.make_aware(datetime.combine(timezone.localdate(at), time.min))
    noted_today = set(PromiseState.objects.filter(at__gte=today).values_list("promise", flat=True))
    watches = [_watch(one, known.get(one.promise.id), at=at) for one in seen]
    changed = {watch.promise for watch in watches if _has_changed(watch, known.get(watch.promise))}
    for watch in watches:
        if watch.promise in changed and watch.promise in known:
            previous = known[watch.promise].state
            record(action="promise.changed", about=f"promise:{watch.promise}", actor=ACTOR, at=at, state=watch.state, previous=previous)
    PromiseWatch.objects.exclude(promise__in=[watch.promise for watch in watches]).delete()
    written = ["state", "since", "evidence", "is_checked", "seen_at", "suspected_at"]
    PromiseWatch.objects.bulk_create(watches, update_conflicts=True, unique_fields=["promise"], update_fields=written)
    PromiseState.objects.bulk_create(
        _state(watch, is_change=watch.promise in changed, at=at)
        for watch in watches
        if watch.promise in changed or watch.promise not in noted_today
    )
    return len(changed)


def _has_changed(watch: PromiseWatch, known: PromiseWatch | None) -> bool:
    return known is None or known.state != watch.state


def _watch(seen: Seen, known: PromiseWatch | None, *, at: datetime) -> PromiseWatch:
    state, suspected_at = _judge(seen, known, at=at)
    is_same = known is not None and known.state == state
    return PromiseWatch(
        promise=seen.promise.id,
        state=state,
        since=known.since if is_same and known is not None else at,
        evidence=_evidence(seen, state),
        is_checked=seen.has_failed or seen.verdict is not None,
        # What could not be seen was last seen when it was.
        seen_at=known.seen_at if seen.has_failed and known is not None else at,
        suspected_at=suspected_at,
    )


def _judge(seen: Seen, known: PromiseWatch | None, *, at: datetime) -> tuple[State, datetime | None]:
    """The state, and since when it is suspected to be broken."""
    if seen.has_failed:
        return State.UNKNOWN, known.suspected_at if known else None
    found = State.KEPT if seen.verdict is None else seen.verdict.state
    if found == State.BROKEN:
        since = known.suspected_at if known is not None and known.suspected_at else at
        was_broken = known is not None and known.state == State.BROKEN
        wait: timedelta = settings.PROMISES["confirm_after"]
        return (State.BROKEN if was_broken or at - since >= wait else State.WATCHED), since
    if found == State.KEPT and not is_decided(seen.promise):
        return State.DECIDE, None
    return found, None


def _evidence(seen: Seen, state: State) -> list[dict[str, Any]]:
    if seen.has_failed:
        return facts.stored([FAILED])
    if seen.verdict is None:
        return []
    is_suspected = seen.verdict.state == State.BROKEN and state == State.WATCHED
    return facts.stored([*seen.verdict.facts, *([SUSPECTED] if is_suspected else [])])


def _state(watch: PromiseWatch, *, is_change: bool, at: datetime) -> PromiseState:
    kept_for = relativedelta(years=settings.PROMISES["keep_history_years"])
    return PromiseState(
        promise=watch.promise, state=watch.state, evidence=watch.evidence, is_change=is_change, at=at, expires_at=at + kept_for
    )
