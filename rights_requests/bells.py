"""The bells of this room. Tasks are called by name, since they stand above the services that ring them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import current_app

from audit import bell

if TYPE_CHECKING:
    from typing import Any
    from uuid import UUID

    from celery import Task


def ring_request(request_id: UUID) -> None:
    """On commit: somebody take up what is due of this request."""
    bell.ring(_called("rights_requests.run_request"), request_id=str(request_id))


def ring_code(code_id: UUID) -> None:
    bell.ring(_called("rights_requests.answer_code"), code_id=str(code_id))


def ring_mail(mail_id: UUID) -> None:
    bell.ring(_called("rights_requests.sort_mail"), mail_id=str(mail_id))


def _called(name: str) -> Task[..., Any]:
    """A signature, which is sent as a task is, and needs nobody to have imported the task."""
    return current_app.signature(name)  # type: ignore[return-value]
