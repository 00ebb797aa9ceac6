"""The bells of this room. Tasks are called by name, since they stand above the services that ring them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import current_app

from audit import bell

if TYPE_CHECKING:
    from uuid import UUID


def ring_request(request_id: UUID) -> None:
    """On commit: somebody take up what is due of this request."""
    bell.ring(current_app.signature("rights_requests.run_request"), request_id=str(request_id))


def ring_code(code_id: UUID) -> None:
    bell.ring(current_app.signature("rights_requests.answer_code"), code_id=str(code_id))
