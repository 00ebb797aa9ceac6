"""What a choice must look like, and when it counts: plain Python, and quick, since every visitor of every site comes by here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

HOME = ZoneInfo("Europe/Brussels")
#: Scheme, host, and a port where it is not the usual one; nothing behind it (RFC 6454).
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.ASCII)
NOTICE = re.compile(r"[0-9a-f]{64}", re.ASCII)
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
#: As browsers write it (RFC 3339); Python takes any character between the day and the hour, and behind the zone.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII)
NAMES = frozenset({"receipt", "consent_id", "site", "notice", "language", "method", "choices", "signal", "at"})
METHODS = frozenset({"accept_all", "refuse_all", "choice", "form", "withdrawal"})
#: What is taken; of Do Not Track nothing is kept.
SIGNALS: Mapping[object, str] = {None: "", "gpc": "gpc", "dnt": ""}
#: A notice that is no more in force is still answered by whoever had it open, or was offline.
LATE = timedelta(days=30)

TITLES: Mapping[str, str] = {
    "not-json": "The body is not JSON.",
    "wrong-body": "The body does not have this shape.",
    "wrong-origin": "The request does not come from an origin of the site.",
    "unknown-site": "There is no such site.",
    "other-choice": "Another choice is stored under this receipt.",
    "too-large": "The body is too large.",
    "wrong-type": "The body is neither application/json nor text/plain.",
    "unknown-notice": "No such notice is in force on this site in this language.",
    "unknown-category": "The choices are not those of the notice.",
    "clock-ahead": "The time lies in the future.",
    "too-old": "The time lies too far back.",
    "too-many": "Too many choices came from this network address.",
    "unavailable": "The choice cannot be stored now.",
}


class Refused(Exception):
    """A choice that is not stored, and why."""

    def __init__(self, status: int, code: str, *, field: str = "") -> None:
        self.status, self.code, self.field = status, code, field
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice as it was sent."""

    receipt: UUID
    consent_id: UUID | None
    site: str
    notice: str
    language: str
    method: str
    choices: Mapping[str, bool]
    signal: str
    at: datetime

    @property
    def is_refusal(self) -> bool:
        return not any(self.choices.values())

    def fingerprint(self) -> UUID:
        told = (self.consent_id, self.notice, self.method, sorted(self.choices.items()), self.signal, self.at.isoformat())
        return UUID(bytes=blake2b(repr(told).encode(), digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class KnownNotice:
    """What has to be known of a published notice to take a choice under it. ``until``: when another took its place."""

    id: UUID
    site: str
    language: str
    months: int
    asked: frozenset[str]
    published_at: datetime
    until: datetime | None = None
    versions: Mapping[str, int] = field(default_factory=dict)
    """Of each category: what was allowed in one is not allowed in another."""


def is_origin(text: str) -> bool:
    return bool(ORIGIN.fullmatch(text))


def read(body: bytes) -> Choice:
    """The choice that was sent.

    Raises:
        Refused: the body is no JSON, or has another shape.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "not-json") from error
    if not isinstance(told, dict) or told.keys() != NAMES:
        raise Refused(400, "wrong-body")
    return Choice(
        receipt=_uuid(told, "receipt"),
        consent_id=None if told["consent_id"] is None else _uuid(told, "consent_id"),
        site=_text(told, "site"),
        notice=_text(told, "notice", NOTICE),
        language=_text(told, "language"),
        method=_one_of(told, "method"),
        choices=_choices(told),
        signal=_signal(told),
        at=_instant(told),
    )


def check(choice: Choice, notice: KnownNotice | None, *, at: datetime, ahead: timedelta, back: timedelta) -> KnownNotice:
    """The notice under which the choice may be stored at ``at``.

    Raises:
        Refused: it fits no notice of the site, or not this one, or the browser's clock is out of bounds.
    """
    if choice.at > at + ahead:
        raise Refused(422, "clock-ahead", field="at")
    if choice.at < at - back:
        raise Refused(422, "too-old", field="at")
    if notice is None or (notice.site, notice.language) != (choice.site, choice.language):
        raise Refused(422, "unknown-notice", field="notice")
    if notice.until is not None and notice.until < at - LATE:
        raise Refused(422, "unknown-notice", field="notice")
    if choice.choices.keys() != notice.asked:
        raise Refused(422, "unknown-category", field="choices")
    return notice


def valid_until(choice: Choice, *, at: datetime, months: int) -> datetime:
    """A choice holds for so many calendar months from when it was made, and never longer because it came late."""
    return min(choice.at, at).astimezone(HOME) + relativedelta(months=months)


def _uuid(told: Mapping[str, object], name: str) -> UUID:
    return UUID(_text(told, name, UUID4))


def _text(told: Mapping[str, object], name: str, pattern: re.Pattern[str] | None = None) -> str:
    value = told[name]
    if not isinstance(value, str) or (pattern and not pattern.fullmatch(value)):
        raise Refused(400, "wrong-body", field=name)
    return value


def _one_of(told: Mapping[str, object], name: str) -> str:
    value = _text(told, name)
    if value not in METHODS:
        raise Refused(400, "wrong-body", field=name)
    return value


def _choices(told: Mapping[str, object]) -> dict[str, bool]:
    found, method = told["choices"], told["method"]
    if not isinstance(found, dict) or not all(type(value) is bool for value in found.values()):
        raise Refused(400, "wrong-body", field="choices")
    values = found.values()
    fits = {"accept_all": all(values), "refuse_all": not any(values), "withdrawal": not all(values)}
    if not fits.get(str(method), True):
        raise Refused(400, "wrong-body", field="choices")
    return found


def _signal(told: Mapping[str, object]) -> str:
    value = told["signal"]
    if not (value is None or isinstance(value, str)) or value not in SIGNALS:
        raise Refused(400, "wrong-body", field="signal")
    return SIGNALS[value]


def _instant(told: Mapping[str, object]) -> datetime:
    try:
        return datetime.fromisoformat(_text(told, "at", INSTANT)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(400, "wrong-body", field="at") from error
