"""Ringing a worker's bell. The rows are the truth: a bell that nobody hears costs time, a sweeper finds the rows."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from celery import Task

logger = logging.getLogger(__name__)


def ring(task: Task[..., Any], **kwargs: object) -> None:
    """Send ``task`` once the transaction has committed; a broker that is away is a line in the log and no error."""
    transaction.on_commit(partial(_send, task, kwargs))


def _send(task: Task[..., Any], kwargs: dict[str, object]) -> None:
    try:
        task.apply_async(kwargs=kwargs, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("The bell of %s was not heard (%s); the sweeper will find its rows.", task.name, type(error).__name__)
