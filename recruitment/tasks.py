from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from recruitment import storing
from recruitment.models import Document, PersonnelDocument


@shared_task(name="recruitment.sweep")
def sweep() -> None:
    """Files that no row knows: of forms that nobody sent, and of rows whose end a crash cut short."""
    known = {
        name for model in (Document, PersonnelDocument) for name in model.objects.exclude(file_name="").values_list("file_name", flat=True)
    }
    storing.discard_orphans(known, at=timezone.now())
