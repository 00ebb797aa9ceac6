from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from consent import counting


@shared_task(name="consent.count_days")
def count_days() -> None:
    counting.count_days(at=timezone.now())
