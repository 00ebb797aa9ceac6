"""Reads for the pages: the queue, a case with its working, history and messages, and the figures of the start page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from letters.models import Letter
from rights_requests import alike as alikeness
from rights_requests import tokens, wording
from rights_requests.enums import CLOSED_STATUSES, Status
from rights_requests.history import HistoryEntry, Step, history, steps_for_person
from rights_requests.models import Link, Message, Package, RightsRequest
from rights_requests.source_pages import SourcePage, source_rows

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

__all__ = [
    "HistoryEntry",
    "QueueCounts",
    "QueueSizes",
    "SourcePage",
    "Step",
    "due_sum",
    "history",
    "letters_for_person",
    "link_for",
    "package_of",
    "queue",
    "queue_counts",
    "queue_sizes",
    "response_times",
    "soon_ends",
    "source_rows",
    "steps_for_person",
    "thread",
    "waiting_beside",
]

NOBODY = "NOBODY"
WAITING = "WAITING"
CLOSED = "CLOSED"

_OPEN = ~Q(status__in=sorted(CLOSED_STATUSES))
#: What the person has to do next, not we.
_WAITING = Q(status=Status.AWAITING_IDENTITY) | Q(paused_on__isnull=False)
#: While the clock stands still nothing is due.
_RUNNING = Q(paused_on=None)
_SORTS = {
    "due": ("due_on", "reference"),
    "received": ("received_at", "reference"),
    "state": ("status", "due_on", "reference"),
}


#: So many unconfirmed requests are shown to whoever has shown the mailbox; the newest is the one they know of.
MOST_BESIDE = 10

#: What is due within this time stands in a group of its own, before what is due later.
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """Open requests. ``overdue``, ``soon`` and ``standing`` (the clock stands still) do not overlap; ``waiting`` are those that
    wait for the person.
    """

    open: int
    overdue: int
    soon: int
    mine: int
    nobody: int
    waiting: int
    standing: int = 0


@dataclass(frozen=True, slots=True)
class QueueSizes:
    """How many rows of a queue stand in which group, all pages together."""

    overdue: int
    soon: int
    later: int
    standing: int = 0

    @property
    def count(self) -> int:
        return self.overdue + self.soon + self.later + self.standing


def soon_ends(today: date) -> date:
    """The last of the seven days after ``today``, whatever weekday it is."""
    return today + SOON


def queue(
    *,
    right: str = "",
    state: str = "",
    agent: str = "",
    country: str = "",
    due: str = "",
    text: str = "",
    alike: str = "",
    sort: str = "",
    today: date,
) -> QuerySet[RightsRequest]:
    """Requests of the queue, open ones unless ``state`` says otherwise; an empty filter lets all through.

    ``state`` is a status, WAITING or CLOSED; ``agent`` an id or NOBODY; ``due`` is "overdue" or "week" (what is overdue with it);
    ``text`` a reference or a whole e-mail address; ``alike`` a reference whose repeats are wanted; ``sort`` "due", "received" or "state", with "-" the other way round.
    """
    found = RightsRequest.objects.filter(_state(state), _agent(agent), _due(due, today), _text(text))
    if right:
        found = found.filter(right=right)
    if country:
        found = found.filter(country=country)
    if alike:
        found = found.filter(alikeness.filter_of(alike))
    return found.select_related("assigned_to").order_by(*_order(sort))


def queue_sizes(rows: QuerySet[RightsRequest], *, today: date) -> QueueSizes:
    """The size of a queue's groups, in one query."""
    soon_until = soon_ends(today)
    counted = rows.order_by().aggregate(
        overdue=Count("due_on", filter=_RUNNING & Q(due_on__lt=today)),
        soon=Count("due_on", filter=_RUNNING & Q(due_on__range=(today, soon_until))),
        later=Count("due_on", filter=_RUNNING & Q(due_on__gt=soon_until)),
        standing=Count("paused_on"),
    )
    return QueueSizes(**counted)


def queue_counts(*, agent_id: UUID, today: date) -> QueueCounts:
    """The figures over the queue, in one query over the open requests."""
    counted = RightsRequest.objects.filter(_OPEN).aggregate(
        open=Count("*"),
        overdue=Count("due_on", filter=_RUNNING & Q(due_on__lt=today)),
        soon=Count("due_on", filter=_RUNNING & Q(due_on__range=(today, soon_ends(today)))),
        mine=Count("due_on", filter=Q(assigned_to=agent_id)),
        nobody=Count("due_on", filter=Q(assigned_to=None)),
        waiting=Count("due_on", filter=_WAITING),
        standing=Count("paused_on"),
    )
    return QueueCounts(**counted)


def link_for(token: str, *, at: datetime) -> Link | None:
    """The link of a token that could be used now. Looking uses nothing up."""
    return Link.objects.filter(digest=tokens.digest_of(token), used_at=None, expires_at__gt=at).select_related("request").first()


def package_of(rights_request: RightsRequest) -> Package | None:
    return Package.objects.filter(pk=rights_request.pk).first()


def waiting_beside(rights_request: RightsRequest) -> QuerySet[RightsRequest]:
    """The newest requests for the same address that nobody has confirmed."""
    waiting = RightsRequest.objects.filter(email=rights_request.email, status=Status.AWAITING_IDENTITY).exclude(email="")
    return waiting.exclude(pk=rights_request.pk).order_by("-received_at", "-pk")[:MOST_BESIDE]


def letters_for_person(rights_request: RightsRequest) -> QuerySet[Letter]:
    """What we wrote to the person about the case, the newest first."""
    return Letter.objects.filter(about=rights_request.reference, is_shown_to_person=True).order_by("-written_at", "-id")


def thread(rights_request: RightsRequest) -> QuerySet[Message]:
    return Message.objects.filter(request=rights_request).select_related("author").order_by("at", "id")


def due_sum(rights_request: RightsRequest, *, today: date) -> tuple[list[tuple[str, date]], tuple[str, date]]:
    """The due date as a sum: rows of words and date, and the total; while the clock stands still, the day before which it is not."""
    rows = wording.working(rights_request)
    if rights_request.paused_on is None:
        return rows, (str(wording.DUE), rights_request.due_on)
    standing = (str(wording.STANDING), rights_request.paused_on)
    return [*rows, standing], (str(wording.NOT_BEFORE), wording.not_before(rights_request, today=today))


def response_times() -> list[tuple[int, int]]:
    """How long answers took: (days from receipt, closed requests), without those that nobody confirmed or that were taken back."""
    answered = RightsRequest.objects.filter(status__in=[Status.ANSWERED, Status.REFUSED])
    days = answered.annotate(days=TruncDate("closed_at") - F("received_on"))
    counted: Sequence[tuple[timedelta, int]] = list(days.order_by("days").values_list("days").annotate(requests=Count("*")))
    return [(taken.days, requests) for taken, requests in counted]


def _state(state: str) -> Q:
    if state == CLOSED:
        return ~_OPEN
    if state == WAITING:
        return _WAITING
    return Q(status=state) if state else _OPEN


def _agent(agent: str) -> Q:
    if agent == NOBODY:
        return Q(assigned_to=None)
    return Q(assigned_to=agent) if agent else Q()


def _due(due: str, today: date) -> Q:
    if due == "overdue":
        return _RUNNING & Q(due_on__lt=today)
    return _RUNNING & Q(due_on__lte=soon_ends(today)) if due == "week" else Q()


def _text(text: str) -> Q:
    """Exact, by index: nobody leafs through people by the first letters of their names."""
    typed = text.strip()
    if not typed:
        return Q()
    return Q(email=typed.lower()) if "@" in typed else Q(reference=tokens.tidy_reference(typed))


def _order(sort: str) -> list[str]:
    columns = _SORTS.get(sort.removeprefix("-"), _SORTS["due"])
    return [f"-{column}" for column in columns] if sort.startswith("-") else list(columns)
