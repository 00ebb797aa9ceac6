"""How well somebody has to show who they are, for each right, and how well each way shows it. Plain Python, no models, no clock.

What a wrong answer could do to the person decides (Art. 12(6), EDPB 01/2022): a copy in a stranger's hands or an erasure does most,
mail that stops does nothing. Asking for more than the level of the right needs a recorded doubt, see ``services.clock``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from rights_requests.enums import Right
from subjects.enums import IdentityMethod

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Level(IntEnum):
    """``NAMED``: an address or a number, as somebody gave it. ``REACHED``: they answered there. ``SHOWN``: they answered where our
    records have the person, or showed it by paper.
    """

    NAMED = 0
    REACHED = 1
    SHOWN = 2


WORDS: Mapping[Level, _StrPromise] = {
    Level.NAMED: _("Level 0: the address or number, as it was given"),
    Level.REACHED: _("Level 1: they answered at the address or number that they gave"),
    Level.SHOWN: _("Level 2: they showed that what we hold under it is theirs"),
}

NEEDED: Mapping[Right, Level] = {
    # Of an objection that is weighed; one against direct marketing or the like is done at once, see ``needed``.
    Right.OBJECTION: Level.REACHED,
    Right.RECTIFICATION: Level.REACHED,
    Right.RESTRICTION: Level.REACHED,
    Right.ACCESS: Level.SHOWN,
    Right.PORTABILITY: Level.SHOWN,
    Right.ERASURE: Level.SHOWN,
}

GIVEN: Mapping[IdentityMethod, Level] = {
    # A code by post, or a call, where our records do not have the person: what was reached may be anybody's.
    IdentityMethod.GIVEN_CHANNEL: Level.REACHED,
    # What is found is found by this very address: who reads its mail is whom our records mean.
    IdentityMethod.MAILBOX: Level.SHOWN,
    IdentityMethod.SIGNED_IN: Level.SHOWN,
    IdentityMethod.KNOWN_CHANNEL: Level.SHOWN,
    IdentityMethod.ON_FILE: Level.SHOWN,
    # The papers of a mandate.
    IdentityMethod.DESK: Level.SHOWN,
    # The tombstones say that it was shown.
    IdentityMethod.RESTORED: Level.SHOWN,
}


def needed(right: Right, *, is_absolute: bool = False) -> Level:
    """``is_absolute``: against direct marketing, or the withdrawal of a consent, nothing is needed beyond the address."""
    return Level.NAMED if is_absolute else NEEDED[right]


def given(method: str) -> Level:
    """What was shown by ``method``; empty: nothing yet."""
    return GIVEN[IdentityMethod(method)] if method else Level.NAMED


def is_better(method: IdentityMethod, *, than: str) -> bool:
    return given(method) > given(than)


def suffices(right: Right, method: str, *, is_absolute: bool = False, is_empty: bool = False) -> bool:
    """Whether that is enough to answer. ``is_empty``: nothing is given or taken, since we hold nothing: then who was reached may
    hear so.
    """
    least = needed(right, is_absolute=is_absolute)
    return given(method) >= (min(least, Level.REACHED) if is_empty else least)
