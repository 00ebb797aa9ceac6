"""A backup of the demo's own database, as the worker takes one each night; into the places of the demo alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings

from backups import services
from backups.models import Backup

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

logger = logging.getLogger(__name__)


def load(*, clock: Callable[[], datetime]) -> int:
    """Take the first one; how many were taken. Where none can be, the demo is there all the same, and its promises say so."""
    if not settings.IS_DEMO or Backup.objects.exists():
        return 0
    try:
        services.take(clock=clock)
    except services.NotTaken as error:
        logger.warning("The demo has no backup: %s.", error)
        return 0
    return 1
