"""What this room vouches for at the gate: without it nothing that rests on consent is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from consent import selectors
from consent.models import Subscription
from datamap import gate
from datamap.purposes import NEWSLETTER
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datamap.declaration import Purpose
    from subjects.models import Subject


@gate.register_address_witness
def is_subscribed(email: str, purpose: Purpose) -> bool:
    return purpose == NEWSLETTER and Subscription.objects.running().filter(email=normalise_email(email)).exists()


@gate.register_witness
def has_chosen(subject: Subject, purpose: Purpose) -> bool:
    """By the choices that the person kept with their account: the last one counts, wherever it was made."""
    category = selectors.CATEGORIES.get(purpose.code)
    return category is not None and selectors.is_allowed_to_subject(subject, category, at=timezone.now())
