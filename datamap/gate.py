"""The one question that every mailer, statistic, transfer and edit asks before it touches somebody's data.

A purge asks for a whole table at once, whom it must leave: ``kept_values``, ``kept_accounts`` and ``kept_subjects`` of ``subjects.selectors``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from django.utils.translation import gettext_lazy as _

from datamap import reach
from datamap.enums import Basis
from datamap.purposes import EVIDENCE, PURPOSES, RIGHTS, purpose_of
from subjects import selectors as subjects
from subjects.enums import SuppressionState
from subjects.identifiers import suppressed_as
from subjects.models import Subject

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from datamap.declaration import Purpose
    from subjects.models import Suppression

#: Why somebody's data may not be used for a purpose, as codes; nothing when it may.
Blocker: TypeAlias = "Callable[[Subject, Purpose], Iterable[str]]"
#: Whether the person consented to a purpose, as far as this witness knows.
Witness: TypeAlias = "Callable[[Subject, Purpose], bool]"
#: Whether the mailbox of an address consented to a purpose, for mailers that have nothing but the address.
AddressWitness: TypeAlias = "Callable[[str, Purpose], bool]"
#: When the mailbox of an address last asked for a purpose itself, in so many words, if that stands: its own later order.
AddressOrder: TypeAlias = "Callable[[str, Purpose], datetime | None]"
#: Whether whoever uses the browser behind a request allowed a kind of use there, as far as this witness knows.
BrowserWitness: TypeAlias = "Callable[[HttpRequest, str], bool]"

RESTRICTED = "restricted"
OBJECTED = "objected"
NO_CONSENT = "no-consent"

#: What is read where something was stopped.
SENTENCES: dict[str, _StrPromise] = {
    RESTRICTED: _("The data of this person is set aside (Art. 18 GDPR): until that ends it is stored, and neither changed nor used."),
    OBJECTED: _("This person objected to it."),
    NO_CONSENT: _("This person has not consented to it."),
}

#: Art. 18(2): what remains while a restriction stands is storage, the person's own rights, and legal claims.
DESPITE_RESTRICTION = frozenset({RIGHTS.code, EVIDENCE.code})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no, and why not."""

    is_allowed: bool
    reasons: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.is_allowed


class Stopped(Exception):
    """The gate said no; ``reasons`` are its codes, ``str`` the sentences for the page."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__(*reasons)

    def __str__(self) -> str:
        return " ".join(str(SENTENCES.get(reason, reason)) for reason in self.reasons)


_blockers: list[Blocker] = []
_witnesses: list[Witness] = []
_address_witnesses: list[AddressWitness] = []
_address_orders: list[AddressOrder] = []
_browser_witnesses: list[BrowserWitness] = []

#: Kinds of use that somebody allows in a browser, without being anybody to us.
PREFERENCES = "preferences"


def register_blocker(blocker: Blocker) -> Blocker:
    """Let an app above say no."""
    if blocker not in _blockers:
        _blockers.append(blocker)
    return blocker


def register_witness(witness: Witness) -> Witness:
    """Let an app above vouch for a consent; without anybody who does, there is none."""
    if witness not in _witnesses:
        _witnesses.append(witness)
    return witness


def register_address_witness(witness: AddressWitness) -> AddressWitness:
    """Let an app above vouch for a consent that was given from a mailbox, by somebody who may be nobody else to us."""
    if witness not in _address_witnesses:
        _address_witnesses.append(witness)
    return witness


def register_address_order(order: AddressOrder) -> AddressOrder:
    """Let an app above say since when a person asks for what they had stopped before. It counts for that purpose and no other."""
    if order not in _address_orders:
        _address_orders.append(order)
    return order


def register_browser_witness(witness: BrowserWitness) -> BrowserWitness:
    """Let an app above vouch for what was allowed in a browser; without anybody who does, nothing was."""
    if witness not in _browser_witnesses:
        _browser_witnesses.append(witness)
    return witness


def is_allowed_in_browser(*, request: HttpRequest, use: str) -> bool:
    """Whether what the browser tells may be used so: for visitors, who are nobody to us (Art. 11)."""
    return any(witness(request, use) for witness in _browser_witnesses)


def may_process(*, subject: Subject, purpose: Purpose | str) -> Verdict:
    """Whether the person's data may be used for ``purpose`` now.

    Raises:
        UnknownPurpose: the purpose is not one that the policy names.
    """
    known = purpose_of(purpose)
    reasons = tuple(dict.fromkeys(reason for blocker in _blockers for reason in blocker(subject, known)))
    return Verdict(not reasons, reasons)


def may_write_to(*, email: str, purpose: Purpose | str) -> Verdict:
    """Whether an address may be written to for ``purpose`` now, for mailers that have nothing but the address.

    Raises:
        UnknownPurpose: the purpose is not one that the policy names.
    """
    known = purpose_of(purpose)
    if known.code in DESPITE_RESTRICTION:
        # Nothing stops it, so nobody is looked up: a letter to somebody unknown costs the same.
        return Verdict(is_allowed=True)
    subject = subjects.known_by_email(email)
    if subject is not None:
        return may_process(subject=subject, purpose=known)
    is_consented = known.basis != Basis.CONSENT or _is_agreed([email], known)
    found = {OBJECTED: _is_suppressed(subjects.as_if_proved(email), known), NO_CONSENT: not is_consented}
    reasons = tuple(reason for reason, stands in found.items() if stands)
    return Verdict(not reasons, reasons)


def may_edit(*, values: Iterable[str]) -> Verdict:
    """Whether staff and importers may add or change rows of whom these addresses and keys of accounts name. A person's own
    acts, their own later order included, need not ask: they are the consent of Art. 18(2).
    """
    is_restricted = subjects.is_any_restricted(values)
    return Verdict(not is_restricted, (RESTRICTED,) if is_restricted else ())


def require(verdict: Verdict) -> None:
    """Go on only with a yes.

    Raises:
        Stopped: it is a no.
    """
    if not verdict:
        raise Stopped(verdict.reasons)


@register_blocker
def _restriction(subject: Subject, purpose: Purpose) -> Iterable[str]:
    if purpose.code in DESPITE_RESTRICTION:
        return
    last = max(subjects.restrictions_of(subject).values_list("since", flat=True), default=None)
    if last is not None and not _is_ordered_since(last, subject, purpose):
        yield RESTRICTED


@register_blocker
def _objection(subject: Subject, purpose: Purpose) -> Iterable[str]:
    """An objection to one kind of marketing is one to all of it (Art. 21(2) and 21(3))."""
    if not purpose.is_objectable:
        return
    said = subjects.objections_of(subject).values_list("purpose", "since")
    last = max((since for code, since in said if _is_objected(purpose_of(code), purpose)), default=None)
    if last is not None and not _is_ordered_since(last, subject, purpose):
        yield OBJECTED


def _is_objected(other: Purpose, purpose: Purpose) -> bool:
    return other.code == purpose.code or (other.is_marketing and purpose.is_marketing)


@register_blocker
def _suppression(subject: Subject, purpose: Purpose) -> Iterable[str]:
    """What was said about any of the person's addresses was said by the person."""
    if _is_suppressed(subject, purpose):
        yield OBJECTED


def _is_suppressed(subject: Subject, purpose: Purpose) -> bool:
    """By an address of the person, or by a number or postal address that stands beside it in our records: whoever called or wrote a
    letter need not know by which address we have them.
    """
    if not purpose.stops_at_once:
        return False
    known = {*subjects.known_as(subject), *(suppressed_as(kind, value) for kind, value in reach.of(subject))}
    said = subjects.suppressions_by_address(sorted(known)).values()
    last = max(filter(None, (_last_no(rows, purpose) for rows in said)), default=None)
    return last is not None and not _is_ordered_since(last, subject, purpose)


def objected(emails: Iterable[str], purpose: Purpose) -> set[str]:
    """Of these addresses those with which a use was ended at once, and not asked for again since: many in one question."""
    said = subjects.suppressions_by_address(emails) if purpose.stops_at_once else {}
    last = {email: at for email, rows in said.items() if (at := _last_no(rows, purpose)) is not None}
    return {email for email, at in last.items() if not _is_ordered_since(at, subjects.as_if_proved(email), purpose)}


def _last_no(rows: Iterable[Suppression], purpose: Purpose) -> datetime | None:
    """When the no was said that stands. The last word counts. A no to one kind of marketing is one to all of it; a yes is to what it
    names alone.
    """
    last = None
    for row in rows:
        if row.state == SuppressionState.STANDS:
            last = row.since if _covers(row.purpose, purpose) else last
        elif row.purpose == purpose.code:
            last = None
    return last


def _is_ordered_since(said_at: datetime, subject: Subject, purpose: Purpose) -> bool:
    """Whether the person asked for this very purpose after what they had said against it: their own later word counts, by whichever
    way the earlier one came. It is found by their mailboxes alone: others may share a telephone or a letter box.
    """
    ordered = (order(email, purpose) for email in subjects.emails(subject) for order in _address_orders)
    return any(at > said_at for at in ordered if at is not None)


def _covers(code: str, purpose: Purpose) -> bool:
    """A purpose that the policy has given up since may have been marketing."""
    other = PURPOSES.get(code)
    return code == purpose.code or (purpose.is_marketing and (other is None or other.is_marketing))


@register_blocker
def _consent(subject: Subject, purpose: Purpose) -> Iterable[str]:
    if purpose.basis != Basis.CONSENT or any(witness(subject, purpose) for witness in _witnesses):
        return
    if not _is_agreed(subjects.emails(subject), purpose):
        yield NO_CONSENT


def _is_agreed(emails: Iterable[str], purpose: Purpose) -> bool:
    return any(witness(email, purpose) for email in emails for witness in _address_witnesses)
