from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from letters import cases, page
from letters.enums import ON_THE_WAY
from letters.models import Letter
from letters.words import BRUSSELS
from subjects import selectors as subjects
from subjects.models import Subject


def of_case(reference: str) -> QuerySet[Letter]:
    """What the person sees of a case's letters."""
    return Letter.objects.filter(about=reference, is_shown_to_person=True)


def written_to_today(event: str, *, at: datetime) -> frozenset[str]:
    """Who was written a letter of this kind since midnight in Brussels."""
    since = at.astimezone(BRUSSELS).replace(hour=0, minute=0, second=0, microsecond=0)
    return frozenset(Letter.objects.filter(event=event, written_at__gte=since).values_list("recipient", flat=True))


def recipients_of(event: str, *, about: str) -> QuerySet[Letter, str]:
    """Who was written this very letter."""
    return Letter.objects.filter(event=event, about=about).values_list("recipient", flat=True)


def to_settle() -> QuerySet[Letter]:
    """Letters that wait for somebody at the desk, the doubtful first."""
    return Letter.objects.for_the_desk().to_settle()


def written_since(event: str, *, about: str, since: datetime) -> QuerySet[Letter]:
    """The letters of this kind about something, from a moment on."""
    return Letter.objects.filter(event=event, about=about, written_at__gte=since)


def abouts_with_words() -> QuerySet[Letter, str]:
    """What letters are about that have arrived, or never will, and still say something."""
    on_the_way = Letter.objects.on_the_way()
    return Letter.objects.with_words().exclude(pk__in=on_the_way.values("pk")).values_list("about", flat=True)


def of_subject(subject: Subject) -> QuerySet[Letter]:
    """Letters to any verified address of the person, and those of their cases that go by hand, as long as they say anything."""
    by_hand = Q(about__in=cases.references_of(subject), recipient="") & ~Q(by_hand_to="")
    return Letter.objects.filter(Q(recipient__in=subjects.emails(subject)) & ~Q(recipient="") | by_hand)


def still_needed(letters: Collection[tuple[UUID, str, str]]) -> set[UUID]:
    """Of letters with what they are about and their status: those of running cases, and those still on their way."""
    running = cases.running({about for _key, about, _status in letters if page.is_case(about)})
    return {key for key, about, status in letters if about in running or status in ON_THE_WAY}
