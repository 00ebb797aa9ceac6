"""What can go wrong with the embedded servers, each in one line for the person at the keyboard."""

from __future__ import annotations

from pathlib import Path


class EmbeddedServerError(SystemExit):
    """A server cannot start or does not answer. A ``SystemExit``, so that no command buries the line in a traceback."""


def log_tail(log: Path) -> str:
    """Give the last line that says something, for an error message."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "no log"
    telling = [line for line in lines[-20:] if "FATAL" in line or "could not" in line or "# " in line]
    return (telling or lines[-1:] or ["an empty log"])[-1].strip()
