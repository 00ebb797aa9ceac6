"""The only way a page gets at a registration or an interest: by role, or by a link in the person's own letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http import Http404

from accounts import staff
from events import selectors, tokens
from events.models import Event, Interest, Registration

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from accounts.staff import Visitor
    from events.models import Asked

M = TypeVar("M", bound="Model")

WORK = "events.pass_on"


def open_event(*, slug: str, today: date) -> Event:
    """An event for which one can register. Raises ``Http404``."""
    return _one(selectors.open_events(today=today).filter(slug=slug))


def events_for_desk(user: Visitor) -> QuerySet[Event]:
    return selectors.listed_events() if staff.can(user, WORK) else Event.objects.none()


def event_for_desk(*, user: Visitor, event_id: UUID) -> Event:
    """Raises ``Http404`` alike for "not there" and "not yours"."""
    return _one(events_for_desk(user).filter(pk=event_id))


def interests_for_desk(user: Visitor) -> QuerySet[Interest]:
    """Those that the desk may look at: not what a restriction set aside (Art. 18)."""
    return selectors.interests() if staff.can(user, WORK) else Interest.objects.none()


def interest_for_desk(*, user: Visitor, interest_id: UUID) -> Interest:
    """Raises ``Http404`` alike for "not there", "set aside" and "not yours"."""
    return _one(interests_for_desk(user).filter(pk=interest_id))


def own_registration(token: str) -> Registration:
    """The registration to which the link of its letter leads. Raises ``Http404``."""
    found: QuerySet[Registration] = Registration.objects.confirmed().select_related("event__organiser")
    return _one(found.filter(pk__in=_key(token, Registration)))


def own_interest(token: str) -> Interest:
    """The interest to which the link of a letter leads. Raises ``Http404``."""
    found: QuerySet[Interest] = Interest.objects.confirmed()
    return _one(found.filter(pk__in=_key(token, Interest)))


def _key(token: str, kind: type[Asked]) -> list[UUID]:
    """One key, or none for a link that is nobody's."""
    key = tokens.key_of(token, kind)
    return [key] if key else []


def _one(rows: QuerySet[M]) -> M:
    found = rows.first()
    if found is None:
        raise Http404
    return found
