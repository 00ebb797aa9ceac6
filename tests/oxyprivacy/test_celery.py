from __future__ import annotations

import os
import subprocess
import sys

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_prerun
from django.db import OperationalError, connection

from oxyprivacy.celery import app
from rights_requests.tasks import run_task

SHARED = """
import gc
import oxyprivacy.celery
from celery.signals import celeryd_after_setup

assert gc.get_freeze_count() == 0
celeryd_after_setup.send(sender="worker", instance=None, conf=None)
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
"""


def test_what_the_worker_forks_from_is_shared_and_left_alone():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings"}
    setup = "import django; django.setup()\n"
    subprocess.run([sys.executable, "-c", setup + SHARED], env=environment, check=True)


@pytest.mark.parametrize(
    ("process", "left"),
    [("web", {"typst", "PIL"}), ("worker", {"typst", "PIL", "api.urls", "drf_spectacular.generators"})],
)
def test_what_few_ask_for_takes_no_memory_until_somebody_does(process, left):
    """The typesetter and pictures; and nobody calls a worker's pages."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings", "OXYPRIVACY_PROCESS": process}
    told = f"import django; django.setup(); import oxyprivacy.urls, sys; assert not {left} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", told], env=environment, check=True)


@pytest.mark.django_db(transaction=True)
def test_tasks_share_a_connection_until_it_breaks():
    """Connecting takes longer than most tasks do; a connection that the database ended is replaced before the next task."""
    fixup = DjangoWorkerFixup(app)

    def task() -> int:
        fixup.on_task_prerun(sender=run_task)
        task_prerun.send(sender=run_task)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend: int = cursor.fetchone()[0]
        fixup.on_task_postrun(sender=run_task)
        return backend

    first = task()
    assert task() == first
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert task() != first
