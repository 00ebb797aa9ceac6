"""What the workers are called for. Every one of these may come late, twice, or at the same time: the rows decide."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from hosting.services import running, sweeping

#: A copy may take hours; everything else ends by its own time limits long before.
LONGEST = int((settings.HOSTING["copy_hours"] + 1) * 3600)


@shared_task(name="hosting.run_database", time_limit=LONGEST)
def run_database(*, database_id: str) -> None:
    running.run_database(database_id=UUID(database_id), clock=timezone.now)


@shared_task(name="hosting.sweep")
def sweep() -> None:
    sweeping.sweep(at=timezone.now())


@shared_task(name="hosting.tend", time_limit=LONGEST)
def tend() -> None:
    sweeping.tend(at=timezone.now())
