"""Recording what happened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from audit.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from audit.actor import Actor

#: Claims can be brought for five years after a case has ended; the sixth is the time a case may take.
KEEP_EVENTS = relativedelta(years=6)

ACTION = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", re.ASCII)
#: References, codes, dates and digests: no blank and no "@", so neither a sentence nor an address passes.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,79}", re.ASCII)


class FreeText(ValueError):
    """An event was given words where only references and codes may stand."""


def record(*, action: str, about: str, actor: Actor, at: datetime, **details: str | int | bool | None) -> Event:
    """Write one event, inside the transaction of what it tells.

    Raises:
        FreeText: the action, the reference or a detail is not a code.
    """
    told = event(action=action, about=about, actor=actor, at=at, **details)
    told.save(force_insert=True)
    return told


def record_all(events: Iterable[Event]) -> None:
    """Write events that belong together at once, inside the transaction of what they tell."""
    Event.objects.bulk_create(events)


def event(*, action: str, about: str, actor: Actor, at: datetime, **details: str | int | bool | None) -> Event:
    """An event that is still to be written.

    ``about`` is a reference such as "R-7KQ4-M2", "accounts.user:<uuid>" or "rule:accounts.messages.2-years".

    Raises:
        FreeText: the action, the reference or a detail is not a code.
    """
    if not ACTION.fullmatch(action):
        raise FreeText(f"The action {action!r} is not <thing>.<verb> in lower case.")
    _refuse_free_text("about", about)
    for name, value in details.items():
        _refuse_free_text(name, value)
    return Event(
        at=at,
        action=action,
        about=about,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_role=actor.role,
        actor_entity=actor.entity,
        actor_country=actor.country,
        details=details,
        expires_at=at + KEEP_EVENTS,
    )


def _refuse_free_text(name: str, value: object) -> None:
    if value is None or value == "" or isinstance(value, int):
        return
    if not (isinstance(value, str) and CODE.fullmatch(value)):
        # The value is left out: what was refused must not stand in a log either.
        raise FreeText(f"The detail {name!r} of an event must be a code, a number or a yes or no.")
