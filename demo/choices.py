"""Choices that visitors of the demo company's site made at its banner in the last days, saved one by one as the banner saves them.

The notice is only as old as the demo is: it stands for the same words that were published before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from consent import catalog, counting
from consent.models import Record
from consent.rules import Choice
from consent.services import choosing
from demo.websites import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from consent.rules import KnownNotice

DAYS = 10
#: Visitors who choose on an ordinary day, by their language.
BUSIEST = {"nl": 28, "fr": 24}


def load(*, at: datetime) -> int:
    """How many choices were saved; none where somebody has chosen before. Their days are counted as in the night after each."""
    if Record.objects.exists():
        return 0
    catalog.forget()
    made = [one for language, number in BUSIEST.items() for one in _choices(language, number, at=at)]
    for choice in made:
        choosing.save(choice, at=choice.at)
    counting.count_days(at=at)
    return len(made)


def _choices(language: str, busiest: int, *, at: datetime) -> Iterator[Choice]:
    found = catalog.current()
    served = found.in_force.get((SITE, language))
    if served is None:
        return
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(DAYS, 0, -1):
        for number in range(busiest - ago % 4):
            then = today - timedelta(days=ago) + timedelta(hours=7 + number % 12, minutes=number * 7 % 60)
            yield _choice(served.digest, found.known[served.digest], number, at=then)


def _choice(digest: str, notice: KnownNotice, number: int, *, at: datetime) -> Choice:
    """Every second visitor refuses: that is as easy as to allow, and leaves no number to be known by."""
    is_allowed = number % 2 == 0
    return Choice(
        receipt=uuid4(),
        consent_id=uuid4() if is_allowed else None,
        site=notice.site,
        notice=digest,
        language=notice.language,
        method="accept_all" if is_allowed else "refuse_all",
        choices=dict.fromkeys(notice.asked, is_allowed),
        signal="",
        at=at,
    )
