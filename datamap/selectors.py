from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from audit.models import Event
from datamap import registers
from datamap.disclosing import REFUSED
from datamap.models import Disclosure, PolicyVersion, Processor
from subjects import selectors as subjects
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from django.db.models import QuerySet

    from subjects.models import Subject

DEFAULT_LANGUAGE = "en"


def disclosures_of(subject: Subject) -> QuerySet[Disclosure]:
    """Who got what of the person, under any verified address: the actual recipients of Art. 15(1)(c)."""
    theirs = Q(subject=subject) | Q(email__in=subjects.emails(subject))
    return Disclosure.objects.filter(theirs).select_related("recipient")


def recipients_of(*, email: str, purposes: Collection[str]) -> QuerySet[Disclosure, str]:
    """Codes of those who got data of an address for one of these purposes."""
    return Disclosure.objects.filter(email=normalise_email(email), purpose__in=purposes).values_list("recipient_id", flat=True)


def passed_on(*, recipient: str = "") -> QuerySet[Disclosure]:
    """What left, the newest first; nothing of people whose data is set aside."""
    rows = Disclosure.objects.exclude(subjects.of_restricted(email="email")).select_related("recipient")
    return (rows.filter(recipient=recipient) if recipient else rows).order_by("-at", "-pk")


def refused(*, recipient: str = "") -> QuerySet[Event]:
    """What was refused, the newest first, as the trail has it."""
    rows = Event.objects.filter(action=REFUSED)
    return (rows.filter(details__recipient=recipient) if recipient else rows).order_by("-at", "-pk")


def recipients_in_ledger() -> list[tuple[str, str]]:
    """Code and name of everybody in the register, for a filter."""
    return [(code, registers.said(name)) for code, name in Processor.objects.order_by("name").values_list("code", "name")]


def policy_versions(*, language: str, slug: str = "privacy") -> QuerySet[PolicyVersion]:
    """Every published text in one language, the newest first."""
    return PolicyVersion.objects.filter(slug=slug, language=language).order_by("-effective_on")


def policy_texts(*, on: date) -> QuerySet[PolicyVersion]:
    """Every text of the policy that had come into force by a day, in whichever language: the lists that are published beside it are none."""
    return PolicyVersion.objects.filter(slug="privacy", effective_on__lte=on)


def policy_in_force(*, on: date, language: str, slug: str = "privacy") -> PolicyVersion | None:
    """The text in force on a day, in English where the language has none; None before the first text."""
    for wanted in dict.fromkeys([language, DEFAULT_LANGUAGE]):
        version = policy_versions(language=wanted, slug=slug).filter(effective_on__lte=on).first()
        if version is not None:
            return version
    return None
