"""The bell of this room. The task is called by name, since it stands above the services that ring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import current_app

from audit import bell

if TYPE_CHECKING:
    from typing import Any
    from uuid import UUID

    from celery import Task


def ring_database(database_id: UUID) -> None:
    """On commit: somebody do what is to be done with this database."""
    task: Task[..., Any] = current_app.signature("hosting.run_database")  # type: ignore[assignment]
    bell.ring(task, database_id=str(database_id))
