"""The cookie in which a browser keeps its choice, as ``consent/client/src/state.js`` writes it (see ``docs/consent-contract.md``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, unquote
from uuid import UUID

from dateutil.relativedelta import relativedelta

COOKIE = "oxyconsent"
VERSION = 1
#: Longer than any that we write: nothing of it is read.
LONGEST = 2000
EPOCH = date(1970, 1, 1)
#: Months are added to a day: there must be some left after it.
LAST = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered about one category, and in which version of it."""

    is_allowed: bool
    version: int
    on: date

    def is_valid(self, *, version: int, months: int, at: datetime) -> bool:
        return self.version >= version and self.on + relativedelta(months=months) > at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Kept:
    """Who allows nothing has neither ``consent_id`` nor ``receipt``: a refusal brings no number with it."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    consent_id: UUID | None = None
    receipt: UUID | None = None

    @property
    def answered_on(self) -> date | None:
        return max((answer.on for answer in self.answers.values()), default=None)


NOTHING = Kept()


def read(value: str) -> Kept:
    """What the cookie says; one that says something else, or too much, counts as none."""
    if not value or len(value) > LONGEST:
        return NOTHING
    try:
        told = json.loads(unquote(value))
        if told["v"] != VERSION:
            return NOTHING
        return Kept(
            answers={str(code): _answer(*answer) for code, answer in told["c"].items()},
            consent_id=_uuid(told.get("i")),
            receipt=_uuid(told.get("r")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return NOTHING


def written(kept: Kept) -> str:
    told: dict[str, object] = {
        "v": VERSION,
        "c": {code: [int(answer.is_allowed), answer.version, (answer.on - EPOCH).days] for code, answer in kept.answers.items()},
    }
    if any(answer.is_allowed for answer in kept.answers.values()):
        told |= {"i": str(kept.consent_id), "r": str(kept.receipt)}
    return quote(json.dumps(told, separators=(",", ":")), safe="")


def _answer(is_allowed: int, version: int, day: int) -> Answer:
    on = EPOCH + timedelta(days=int(day))
    if on > LAST:
        raise ValueError(on)
    return Answer(is_allowed=is_allowed == 1, version=int(version), on=on)


def _uuid(value: object) -> UUID | None:
    return UUID(value) if isinstance(value, str) else None
