from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from datamap.models import Disclosure, PolicyVersion
from subjects import selectors as subjects

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from subjects.models import Subject

DEFAULT_LANGUAGE = "en"


def disclosures_of(subject: Subject) -> QuerySet[Disclosure]:
    """Who got what of the person, under any verified address: the actual recipients of Art. 15(1)(c)."""
    theirs = Q(subject=subject) | Q(email__in=subjects.emails(subject))
    return Disclosure.objects.filter(theirs).select_related("recipient")


def policy_versions(*, language: str, slug: str = "privacy") -> QuerySet[PolicyVersion]:
    """Every published text in one language, the newest first."""
    return PolicyVersion.objects.filter(slug=slug, language=language).order_by("-effective_on")


def policy_in_force(*, on: date, language: str, slug: str = "privacy") -> PolicyVersion | None:
    """The text in force on a day, in English where the language has none; None before the first text."""
    for wanted in dict.fromkeys([language, DEFAULT_LANGUAGE]):
        version = policy_versions(language=wanted, slug=slug).filter(effective_on__lte=on).first()
        if version is not None:
            return version
    return None
