from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from policy import services
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
