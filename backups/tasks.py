from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from backups import services


@shared_task(name="backups.take", time_limit=int(settings.BACKUPS["copy_limit"].total_seconds()))
def take() -> None:
    services.take(clock=timezone.now)
