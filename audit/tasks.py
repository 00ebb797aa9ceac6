from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from audit import heads, sealing


@shared_task(name="audit.seal")
def seal() -> None:
    sealing.seal_all(at=timezone.now())


@shared_task(name="audit.mail_head")
def mail_head() -> None:
    heads.announce()
