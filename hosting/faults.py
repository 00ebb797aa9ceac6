"""Where a test may end this process, as a power cut would. Outside a test nothing here does anything."""

from __future__ import annotations

import os
import signal
from itertools import count

from django.conf import settings

_reached = count(1)
_fault_at = int(os.environ.get("HOSTING_FAULT_AT", "0")) if settings.ENVIRONMENT.name == "test" else 0


def reach(step: str) -> None:
    """Say that a step of the work was reached; the ``HOSTING_FAULT_AT``-th ends the process without a word."""
    if _fault_at and next(_reached) == _fault_at:
        os.write(2, f"FAULT at {step}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
