"""Systems that answer later: whoever waits for one of them is told when its answer is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class Listener(Protocol):
    def __call__(self, *, source: str, subject_id: UUID, at: datetime) -> None: ...


_listeners: list[Listener] = []


def register(listener: Listener) -> Listener:
    """Let an app above hear of it, inside the transaction that writes the answer down."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(*, source: str, subject_id: UUID, at: datetime) -> None:
    for listener in _listeners:
        listener(source=source, subject_id=subject_id, at=at)
