"""What rooms above note in the journal of the escrow: orders of theirs that a restore must not forget either. The kind of such an entry names
its room, ``hosting:rows``; what it says is the room's own affair, and no personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from subjects import journal
from subjects.orders import KEEP_ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from subjects.journal import Entry


@transaction.atomic
def note(entries: Sequence[Entry], *, at: datetime) -> int:
    """Write entries behind the last ones; the number of their file. One caller at a time, whichever room it is.

    Raises:
        EscrowBroken: nothing is written behind a journal whose end is missing.
    """
    assert all(":" in entry["kind"] for entry in entries)
    journal.take_turn()
    return journal.append(entries, at=at, expires_at=at + KEEP_ORDERS)


def noted(kind: str, *, at: datetime) -> Iterator[tuple[int, Entry]]:
    """Every entry of this kind that has not expired, the oldest first, with the number of its file.

    Raises:
        EscrowBroken: a file is missing, the newest too, or is not what was written.
    """
    for page in journal.read_all(at=at):
        yield from ((page.number, entry) for entry in page.entries if entry.get("kind") == kind)
