"""What the workers are called for. Every one of these may come late, twice, or at the same time: the rows decide."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from connectors import handed
from connectors.models import MailEvent, Prepared, PullTask
from connectors.services import mailing, stopping, systems

#: A message of the mailing service is not told again so much later.
KEEP_EVENTS = timedelta(days=90)
KEEP_PREPARED = timedelta(days=30)


@shared_task(name="connectors.sweep")
def sweep() -> None:
    mailing.send_due(at=timezone.now())


@shared_task(name="connectors.look")
def look() -> None:
    at = timezone.now()
    systems.look(at=at)
    stopping.carry_over(at=at)


@shared_task(name="connectors.tend")
def tend() -> None:
    at = timezone.now()
    handed.ROOM.discard_orphans(set(PullTask.objects.exclude(file_name="").values_list("file_name", flat=True)), at=at)
    MailEvent.objects.filter(at__lte=at - KEEP_EVENTS).delete()
    Prepared.objects.filter(prepared_at__lte=at - KEEP_PREPARED).delete()
