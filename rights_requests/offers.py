"""What the portal offers: one row per wish, in the order of the page. Two wishes may be one right of the law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from datamap.enums import Basis
from datamap.purposes import PURPOSES
from rights_requests.enums import Right
from subjects.enums import RestrictionGround

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrPromise

    from datamap.declaration import Text
    from rights_requests.models import RightsRequest


@dataclass(frozen=True, slots=True)
class Offer:
    """``code`` is what the address says (``?right=``). ``title`` is the wish in the person's words, ``named`` the same as a
    noun; ``limits`` is what the law does not give; ``needs_text`` where the law expects a reason. ``purposes`` are those an objection is against without a question;
    ``choices`` are what is asked, under the name of the form's field ``asks``.
    """

    code: str
    right: Right
    title: _StrPromise
    promise: _StrPromise
    law: _StrPromise
    hint: _StrPromise
    named: _StrPromise
    question: _StrPromise
    question_hint: _StrPromise
    without_text: Text
    limits: _StrPromise
    needs_text: bool = False
    purposes: tuple[str, ...] = ()
    asks: str = ""
    choices: tuple[tuple[str, Text], ...] = ()

    @property
    def is_at_once(self) -> bool:
        """Nothing is decided: it takes effect when it reaches us (Art. 7(3), 21(3))."""
        return bool(self.purposes)


_MARKETING = tuple(code for code, purpose in PURPOSES.items() if purpose.is_marketing)
_CONSENTS = tuple(code for code, purpose in PURPOSES.items() if purpose.basis == Basis.CONSENT)
_OTHER_USES = tuple((code, purpose.label) for code, purpose in PURPOSES.items() if purpose.is_objectable and not purpose.is_marketing)


OFFERS: tuple[Offer, ...] = (
    Offer(
        code="ACCESS",
        right=Right.ACCESS,
        title=_("Send me a copy of my data"),
        promise=_("Everything we hold about you, in files you can read and reuse."),
        law=_("access, Article 15"),
        hint=_("You get the files and a letter saying why we hold each part."),
        named=_("a copy of your data"),
        question=_("Is there something you are looking for?"),
        question_hint=_("Leave this empty to get everything. If you name something, we make sure that it is in the answer."),
        without_text=_("Everything"),
        limits=_("What would reveal somebody else is left out, and the letter says so."),
    ),
    Offer(
        code="ERASURE",
        right=Right.ERASURE,
        title=_("Delete my data"),
        promise=_("We tell you before anything is deleted, and what the law makes us keep."),
        law=_("erasure, Article 17"),
        hint=_("We tell you before anything is deleted. Invoices must be kept by law."),
        named=_("the deletion of your data"),
        question=_("Would you like to tell us more?"),
        question_hint=_("You do not have to give a reason. Leave this empty to ask for the deletion of everything."),
        without_text=_("Everything, without a reason"),
        limits=_(
            "What a law makes us keep, or a legal claim needs, stays locked away until its day; the letter names each part and its end."
        ),
    ),
    Offer(
        code="RECTIFICATION",
        right=Right.RECTIFICATION,
        title=_("Correct something"),
        promise=_("A name, an address, a date, or anything that is out of date."),
        law=_("rectification, Article 16"),
        hint=_("We correct it, and tell those to whom we gave it."),
        named=_("a correction of your data"),
        question=_("What is wrong, and what should it be?"),
        question_hint=_("For example: my telephone number is now +32 2 555 01 40. If something is missing, write what we should add."),
        without_text="",
        limits=_("What happened is not rewritten: an invoice is corrected by a credit note, and a record gets your statement beside it."),
        needs_text=True,
    ),
    Offer(
        code="MARKETING",
        right=Right.OBJECTION,
        title=_("Stop marketing"),
        promise=_("No more offers and news from us. It takes effect at once."),
        law=_("objection, Article 21"),
        hint=_("This takes effect at once. No reason needed."),
        named=_("an end to marketing"),
        question=_("Is there something you would like to add?"),
        question_hint=_("You do not have to give a reason. Leave this empty to stop all marketing to your address."),
        without_text=_("All marketing, without a reason"),
        limits=_("None. Nobody here can refuse it."),
        purposes=_MARKETING,
    ),
    Offer(
        code="OBJECTION",
        right=Right.OBJECTION,
        title=_("Stop another use of my data"),
        promise=_("A use you disagree with. Until we have decided, we set it aside."),
        law=_("objection, Article 21"),
        hint=_("Until we have decided, we use your data for nothing else than this request."),
        named=_("an end to a use of your data"),
        question=_("Which use should stop, and why for you?"),
        question_hint=_("What is different in your situation? One sentence will do: we have to show why we may go on, not you why not."),
        without_text="",
        limits=_(
            "We may go on only where we show reasons that weigh more than yours, or need the data for a legal claim. What the law or your contract asks of us is not a matter of objection."
        ),
        needs_text=True,
        asks="purpose",
        choices=_OTHER_USES,
    ),
    Offer(
        code="RESTRICTION",
        right=Right.RESTRICTION,
        title=_("Freeze my data while something is settled"),
        promise=_("We keep it, and do nothing else with it, until we have told you otherwise."),
        law=_("restriction, Article 18"),
        hint=_("We keep your data and do nothing else with it. We tell you before that ends."),
        named=_("a freeze of your data"),
        question=_("Why should we freeze your data?"),
        question_hint=_("Tell us what it is about, so that we freeze the right thing."),
        without_text=_("Everything you hold about me"),
        limits=_(
            "It needs one of four reasons. Even then data may be used for a legal claim, to protect somebody else, or with your consent."
        ),
        asks="ground",
        choices=(
            (RestrictionGround.ACCURACY.value, _("Something in it is wrong, and you are checking it")),
            (RestrictionGround.UNLAWFUL.value, _("You should not have it, but I do not want it deleted")),
            (RestrictionGround.CLAIMS.value, _("You no longer need it, but I need it for a legal claim")),
            (RestrictionGround.OBJECTION.value, _("I objected to its use, and you have not decided yet")),
        ),
    ),
    Offer(
        code="PORTABILITY",
        right=Right.PORTABILITY,
        title=_("Move my data to another service"),
        promise=_("What you gave us, in files that another service can read."),
        law=_("portability, Article 20"),
        hint=_("What you gave us under a contract or with your consent, as JSON and CSV."),
        named=_("your data, to take elsewhere"),
        question=_("Where would you like to take it?"),
        question_hint=_("Leave this empty to get the files yourself. You stay our customer, and nothing is deleted."),
        without_text=_("To me, as files"),
        limits=_(
            "Only what you gave us, or did with our services, under a contract or with your consent; nothing that we concluded, and no paper files."
        ),
    ),
    Offer(
        code="CONSENT",
        right=Right.OBJECTION,
        title=_("Take back a consent I gave"),
        promise=_("Newsletters, for example. It takes effect at once."),
        law=_("withdrawal, Article 7(3)"),
        hint=_("This takes effect at once. What we did before stays lawful."),
        named=_("the withdrawal of your consent"),
        question=_("Is there something you would like to add?"),
        question_hint=_("You do not have to give a reason. Leave this empty to take back every consent you gave to newsletters."),
        without_text=_("Every consent to newsletters"),
        limits=_("None. It is as easy as saying yes was."),
        purposes=_CONSENTS,
    ),
)

_BY_CODE = {offer.code: offer for offer in OFFERS}


def offer_for(code: str) -> Offer | None:
    return _BY_CODE.get(code)


def offer_of(case: RightsRequest) -> Offer:
    """The wish that a case came from, as far as its right and purposes tell."""
    return next((offer for offer in OFFERS if offer.right == case.right and _fits(offer, case.purposes)), _BY_CODE[Right.OBJECTION])


def _fits(offer: Offer, purposes: Sequence[str]) -> bool:
    return set(offer.purposes) == set(purposes) if offer.is_at_once else not {*_MARKETING, *_CONSENTS} & set(purposes)
