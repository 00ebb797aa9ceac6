from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from retention import services


@shared_task(name="retention.keep_periods")
def keep_periods() -> None:
    services.keep_periods(at=timezone.now())
