from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from policy import alarming as registers
from policy import links, listing, services, telling
from policy.promises import alarming, looking


@shared_task(name="policy.tell_customers")
def tell_customers() -> None:
    services.tell_customers(at=timezone.now())


@shared_task(name="policy.look")
def look() -> None:
    at = timezone.now()
    try:
        looking.look(at=at)
        looking.forget(at=at)
    finally:
        alarming.alarm(at=at)


@shared_task(name="policy.tend")
def tend() -> None:
    """Changes whose day has come, the list of today, and what the officers must know; whatever fails stops nothing after it."""
    at = timezone.now()
    try:
        telling.carry_out_due(at=at)
        listing.publish(at=at)
    finally:
        registers.alarm(at=at)


@shared_task(name="policy.open_links")
def open_links() -> None:
    """Of the production system alone: nothing else calls anybody."""
    if settings.IS_PRODUCTION:
        links.look(at=timezone.now())
