"""Saving a choice: one statement, no look-up, since every visitor of every site comes by here.

No event is recorded beside it: the row itself is the evidence, and its trigger keeps it as an event's would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection

from consent import catalog, rules
from consent.models import Record
from consent.rules import Refused

if TYPE_CHECKING:
    from uuid import UUID

    from consent.rules import Choice

SAVE = """
INSERT INTO consent_record
    (id, consent_id, notice_id, method, choices, signal, at, client_at, valid_until, expires_at, fingerprint)
VALUES (%(id)s, {consent_id}, %(notice)s, %(method)s, %(choices)s::jsonb, %(signal)s, {at}, %(client_at)s, %(valid_until)s,
    %(expires_at)s, %(fingerprint)s)
ON CONFLICT (id) DO NOTHING
RETURNING at
"""
GIVEN, NOW = "%(consent_id)s", "%(at)s::timestamptz"
#: The last choice counts. One of two servers whose clocks differ may be ahead: a no never stands before the yes that it takes back.
AFTER = (
    "GREATEST(%(at)s::timestamptz, (SELECT max(at) + interval '1 microsecond' FROM consent_record WHERE consent_id = %(consent_id)s::uuid))"
)
#: Whoever only refuses is given no number to be known by (legal-rules 5.3): one that allowed nothing yet is left out.
KNOWN = "(SELECT %(consent_id)s::uuid WHERE EXISTS (SELECT 1 FROM consent_record WHERE consent_id = %(consent_id)s::uuid))"
SAVE_ALLOWING = SAVE.format(consent_id=GIVEN, at=NOW)
SAVE_NARROWING, SAVE_REFUSING = SAVE.format(consent_id=GIVEN, at=AFTER), SAVE.format(consent_id=KNOWN, at=AFTER)


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands under a receipt. ``is_new`` is False when the same choice came again."""

    receipt: UUID
    recorded_at: datetime
    valid_until: datetime
    is_new: bool


def save(choice: Choice, *, at: datetime) -> Saved:
    """Append a choice; the same one under the same receipt gives back what is stored, however much later it comes again.

    Raises:
        Refused: it fits no notice in force, or the browser's clock is out of bounds, or another choice stands under the receipt.
    """
    limits, fingerprint = settings.CONSENT, choice.fingerprint()
    known = catalog.with_notice(choice.notice).known.get(choice.notice)
    try:
        notice = rules.check(choice, known, at=at, ahead=limits["client_clock_ahead"], back=limits["client_time_back"])
    except Refused:
        if Record.objects.filter(pk=choice.receipt, fingerprint=fingerprint).exists():
            return _stored(choice.receipt, fingerprint)
        raise
    valid_until = rules.valid_until(choice, at=at, months=notice.months)
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(choice),
            {
                "id": choice.receipt,
                "consent_id": choice.consent_id,
                "notice": notice.id,
                "method": choice.method,
                "choices": json.dumps(choice.choices),
                "signal": choice.signal,
                "at": at,
                "client_at": choice.at,
                "valid_until": valid_until,
                "expires_at": valid_until + relativedelta(years=limits["keep_proof_years"]),
                "fingerprint": fingerprint,
            },
        )
        if row := cursor.fetchone():
            return Saved(receipt=choice.receipt, recorded_at=row[0], valid_until=valid_until, is_new=True)
    return _stored(choice.receipt, fingerprint)


def _statement(choice: Choice) -> str:
    if choice.consent_id is None or all(choice.choices.values()):
        return SAVE_ALLOWING
    return SAVE_REFUSING if choice.is_refusal else SAVE_NARROWING


def _stored(receipt: UUID, fingerprint: UUID) -> Saved:
    record = Record.objects.get(pk=receipt)
    if record.fingerprint != fingerprint:
        raise Refused(409, "other-choice")
    return Saved(receipt=receipt, recorded_at=record.at, valid_until=record.valid_until, is_new=False)
