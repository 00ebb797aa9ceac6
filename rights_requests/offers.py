"""What the portal offers: one row per right, in the order of the page. A right that comes later is a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from rights_requests.enums import Right

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Offer:
    """``title`` is the wish in the person's words, ``named`` the same as a noun; ``needs_text`` where the law expects a reason."""

    right: Right
    title: _StrPromise
    promise: _StrPromise
    law: _StrPromise
    hint: _StrPromise
    named: _StrPromise
    question: _StrPromise
    question_hint: _StrPromise
    without_text: _StrPromise
    needs_text: bool = False


OFFERS: tuple[Offer, ...] = (
    Offer(
        right=Right.ACCESS,
        title=_("Send me a copy of my data"),
        promise=_("Everything we hold about you, in files you can read and reuse."),
        law=_("access, Article 15"),
        hint=_("You get the files and a letter saying why we hold each part."),
        named=_("a copy of your data"),
        question=_("Is there something you are looking for?"),
        question_hint=_("Leave this empty to get everything. If you name something, we make sure that it is in the answer."),
        without_text=_("Everything"),
    ),
    Offer(
        right=Right.ERASURE,
        title=_("Delete my data"),
        promise=_("We tell you before anything is deleted, and what the law makes us keep."),
        law=_("erasure, Article 17"),
        hint=_("We tell you before anything is deleted. Invoices must be kept by law."),
        named=_("the deletion of your data"),
        question=_("Would you like to tell us more?"),
        question_hint=_("You do not have to give a reason. Leave this empty to ask for the deletion of everything."),
        without_text=_("Everything, without a reason"),
    ),
)

_BY_RIGHT = {offer.right.value: offer for offer in OFFERS}


def offer_for(right: str) -> Offer | None:
    return _BY_RIGHT.get(right)
