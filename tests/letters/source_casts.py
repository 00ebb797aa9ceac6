"""How the shared suite for sources makes letters (see ``tests/conformance``)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from letters import services
from letters.enums import LetterStatus
from letters.models import Letter
from letters.personal_data import BRIEF
from tests.conformance.casting import Cast, plays
from tests.letters import samples

if TYPE_CHECKING:
    from datetime import datetime

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

_numbers = itertools.count(1)


@plays("letters.letters")
class LettersCast(Cast):
    """A letter that arrived, about a case that nobody knows any more, and one that is still on its way."""

    holds = {"letters": 2}
    blank = {"letters.by_hand_to": "who has an e-mail address gets nothing by post"}
    kept = {"letters": 1}
    is_emptied_as_erased = True
    few = "we write a handful of letters about each request"

    def fill(self, person: Person, *, at: datetime) -> None:
        arrived = write(person, "request_refused", at=at)
        Letter.objects.filter(pk=arrived.pk).update(status=LetterStatus.SENT, sent_at=at)
        write(person, "request_withdrawn", at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Letter:
        return write(person, "account_mail" if rule is BRIEF else "request_refused", at=since)


def write(person: Person, event: str, *, at: datetime) -> Letter:
    about = f"R-C10S-{next(_numbers)}"
    return services.write(
        event=event, language="en", to=person.email, name="Noor Vermeulen", about=about, values=samples.VALUES[event], at=at
    )
