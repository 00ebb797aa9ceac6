"""Every letter we write: what it is told, which secrets it carries, and how long it stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta

from datamap.purposes import ACCOUNT, EVENT, EVIDENCE, NEWSLETTER, PARTNER, RECRUITMENT, RIGHTS, SUPPORT
from letters.words import BRUSSELS

if TYPE_CHECKING:
    from datamap.declaration import Purpose

PROOF = relativedelta(years=5)
BRIEF = relativedelta(days=30)

#: The secret that every letter of marketing carries: the address that stops the next one.
WAY_OUT = "unsubscribe_link"
#: What every letter may say without being told.
STANDING = frozenset({"greeting", "organisation", "contact", "officer", "privacy_email", "phone"})


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of letter.

    ``purpose``: why we use the address; the gate is asked about it before each letter, and nothing is written without one.
    ``is_own_act``: the person asked for exactly this letter just now, which is the consent of Art. 18(2).
    ``is_unverified``: it goes to an address that nobody has shown to be theirs, so only a few a day. ``is_named``: it greets
    by name; a name that a stranger typed for somebody else's mailbox is never repeated there. ``is_reserved``: the room that
    wrote it shows it to its own people, and the desk of requests does not. ``answers_to``: whose mailbox, by the name it has
    in the settings, reads what is answered.
    """

    values: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    optional_secrets: frozenset[str] = frozenset()
    is_unverified: bool = False
    is_named: bool = True
    keep_for: relativedelta = PROOF
    purpose: Purpose | None = None
    is_own_act: bool = False
    is_reserved: bool = False
    answers_to: str = ""

    @property
    def is_marketing(self) -> bool:
        """It carries its own way out (RFC 8058); what answers somebody's own act is none."""
        return self.purpose is not None and self.purpose.is_marketing and not self.is_own_act


class EventUnknown(Exception):
    """There is no such letter."""


class NoPurpose(Exception):
    """A letter does not say what the address is used for."""


class NoWayOut(Exception):
    """A letter of marketing has no link by which to stop it."""


class ValuesDiffer(Exception):
    """A letter was told something it does not know, or not told what it needs."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Letters to candidates: human resources alone see them, and read what is answered.
_JOB: Mapping[str, Any] = {"purpose": RECRUITMENT, "keep_for": BRIEF, "is_reserved": True, "answers_to": "jobs"}

EVENTS: Mapping[str, Event] = {
    "confirm_request": Event(_names("reference right"), _names("link"), is_unverified=True, is_named=False, purpose=RIGHTS),
    "confirm_mandate": Event(
        _names("reference right kind proxy_email"), _names("link"), is_unverified=True, is_named=False, purpose=RIGHTS
    ),
    # To people without an e-mail address: somebody posts them, or reads them out.
    "identity_by_post": Event(_names("reference right until"), _names("code"), is_unverified=True, is_named=False, purpose=RIGHTS),
    "copy_by_post": Event(_names("reference right received_on rows sources left_out withheld paragraph"), purpose=RIGHTS),
    "copy_by_post_proxy": Event(_names("reference right received_on rows sources left_out withheld until paragraph"), purpose=RIGHTS),
    "erasure_notice_by_post": Event(_names("reference carry_out_at"), purpose=RIGHTS),
    "message_by_post": Event(_names("reference text"), purpose=RIGHTS),
    "mandate_accepted": Event(
        _names("reference right received_on kind proxy_email answer ends_on status_url"), is_named=False, purpose=RIGHTS
    ),
    "remind_unconfirmed": Event(_names("reference"), _names("link"), is_unverified=True, is_named=False, purpose=RIGHTS),
    "request_lapsed": Event(_names("reference received_on"), is_unverified=True, is_named=False, purpose=RIGHTS),
    "request_received": Event(_names("reference right due_on working status_url"), purpose=RIGHTS),
    "request_refused": Event(_names("reference right received_on ground reason article paragraph"), purpose=RIGHTS),
    "request_withdrawn": Event(_names("reference"), purpose=RIGHTS),
    "access_ready": Event(_names("reference received_on rows sources until downloads withheld status_url paragraph"), purpose=RIGHTS),
    "access_nothing": Event(_names("reference received_on sources not_identifiable paragraph"), purpose=RIGHTS),
    "portable_ready": Event(
        _names("reference received_on rows sources until downloads left_out withheld status_url paragraph"), purpose=RIGHTS
    ),
    "portable_nothing": Event(_names("reference received_on left_out sources paragraph"), purpose=RIGHTS),
    "erasure_notice": Event(_names("reference carry_out_at"), _names("cancel_link"), purpose=RIGHTS),
    "erasure_done": Event(
        _names("reference received_on ground erased kept recipients backups_until minimised_on paragraph"), purpose=RIGHTS
    ),
    "rectified": Event(_names("reference received_on corrected statements gone refused recipients paragraph"), purpose=RIGHTS),
    "rectification_refused": Event(_names("reference received_on refused paragraph"), purpose=RIGHTS),
    "nothing_to_correct": Event(_names("reference received_on sources paragraph"), purpose=RIGHTS),
    "access_code": Event(_names("reference"), _names("code"), is_unverified=True, is_named=False, keep_for=BRIEF, purpose=RIGHTS),
    "package_downloaded": Event(_names("reference at left"), purpose=RIGHTS),
    "objection_done": Event(_names("reference received_on purposes status_url"), is_unverified=True, is_named=False, purpose=RIGHTS),
    "objection_upheld": Event(_names("reference received_on purposes going_on reason paragraph"), purpose=RIGHTS),
    "forwarded": Event(_names("reference received_on right customer customer_email note"), is_named=False, purpose=RIGHTS),
    "forwarded_customer": Event(_names("reference received_on right person person_email checked asked note"), purpose=RIGHTS),
    "restricted": Event(_names("reference received_on ground sources status_url paragraph"), purpose=RIGHTS),
    "restriction_lifting": Event(_names("reference since ground reason"), purpose=RIGHTS),
    "new_message": Event(_names("reference status_url"), purpose=RIGHTS),
    "claim_address": Event(_names("reference"), _names("link"), is_unverified=True, is_named=False, purpose=RIGHTS),
    "claim_rejected": Event(_names("reference"), purpose=RIGHTS),
    "more_asked": Event(_names("reference right received_on why asked because asked_on not_before status_url"), purpose=RIGHTS),
    "more_missing": Event(_names("reference arrived_on missing asked_on not_before status_url"), purpose=RIGHTS),
    "more_received": Event(_names("reference right arrived_on due_on working status_url"), purpose=RIGHTS),
    "extended": Event(_names("reference right received_on why explanation due_on working status_url paragraph"), purpose=RIGHTS),
    "staff_reminder": Event(_names("number requests desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "mails_waiting": Event(_names("number oldest_on desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "officer_alarm": Event(_names("number requests desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "system_late": Event(_names("system number since desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "promise_alarm": Event(_names("number promises desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "retention_alarm": Event(_names("number alarms desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "registers_alarm": Event(_names("number alarms desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    # Customers are told of a change of processors before it is made (Art. 28(2)).
    "processor_notice": Event(
        _names("processor change replaces objective shared_data region safeguard objects_until effective_on changes_url"), purpose=EVIDENCE
    ),
    "processor_notice_withdrawn": Event(_names("processor"), purpose=EVIDENCE),
    "application_received": Event(
        _names("reference position received_on"), _names("pool_link"), is_unverified=True, is_named=False, is_own_act=True, **_JOB
    ),
    "application_entered": Event(
        _names("reference position received_on agency"), _names("pool_link"), is_unverified=True, is_named=False, **_JOB
    ),
    "application_message": Event(_names("reference position text"), _names("pool_link"), **_JOB),
    "application_rejected": Event(_names("reference position text"), _names("pool_link"), **_JOB),
    "job_offer": Event(_names("reference position text"), _names("pool_link offer_link"), **_JOB),
    "pool_left": Event(_names("reference position"), is_own_act=True, **_JOB),
    "pool_left_later": Event(_names("reference position"), is_own_act=True, **_JOB),
    "audit_head": Event(_names("number root sealed_at"), is_named=False, purpose=EVIDENCE),
    "database_cancelled": Event(_names("database region working ends_at database_url"), purpose=EVIDENCE),
    "database_deletion_asked": Event(_names("database asked_at database_url"), purpose=EVIDENCE),
    "database_deletion_confirmed": Event(_names("database carry_out_at database_url"), purpose=EVIDENCE),
    "database_deletion_called_off": Event(_names("database called_off_at database_url"), purpose=EVIDENCE),
    "database_destroyed": Event(_names("database destroyed_at certificate backups_until database_url"), purpose=EVIDENCE),
    "backups_alarm": Event(_names("troubles desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "policy_changed": Event(_names("effective_on changes_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "breach_alarm": Event(_names("reference left working desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "breach_customer": Event(_names("reference known_at facts consequences measures advice"), purpose=EVIDENCE),
    "breach_person": Event(_names("reference known_at facts consequences measures advice"), is_named=False, purpose=EVIDENCE),
    "evidence_alarm": Event(_names("number measures desk_url"), keep_for=BRIEF, purpose=EVIDENCE),
    "security_policy": Event(
        _names("asked_at until"), _names("link"), is_unverified=True, is_named=False, keep_for=BRIEF, purpose=SUPPORT, is_own_act=True
    ),
    "region_answered": Event(_names("database region answer reasons database_url"), purpose=EVIDENCE),
    "newsletter_confirm": Event(
        _names("asked_at"), _names("link"), is_unverified=True, is_named=False, keep_for=BRIEF, purpose=NEWSLETTER, is_own_act=True
    ),
    "newsletter": Event(_names("subject lines"), _names("unsubscribe_link"), is_named=False, keep_for=BRIEF, purpose=NEWSLETTER),
    "event_confirm": Event(
        _names("event asked_at"), _names("link"), is_unverified=True, is_named=False, keep_for=BRIEF, purpose=EVENT, is_own_act=True
    ),
    "event_registered": Event(_names("event place starts_on"), _names("link"), is_named=False, purpose=EVENT, is_own_act=True),
    "interest_confirm": Event(
        _names("asked_at"), _names("link"), is_unverified=True, is_named=False, keep_for=BRIEF, purpose=PARTNER, is_own_act=True
    ),
    # Who got their data is told to everybody whose data was passed on, whatever else they want no letters about.
    "partner_told": Event(_names("partner at fields"), _names("link"), purpose=EVIDENCE),
    "account_mail": Event(_names("subject lines"), optional_secrets=_names("link code"), keep_for=BRIEF, purpose=ACCOUNT, is_own_act=True),
}

UNVERIFIED = frozenset(name for name, event in EVENTS.items() if event.is_unverified)
#: About what somebody may ask of us by law.
OF_RIGHTS = frozenset(name for name, event in EVENTS.items() if event.purpose == RIGHTS)
RESERVED = frozenset(name for name, event in EVENTS.items() if event.is_reserved)
SHORT_LIVED = frozenset(name for name, event in EVENTS.items() if event.keep_for == BRIEF)


def find(name: str) -> Event:
    if name not in EVENTS:
        raise EventUnknown(name)
    return EVENTS[name]


def purpose_of(name: str) -> Purpose:
    """Why the address is used.

    Raises:
        NoPurpose: the letter does not say; then it is not written.
    """
    purpose = find(name).purpose
    if purpose is None:
        raise NoPurpose(name)
    return purpose


def check(name: str, *, values: frozenset[str], secrets: frozenset[str]) -> None:
    """See that a letter is told exactly what it needs.

    Raises:
        EventUnknown: there is no such letter.
        NoWayOut: it is marketing, and could not be stopped.
        ValuesDiffer: a name is missing or not known.
    """
    event = find(name)
    if event.is_marketing and WAY_OUT not in event.secrets:
        raise NoWayOut(name)
    wrong = values ^ event.values, event.secrets - secrets, secrets - event.secrets - event.optional_secrets
    if any(wrong):
        raise ValuesDiffer(f"{name}: {', '.join(sorted(frozenset().union(*wrong)))}")


def expires_at(name: str, *, written_at: datetime) -> datetime:
    """Calendar periods, counted in Brussels."""
    return written_at.astimezone(BRUSSELS) + find(name).keep_for
