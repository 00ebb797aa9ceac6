"""What the workers are called for. Every one of these may come late, twice, or at the same time: the rows decide."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from letters.incoming import sources
from rights_requests.models import SourceTask
from rights_requests.services import codes, mail_in, running, sweeping


@shared_task(name="rights_requests.run_request")
def run_request(*, request_id: str) -> None:
    _run(UUID(request_id))


@shared_task(name="rights_requests.run_task")
def run_task(*, task_id: str) -> None:
    """Run the case of one task; a task that is gone is no error."""
    request_id = SourceTask.objects.filter(pk=task_id).values_list("request_id", flat=True).first()
    if request_id is not None:
        _run(request_id)


@shared_task(name="rights_requests.answer_code")
def answer_code(*, code_id: str) -> None:
    codes.answer_code(code_id=UUID(code_id), at=timezone.now())


@shared_task(name="rights_requests.sweep")
def sweep() -> None:
    sweeping.sweep(at=timezone.now())


@shared_task(name="rights_requests.tend")
def tend() -> None:
    sweeping.tend(at=timezone.now())


@shared_task(name="rights_requests.fetch_mail")
def fetch_mail() -> None:
    """Each mail is taken in by a transaction of its own, and marked as seen after that. Without a folder nothing is done."""
    if settings.IMAP_URL:
        sources.fetch(settings.IMAP_URL, take=lambda raw: mail_in.receive(raw=raw, at=timezone.now()))


@shared_task(name="rights_requests.sort_mail")
def sort_mail(*, mail_id: str) -> None:
    mail_in.sort(mail_id=UUID(mail_id), at=timezone.now())


def _run(request_id: UUID) -> None:
    while running.run_due(request_id=request_id, at=timezone.now()):
        pass
