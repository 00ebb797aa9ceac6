"""Where the measures stand: the embedded servers, with a database and a queue that nobody else uses."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def prepared() -> Iterator[Callable[[], None]]:
    """Set Django up; what is given empties the database and the queue, before a measure and after the last."""
    from tests import slots

    os.environ |= {
        "OXYPRIVACY_ENV": "test",
        "OXYPRIVACY_TEST_SLOT": str(slots.take()),
        "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings",
    }
    import django

    from oxyprivacy import embedded

    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment, teardown_test_environment

    from tests import database

    # The web warns when there is no such folder.
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    setup_test_environment()
    with embedded.running(), redis.Redis.from_url(settings.ENVIRONMENT.redis_url) as queue:
        made = database.prepare()

        def clear() -> None:
            made.flush()
            queue.flushdb()

        try:
            yield clear
        finally:
            clear()
            made.finish()
            teardown_test_environment()
