"""Reminding ourselves: of what is due soon or late, and the privacy officer of what goes wrong.

Each occasion of a case is told once; each colleague gets one letter a day at the most, with all of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts import staff
from accounts.staff import UserRole
from audit.turns import take_turn
from datamap import registry
from letters import selectors as letter_selectors
from rights_requests import correspondence_clock as letters
from rights_requests.enums import OPEN_STATUSES, Status, TaskStatus
from rights_requests.models import Reminder, RightsRequest, SourceTask
from rights_requests.services.collecting import FEWER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from django.db.models import QuerySet

    from accounts.staff import User
    from datamap.declaration import Text

#: A source that has not answered for so long is the officer's business.
FAILING_AFTER = timedelta(days=1)
#: Lines of one letter; what does not fit is told the next day.
MOST = 200
STAFF, OFFICER = "staff_reminder", "officer_alarm"
LATE = "late"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a letter. ``occasions`` are told with it: of several that are reached at once the last one speaks for all."""

    case: RightsRequest
    occasions: tuple[str, ...]
    words: Callable[[], str]
    on: date


def remind(*, at: datetime) -> None:
    """Write what is to be told today to whom it has not been told today."""
    _tell(STAFF, _for_staff(at), recipients=_colleagues, at=at)
    _tell(OFFICER, [*_late_cases(at), *_failing_sources(at)], recipients=_officers, at=at)


@transaction.atomic
def _tell(event: str, entries: Sequence[Entry], *, recipients: Callable[[Iterable[Entry]], dict[User, list[Entry]]], at: datetime) -> None:
    """A case one of whose readers had today's letter already waits for tomorrow's: nobody is told half."""
    # Of two who remind at once, the second finds everything told.
    take_turn(f"rights_requests.reminding:{event}")
    wanted = recipients(_untold(entries))
    written_to = letter_selectors.written_to_today(event, at=at)
    waiting = {entry.case.pk for user, found in wanted.items() if user.email.lower() in written_to for entry in found}
    told: dict[tuple[object, str], Reminder] = {}
    for user, found in wanted.items():
        now = [entry for entry in found if entry.case.pk not in waiting][:MOST]
        if now:
            with translation.override(user.language):
                rows = [(entry.case.reference, entry.words(), entry.on) for entry in now]
            letters.digest(event, to=user, requests=rows, at=at)
        for entry in now:
            for occasion in entry.occasions:
                told[entry.case.pk, occasion] = Reminder(request=entry.case, occasion=occasion, at=at)
    Reminder.objects.bulk_create(told.values(), ignore_conflicts=True)


def _untold(entries: Sequence[Entry]) -> list[Entry]:
    told = set(Reminder.objects.filter(request__in={entry.case.pk for entry in entries}).values_list("request_id", "occasion"))
    return [entry for entry in entries if (entry.case.pk, entry.occasions[-1]) not in told]


def _for_staff(at: datetime) -> list[Entry]:
    """What nobody confirmed yet is not ours to do, until it is late."""
    today = timezone.localdate(at)
    farthest = today + timedelta(days=max(settings.RIGHTS["remind_staff_days_before"]))
    soon = _running().filter(due_on__range=(today, farthest)).exclude(status=Status.AWAITING_IDENTITY)
    refusable = _running().filter(first_due_on__range=(today, farthest)).exclude(extended_at=None)
    entries = [
        *(Entry(case, (LATE,), _late_words, case.due_on) for case in _running().filter(due_on__lt=today)),
        *(_soon(case, "due", case.due_on, _due_words, today=today) for case in soon),
        *(_soon(case, "first", case.first_due_on, _first_words, today=today) for case in refusable),
        *(Entry(case, ("overdue-data",), _overdue_words, case.overdue_since or today) for case in _running().filter(overdue_rows__gt=0)),
        *(Entry(case, (FEWER,), _fewer_words, today) for case in RightsRequest.objects.filter(tasks__in=_with_fewer_rows())),
    ]
    return sorted(entries, key=lambda entry: (entry.on, entry.case.reference))


def _soon(case: RightsRequest, name: str, on: date, words: Callable[[], str], *, today: date) -> Entry:
    left = (on - today).days
    reached = sorted((days for days in settings.RIGHTS["remind_staff_days_before"] if days >= left), reverse=True)
    return Entry(case, tuple(f"{name}-{days}" for days in reached), words, on)


def _late_cases(at: datetime) -> list[Entry]:
    late = _running().filter(due_on__lt=timezone.localdate(at))
    return [Entry(case, ("officer-late",), _late_words, case.due_on) for case in late]


def _failing_sources(at: datetime) -> list[Entry]:
    """Whatever was asked in this stage and has failed for a day, whether it is tried again or waits for a person."""
    failing = SourceTask.objects.exclude(error__in=["", FEWER]).exclude(status=TaskStatus.DONE)
    old = failing.filter(request__status__in=OPEN_STATUSES, request__status_since__lte=at - FAILING_AFTER)
    labels = {source.key: source.label for source in registry.all_sources()}
    entries: dict[tuple[object, str], Entry] = {}
    for task in old.select_related("request").order_by("request__due_on", "source"):
        occasion = f"source:{task.source}"
        since = timezone.localdate(task.request.status_since)
        entries[task.request_id, occasion] = Entry(task.request, (occasion,), _failing_words(labels.get(task.source, task.source)), since)
    return list(entries.values())


def _with_fewer_rows() -> QuerySet[SourceTask]:
    """Packages that wait until somebody has seen what a system handed over, of what it had found."""
    return SourceTask.objects.filter(status=TaskStatus.MANUAL, error=FEWER, request__status__in=OPEN_STATUSES)


def _running() -> QuerySet[RightsRequest]:
    """Open cases whose clock runs."""
    return RightsRequest.objects.filter(status__in=OPEN_STATUSES, paused_on=None).order_by("due_on", "reference")


def _colleagues(entries: Iterable[Entry]) -> dict[User, list[Entry]]:
    """Who has the case; everybody of the helpdesk where nobody does, or who had it is gone."""
    agents = list(staff.desk_agents())
    by_id = {agent.pk: agent for agent in agents}
    helpdesk = [agent for agent in agents if agent.role == UserRole.HELPDESK] or agents
    wanted: dict[User, list[Entry]] = defaultdict(list)
    for entry in entries:
        assigned = by_id.get(entry.case.assigned_to_id) if entry.case.assigned_to_id else None
        for agent in [assigned] if assigned else helpdesk:
            wanted[agent].append(entry)
    return wanted


def _officers(entries: Iterable[Entry]) -> dict[User, list[Entry]]:
    found = list(entries)
    return dict.fromkeys(staff.desk_agents().filter(role=UserRole.PRIVACY_OFFICER), found) if found else {}


def _due_words() -> str:
    return _("The answer is due")


def _first_words() -> str:
    return _("Last day for a refusal, although extended")


def _overdue_words() -> str:
    return _("Data past its time waits for this answer: give it first")


def _fewer_words() -> str:
    return _("A connected system handed over fewer rows than it had found: the copy waits for you")


def _late_words() -> str:
    return _("Late: the answer was due")


def _failing_words(source: Text) -> Callable[[], str]:
    return lambda: _("No answer for a day from %(source)s") % {"source": source or _("the package")}
