"""When a letter that could not be handed over is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=12),
    timedelta(hours=24),
)
#: Links and codes are worthless by then; their sealed copies are destroyed even when the letter never went.
SECRETS_KEPT_FOR = timedelta(days=3)
LIMIT_WINDOW = timedelta(days=1)


def next_try(*, attempts: int, at: datetime) -> datetime | None:
    """The instant after the `attempts`-th failure; None when it is enough."""
    return at + WAITS[attempts - 1] if attempts <= len(WAITS) else None
