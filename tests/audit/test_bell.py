from __future__ import annotations

import logging
import time

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction

from audit.bell import ring

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def task(heard):
    app = Celery("bells", broker="memory://", set_as_current=False)
    app.conf.task_always_eager = True

    @app.task(name="test.bell")
    def bell(**kwargs: str) -> None:
        heard.append(kwargs)

    return bell


@pytest.fixture
def deaf_task():
    app = Celery("deaf", broker="redis+socket:///nowhere/at/all.sock", set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS

    @app.task(name="test.deaf")
    def deaf(**_kwargs: str) -> None:
        raise AssertionError

    return deaf


def test_ring_waits_for_the_commit(task, heard):
    with transaction.atomic():
        ring(task, request_id="R-1")
        assert heard == []

    assert heard == [{"request_id": "R-1"}]


def test_ring_is_silent_after_a_rollback(task, heard):
    with transaction.atomic():
        ring(task, request_id="R-1")
        transaction.set_rollback(True)

    assert heard == []


def test_a_dead_broker_is_one_line_in_the_log_and_keeps_nobody_waiting(deaf_task, caplog):
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="audit.bell"), transaction.atomic():
        ring(deaf_task, request_id="R-1")

    assert [record.name for record in caplog.records] == ["audit.bell"]
    assert "test.deaf" in caplog.text
    assert time.monotonic() - started < 2
