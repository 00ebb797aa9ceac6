"""Rows of the ledger, for tests about what becomes of them: the register is made to allow each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta

from datamap.models import Disclosure, FlowRecipient

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def allow(code: str, *, flow: str, fields: Collection[str], countries: Collection[str] = ()) -> FlowRecipient:
    """Declare a recipient for these fields, beside those for which it is declared."""
    row, _is_new = FlowRecipient.objects.get_or_create(flow=flow, recipient_id=code, defaults={"fields": sorted(fields)})
    row.fields = sorted({*row.fields, *fields})
    row.countries = sorted({*row.countries, *countries})
    row.save()
    return row


def passed(
    code: str, *, at: datetime, source: str = "accounts.contacts", fields: Collection[str] = ("name", "email"), **told: Any
) -> Disclosure:
    """That somebody got these fields, as the ledger has it."""
    flow = f"{source}.test"
    allow(code, flow=flow, fields=fields)
    told = {"purpose": "support", "expires_at": at + relativedelta(years=5), **told}
    return Disclosure.objects.create(recipient_id=code, flow=flow, source=source, fields=list(fields), at=at, **told)
