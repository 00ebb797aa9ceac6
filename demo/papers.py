"""What the recipients of the first register need before anything goes to them: invented contracts and certifications."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from audit.actor import Actor
from datamap import registering
from datamap.enums import PaperKind
from datamap.registering import PaperGiven

if TYPE_CHECKING:
    from datetime import datetime

SINCE = date(2023, 9, 1)
HOUSE = Actor.system("demo")


def load(*, at: datetime) -> int:
    """How many of them got one; again, and it is none."""
    papers = [PaperGiven(kind, f"DEMO-{kind}", SINCE) for kind in (PaperKind.CONTRACT, PaperKind.FRAMEWORK)]
    found = [registering.save(code=code, values={}, papers=papers, actor=HOUSE, at=at) for code in ("calendly", "mailchimp")]
    return sum(verb != "same" for verb in found)
