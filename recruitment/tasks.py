from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from letters.incoming import sources
from recruitment import services, storing
from recruitment.models import Document, PersonnelDocument


@shared_task(name="recruitment.sweep")
def sweep() -> None:
    """Files that no row knows: of forms that nobody sent, and of rows whose end a crash cut short."""
    known = {
        name for model in (Document, PersonnelDocument) for name in model.objects.exclude(file_name="").values_list("file_name", flat=True)
    }
    storing.discard_orphans(known, at=timezone.now())


@shared_task(name="recruitment.fetch_mail")
def fetch_mail() -> None:
    """Each mail is taken in by a transaction of its own, and marked as seen after that. Without a folder nothing is done."""
    if settings.JOBS_IMAP_URL:
        sources.fetch(settings.JOBS_IMAP_URL, take=_take, only=sources.UNFLAGGED)


def _take(raw: bytes) -> None:
    if services.receive(raw=raw, at=timezone.now()) == services.Fate.LEFT:
        raise sources.LeftThere
