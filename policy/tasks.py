from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from policy import services


@shared_task(name="policy.tell_customers")
def tell_customers() -> None:
    services.tell_customers(at=timezone.now())
