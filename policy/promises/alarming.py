"""Telling the privacy officer that a promise is not kept, or that nobody can say any more: once for each change, and again when it is well."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from accounts import staff
from audit.turns import take_turn
from datamap.phrases import pair
from datamap.promises import State
from letters.services.writing import write
from letters.values import Rows
from policy.models import PromiseWatch
from policy.promises import facts
from policy.promises.listed import all_promises
from policy.promises.looking import standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.staff import User
    from letters.values import Value

logger = logging.getLogger(__name__)

EVENT = "promise_alarm"
#: What somebody is told of, and later that it is over.
LOUD = frozenset({State.BROKEN, State.UNKNOWN})


@transaction.atomic
def alarm(*, at: datetime) -> int:
    """Write to each officer about what changed since they were last told; how many promises that were."""
    # Of two who find the same at once, the second finds everybody told.
    take_turn("policy.alarm")
    changed = [watch for watch in PromiseWatch.objects.all() if _is_news(watch, at=at)]
    if not changed:
        return 0
    logger.error("Promises: %s.", ", ".join(f"{watch.promise} {standing(watch, at=at)}" for watch in changed))
    officers = list(staff.officers())
    for officer in officers:
        _write(officer, changed, at=at)
    if officers:
        for watch in changed:
            watch.told_state = standing(watch, at=at)
        PromiseWatch.objects.bulk_update(changed, ["told_state"])
    return len(changed)


def is_loud(*, at: datetime) -> bool:
    """Whether a promise is not kept, or cannot be seen, or none was ever looked at."""
    watches = list(PromiseWatch.objects.only("state", "seen_at", "is_checked"))
    return not watches or any(standing(watch, at=at) in LOUD for watch in watches)


def loud(*, at: datetime) -> Counter[State]:
    """How many promises are not kept, and how many cannot be seen."""
    watches = PromiseWatch.objects.only("state", "seen_at", "is_checked")
    return Counter(state for watch in watches if (state := standing(watch, at=at)) in LOUD)


def _is_news(watch: PromiseWatch, *, at: datetime) -> bool:
    now = standing(watch, at=at)
    return now != watch.told_state and (now in LOUD or watch.told_state in LOUD)


def _write(officer: User, changed: Sequence[PromiseWatch], *, at: datetime) -> None:
    with translation.override(officer.language):
        values: dict[str, Value] = {
            "number": len(changed),
            "promises": Rows(rows=[_row(watch, at=at) for watch in changed]),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_promises')}",
        }
        about = f"accounts.user:{officer.pk}"
        write(
            event=EVENT, language=officer.language, to=officer.email, name=officer.name, about=about, values=values, at=at, is_shown=False
        )


def _row(watch: PromiseWatch, *, at: datetime) -> tuple[str, str, str]:
    """The promise, how it stands and since when, and what was found."""
    text = str(all_promises()[watch.promise].text)
    now = standing(watch, at=at)
    since = timezone.localdate(watch.seen_at if now != watch.state else watch.since)
    found = " ".join(facts.said(watch.evidence, reader=facts.Reader.STAFF))
    return pair(watch.promise, text), f"{now.label}, {facts.day(since)}", found or "–"
