"""A choice as a receipt: with the fields of ISO/IEC TS 27560, names as the W3C vocabulary (DPV) writes them down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from datamap import registers, registry, selectors
from datamap.models import Processor

if TYPE_CHECKING:
    from consent.models import Record

SCHEMA = "ISO/IEC TS 27560:2023"
#: The source that these records are.
KEPT_IN = "consent.choices"
GIVEN, REFUSED, WITHDRAWN = "consent given", "consent refused", "consent withdrawn"


def state_of(record: Record, *, at: datetime) -> str:
    """In the words of the vocabulary, as far as this record alone tells."""
    if not record.is_valid(at):
        return "consent expired"
    if record.method == "withdrawal":
        return WITHDRAWN
    return GIVEN if record.allowed else REFUSED


def asked_in(record: Record) -> list[dict[str, Any]]:
    """The categories as they were shown, word for word, each with what was chosen."""
    body = json.loads(record.notice.body)
    return [
        {**category, "is_allowed": bool(record.choices[category["code"]])}
        for category in body["categories"]
        if category["code"] in record.choices
    ]


def as_json(record: Record, *, at: datetime, withdraw_url: str) -> dict[str, Any]:
    """The receipt, to be kept by whoever it is about, and shown to whom they like. So the number by which a browser knows itself is not in
    it: what a specification wants for the person is told by the receipt, which is known to whoever reads it.
    """
    notice, site = record.notice, record.notice.site
    return {
        "schema_version": SCHEMA,
        "receipt_id": str(record.pk),
        "record_id": str(record.pk),
        "pii_principal_id": str(record.pk),
        "pii_processing": {
            "privacy_notice": {"sha256": notice.digest, "number": notice.number, "layout": notice.layout},
            "privacy_policy": _policy(record),
            "language": notice.language,
            "collection_method": record.method,
            "signal": record.signal or None,
            "website": site.code,
            "jurisdiction": ["BE", "FR", "EU"],
            "withdrawal_method": withdraw_url,
            "privacy_rights": settings.PUBLIC_URL,
            "purposes": [_purpose(category) for category in asked_in(record)],
        },
        "party_identification": [
            {
                "party_id": "controller",
                "party_name": settings.ORGANISATION["name"],
                "party_address": ", ".join((*settings.OFFICES[settings.RIGHTS["establishment"]], settings.RIGHTS["establishment"])),
                "party_email": settings.ORGANISATION["privacy_email"],
                "party_phone": settings.ORGANISATION["phone"],
                "party_contact": settings.ORGANISATION["officer"],
                "party_role": "controller",
                "storage_locations": _places(),
            },
            *_recipients(record),
        ],
        "event": [
            {
                "event_time": _written(record.at),
                "event_time_of_browser": _written(record.client_at),
                "validity_until": _written(record.valid_until),
                "kept_until": _written(record.expires_at),
                "entity_id": str(record.pk),
                "event_type": "explicit",
                "event_state": state_of(record, at=at),
            }
        ],
    }


def _purpose(category: dict[str, Any]) -> dict[str, Any]:
    return {
        "purpose": category["title"],
        "purpose_code": category["code"],
        "purpose_version": category["version"],
        "purpose_text": category["text"],
        "lawful_basis": "consent",
        "consent": "given" if category["is_allowed"] else "refused",
        "pii_controllers": ["controller"],
        "pii_information": [
            {"pii_type": cookie["purpose"], "name": cookie["name"], "storage": cookie["store"], "retention_period": cookie["lifetime"]}
            for cookie in category["cookies"]
        ],
        "recipient_third_parties": [vendor["code"] for vendor in category["vendors"]],
    }


def _recipients(record: Record) -> list[dict[str, Any]]:
    """Who is named in the notice, as our register knows them."""
    named = {vendor["code"]: vendor for category in asked_in(record) for vendor in category["vendors"]}
    known = Processor.objects.in_bulk(list(named))
    return [
        {
            "party_id": code,
            "party_name": vendor["name"],
            "party_url": vendor["terms"],
            "party_role": known[code].role.lower() if code in known else "recipient",
            "storage_locations": [registers.said(known[code].region)] if code in known else [],
        }
        for code, vendor in sorted(named.items())
    ]


def _places() -> list[str]:
    """Where this record lies: with whom the register has it, in the language in force."""
    keepers = registry.get(KEPT_IN).recipients
    return [
        registers.said(region) for region in Processor.objects.filter(code__in=keepers).order_by("code").values_list("region", flat=True)
    ]


def _policy(record: Record) -> dict[str, str] | None:
    """The text in force at that moment (P001): a new one begins at midnight in Brussels."""
    found = selectors.policy_in_force(on=timezone.localdate(record.at), language=record.notice.language)
    return {"version": found.effective_on.isoformat(), "sha256": found.digest} if found else None


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
