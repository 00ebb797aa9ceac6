"""What `make run` adds to its one worker: processes that end with it, and a beat that is missed when it dies."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from celery.signals import beat_embedded_init, worker_process_init, worker_ready
from celery.worker import state

from oxyprivacy.embedded import processes


@worker_process_init.connect
@beat_embedded_init.connect
def _die_with_worker(**_: Any) -> None:
    processes.die_with_parent()


@worker_ready.connect
def _watch_beat(sender: Any, **_: Any) -> None:
    beat = getattr(sender.controller, "beat", None)
    if beat is not None:
        threading.Thread(target=_end_with, args=(beat,), daemon=True).start()


def _end_with(beat: Any) -> None:
    """End the worker when its beat has died, so that both are started again: without beat nothing sweeps."""
    beat.join()
    if state.should_stop is None:
        os.kill(os.getpid(), signal.SIGTERM)
