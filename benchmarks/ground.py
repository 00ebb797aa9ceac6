"""Where the measures stand: the embedded servers, with a database and a queue that nobody else uses."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def prepared() -> Iterator[Callable[[], None]]:
    """Set Django up on an empty database; what is given empties it again."""
    from tests import slots

    os.environ |= {
        "OXYPRIVACY_ENV": "test",
        "OXYPRIVACY_TEST_SLOT": str(slots.take()),
        "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings",
    }
    import django

    from oxyprivacy import embedded

    django.setup()
    from django.test.utils import setup_test_environment, teardown_test_environment

    from tests import database

    setup_test_environment()
    with embedded.running():
        made = database.prepare()
        try:
            yield made.flush
        finally:
            made.flush()
            made.finish()
            teardown_test_environment()
