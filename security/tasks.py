from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from security import services


@shared_task(name="security.watch")
def watch() -> None:
    services.watch(at=timezone.now())


@shared_task(name="security.alarm_evidence")
def alarm_evidence() -> None:
    services.alarm_evidence(at=timezone.now())
