"""Reads for HR's pages."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from django.db.models import Q

from audit.models import Event
from letters.enums import LetterStatus
from letters.models import Letter
from recruitment import correspondence, tokens
from recruitment.enums import ENDED_STATUSES, RUNNING_STATUSES, Status
from recruitment.models import Application, Employment, Vacancy
from subjects.selectors import of_restricted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

RUNNING, ENDED, WROTE = "RUNNING", "ENDED", "WROTE"
UNSETTLED_SHOWN = 50


def listed(rows: QuerySet[Application], chosen: Mapping[str, str]) -> QuerySet[Application]:
    """The applications of a view, the newest first: those whose procedure runs unless the view says otherwise."""
    found = rows.filter(_state(chosen["state"], has_text=bool(chosen["q"])), _text(chosen["q"]))
    for name in ("country", "origin", "vacancy"):
        if chosen[name]:
            found = found.filter(**{name: chosen[name]})
    return found.defer("cover_letter").order_by("-received_at", "-id")


def open_vacancies() -> QuerySet[Vacancy]:
    return Vacancy.objects.filter(is_open=True)


def new_count() -> int:
    """At how many nobody has looked yet."""
    return Application.objects.filter(status=Status.RECEIVED).exclude(of_restricted(email="email")).count()


def set_aside_count() -> int:
    """Those of people whose data is restricted (Art. 18): nobody looks at them meanwhile."""
    return Application.objects.filter(of_restricted(email="email")).count()


def history(application: Application) -> QuerySet[Event]:
    """What happened, the newest first; events name nobody but the colleague who acted."""
    return Event.objects.filter(about=correspondence.about(application)).order_by("-at", "-id")


def letters_about(application: Application) -> QuerySet[Letter]:
    return Letter.objects.filter(about=correspondence.about(application)).order_by("-written_at", "-id").defer("body", "sealed")


def unsettled(applications: QuerySet[Application]) -> list[tuple[Application, Letter]]:
    """Letters about these that did not go out, or of which nobody knows; what is too much for one page comes up later."""
    stuck = Letter.objects.to_settle().exclude(status=LetterStatus.HELD).filter(about__startswith=correspondence.ABOUT)
    letters = list(stuck.defer("body", "sealed")[:UNSETTLED_SHOWN])
    keys = {letter.pk: correspondence.application_key(letter.about) for letter in letters}
    known = applications.in_bulk(list(filter(None, keys.values())))
    return [(known[key], letter) for letter in letters if (key := keys[letter.pk]) in known]


def employed(rows: QuerySet[Employment], text: str) -> QuerySet[Employment]:
    return rows.filter(_name(text)).order_by("ended_on", "name", "id")


def _state(state: str, *, has_text: bool) -> Q:
    if state == WROTE:
        return Q(unanswered_since__isnull=False)
    if state == ENDED:
        return Q(status__in=ENDED_STATUSES)
    if state == RUNNING or (not state and not has_text):
        return Q(status__in=RUNNING_STATUSES)
    return Q(status=state) if state else Q()


def _text(text: str) -> Q:
    """A whole address, a reference, or words of a name."""
    if not text.strip():
        return Q()
    return Q(reference=tokens.tidy_reference(text)) | _name(text)


def _name(text: str) -> Q:
    if "@" in text:
        return Q(email=text.strip().lower())
    return reduce(and_, (Q(name__icontains=word) for word in text.split()), Q())
