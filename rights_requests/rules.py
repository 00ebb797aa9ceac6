"""Decisions about a case that need nothing but its facts: which grounds fit which right, when a task is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from datamap.enums import Ground
from rights_requests.enums import Right

_FOR_ANY_RIGHT = frozenset(
    {
        Ground.ID_NOT_PROVEN,
        Ground.UNFOUNDED,
        Ground.EXCESSIVE_REPEAT,
        Ground.EXCESSIVE_ABUSE,
        Ground.MEMBER_STATE_RESTRICTION,
    }
)

#: The closed list: why a whole request of a right may be refused. Rights of others only ever limit an answer, and what
#: another controller decides is forwarded. An objection to direct marketing has no ground at all: see ``may_refuse``.
REFUSAL_GROUNDS: Mapping[Right, frozenset[Ground]] = {
    Right.ACCESS: _FOR_ANY_RIGHT,
    Right.RECTIFICATION: _FOR_ANY_RIGHT | {Ground.ACCURATE, Ground.LEGAL_OBLIGATION},
    Right.RESTRICTION: _FOR_ANY_RIGHT | {Ground.NO_RESTRICTION_GROUND},
    Right.PORTABILITY: _FOR_ANY_RIGHT | {Ground.NOT_PORTABLE_BASIS, Ground.NOT_AUTOMATED, Ground.NOT_PROVIDED},
    Right.OBJECTION: _FOR_ANY_RIGHT | {Ground.COMPELLING_GROUNDS, Ground.LEGAL_CLAIMS},
    Right.ERASURE: _FOR_ANY_RIGHT
    | {
        Ground.NO_ERASURE_GROUND,
        Ground.LEGAL_OBLIGATION,
        Ground.LEGAL_CLAIMS,
        Ground.FREEDOM_EXPRESSION,
        Ground.PUBLIC_HEALTH,
        Ground.ARCHIVE_RESEARCH,
    },
}

#: Why one use goes on although somebody objects to it (Art. 21(1)), while others of the same objection end.
GOES_ON = frozenset({Ground.COMPELLING_GROUNDS, Ground.LEGAL_CLAIMS})

#: Why a single value is not corrected.
CORRECTION_GROUNDS = frozenset({Ground.ACCURATE, Ground.LEGAL_OBLIGATION, Ground.UNFOUNDED, Ground.MEMBER_STATE_RESTRICTION})

#: The rights whose answer hands values over.
GIVES_VALUES = frozenset({Right.ACCESS, Right.PORTABILITY})
#: Why a single value may be left out of such an answer. What a national law keeps back is refused, with the article of that law.
WITHHOLDING_GROUNDS = frozenset({Ground.THIRD_PARTY_RIGHTS})

#: Why a source is kept from an erasure, in the order of Art. 17(3).
KEEPING_GROUNDS = (
    Ground.FREEDOM_EXPRESSION,
    Ground.LEGAL_OBLIGATION,
    Ground.PUBLIC_HEALTH,
    Ground.ARCHIVE_RESEARCH,
    Ground.LEGAL_CLAIMS,
)

#: A duty of law is only a reason together with its article and the day on which it ends.
NEEDS_END = frozenset({Ground.LEGAL_OBLIGATION})
#: Both rest on a law of a member state, which the letter names.
NEEDS_ARTICLE = NEEDS_END | {Ground.MEMBER_STATE_RESTRICTION}

#: The proof is ours that a request is manifestly unfounded or excessive (Art. 12(5)): written down before it is refused.
NEEDS_EVIDENCE = frozenset({Ground.UNFOUNDED, Ground.EXCESSIVE_REPEAT, Ground.EXCESSIVE_ABUSE})

#: What a law of its own has to allow before an erasure leaves it.
KEEPING_NEEDS_ARTICLE = NEEDS_END | {Ground.ARCHIVE_RESEARCH}

ARTICLES: Mapping[Ground, str] = {
    Ground.ID_NOT_PROVEN: "12(6)",
    Ground.UNFOUNDED: "12(5)",
    Ground.EXCESSIVE_REPEAT: "12(5)",
    Ground.EXCESSIVE_ABUSE: "12(5)",
    Ground.THIRD_PARTY_RIGHTS: "15(4)",
    Ground.ACCURATE: "16",
    Ground.NO_ERASURE_GROUND: "17(1)",
    Ground.LEGAL_OBLIGATION: "17(3)(b)",
    Ground.LEGAL_CLAIMS: "17(3)(e)",
    Ground.FREEDOM_EXPRESSION: "17(3)(a)",
    Ground.PUBLIC_HEALTH: "17(3)(c)",
    Ground.ARCHIVE_RESEARCH: "17(3)(d)",
    Ground.NO_RESTRICTION_GROUND: "18(1)",
    Ground.NOT_PORTABLE_BASIS: "20(1)(a)",
    Ground.NOT_AUTOMATED: "20(1)(b)",
    Ground.NOT_PROVIDED: "20(1)",
    Ground.COMPELLING_GROUNDS: "21(1)",
    Ground.NOT_CONTROLLER: "4(7)",
    Ground.MEMBER_STATE_RESTRICTION: "23",
}
"""Articles of the GDPR behind each ground."""

ATTEMPTS = 12
#: A system that answers by itself is looked after so often, in case nobody heard that it has.
ASK_AGAIN_AFTER = timedelta(minutes=10)
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=30)


def wait_before(attempt: int) -> timedelta:
    """How long a task rests after its ``attempt``-th failure: 2 s, then twice as long each time, up to half an hour."""
    return min(_FIRST_WAIT * (1 << attempt - 1), _LONGEST_WAIT)


def may_refuse(*, right: Right, ground: Ground, is_absolute: bool = False) -> bool:
    """``is_absolute``: against direct marketing, or the withdrawal of a consent, there is no ground (Art. 7(3), 21(3))."""
    return not is_absolute and ground in REFUSAL_GROUNDS[right]
