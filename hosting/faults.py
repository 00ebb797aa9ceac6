"""Where a test may end this process, as a power cut would. Outside a test nothing here does anything."""

from __future__ import annotations

import os
import signal
from itertools import count

from django.conf import settings

_reached = count(1)
_end_at = 0


def end_at(number: int) -> None:
    """Let the ``number``-th step that this process reaches from here on be its last; 0: none of them."""
    global _reached, _end_at
    _reached, _end_at = count(1), number if settings.ENVIRONMENT.name == "test" else 0


def reach(step: str) -> None:
    """Say that a step of the work was reached."""
    if _end_at and next(_reached) == _end_at:
        os.write(2, f"FAULT at {step}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
