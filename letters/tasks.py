from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from letters import services


@shared_task(name="letters.send")
def send(letter_id: str) -> None:
    services.send(letter_id=UUID(letter_id), at=timezone.now())


@shared_task(name="letters.sweep")
def sweep() -> None:
    services.sweep(at=timezone.now())
