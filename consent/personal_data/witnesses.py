"""What this room vouches for at the gate: without it nothing that rests on consent is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import get_language

from consent import catalog, kept, selectors
from consent.models import Subscription
from datamap import gate
from datamap.purposes import NEWSLETTER
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from datamap.declaration import Purpose
    from subjects.models import Subject


@gate.register_address_witness
def is_subscribed(email: str, purpose: Purpose) -> bool:
    return purpose == NEWSLETTER and Subscription.objects.running().filter(email=normalise_email(email)).exists()


@gate.register_address_order
def subscribed_at(email: str, purpose: Purpose) -> datetime | None:
    """Confirmed from the mailbox: the later word of whoever had said no, or had their data set aside."""
    if purpose != NEWSLETTER:
        return None
    running = Subscription.objects.running().filter(email=normalise_email(email))
    confirmed: datetime | None = running.values_list("confirmed_at", flat=True).first()
    return confirmed


@gate.register_witness
def has_chosen(subject: Subject, purpose: Purpose) -> bool:
    """By the choices that the person kept with their account: the last one counts, wherever it was made."""
    category = selectors.CATEGORIES.get(purpose.code)
    return category is not None and selectors.is_allowed_to_subject(subject, category, at=timezone.now())


@gate.register_browser_witness
def is_allowed_here(request: HttpRequest, use: str) -> bool:
    """By the cookie of our own pages, about the category as it stands now. Asked for each page: from memory, and without an answer no."""
    answer = kept.read(request.COOKIES.get(kept.COOKIE, "")).answers.get(use)
    if answer is None or not answer.is_allowed:
        return False
    try:
        known = catalog.current()
    except DatabaseError:
        return False
    notice = known.newest(min(known.ours), get_language() or settings.LANGUAGE_CODE) if known.ours else None
    return notice is not None and answer.is_valid(version=notice.versions.get(use, 0), months=notice.months, at=timezone.now())
