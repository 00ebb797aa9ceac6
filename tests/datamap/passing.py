"""Rows of the ledger, for tests about what becomes of them: the register is made to allow each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from datamap.enums import PaperKind
from datamap.models import Disclosure, FlowRecipient, Paper, Processor
from tests.datamap.register_cast import give_paper

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


BINDING = {"kind": PaperKind.CONTRACT, "valid_until": None, "ended_on": None}


#: Since when those of whom nothing else is said are bound.
BOUND_SINCE = date(2019, 1, 1)


def bind(code: str, *, since: date = BOUND_SINCE) -> None:
    """A contract that does not end."""
    if not Paper.objects.filter(processor=code, valid_from__lte=since, **BINDING).exists():
        give_paper(code, since=since)


def open_way(*codes: str) -> None:
    """Those of the first register have what they need: a contract, and a certification of those in the United States."""
    for code in codes:
        bind(code)
        give_paper(code, PaperKind.FRAMEWORK, since=date(2023, 7, 10))


def allow(code: str, *, flow: str, fields: Collection[str], countries: Collection[str] = ()) -> FlowRecipient:
    """Declare a recipient for these fields, beside those for which it is declared; it has a contract."""
    bind(code)
    processor = Processor.objects.get(pk=code)
    Processor.objects.filter(pk=code).update(fields=sorted({*processor.fields, *fields}))
    row, _is_new = FlowRecipient.objects.get_or_create(flow=flow, recipient_id=code, defaults={"fields": sorted(fields)})
    row.fields = sorted({*row.fields, *fields})
    row.countries = sorted({*row.countries, *countries})
    row.save()
    return row


def _open_abroad(code: str, *, since: date) -> None:
    """It works somewhere, and clauses let data go there."""
    Processor.objects.filter(pk=code, countries=[]).update(countries=["BE"])
    if not Paper.objects.filter(processor=code, kind=PaperKind.CLAUSES, valid_from__lte=since, valid_until=None, ended_on=None).exists():
        give_paper(code, PaperKind.CLAUSES, since=since)


def passed(
    code: str, *, at: datetime, source: str = "accounts.contacts", fields: Collection[str] = ("name", "email"), **told: Any
) -> Disclosure:
    """That somebody got these fields, as the ledger has it."""
    flow = f"{source}.test"
    allow(code, flow=flow, fields=fields)
    told = {"purpose": "support", "expires_at": at + relativedelta(years=5), **told}
    on_day = timezone.localdate(at)
    if on_day < BOUND_SINCE:
        Processor.objects.filter(pk=code).update(since=on_day)
        bind(code, since=on_day)
    _open_abroad(code, since=min(on_day, BOUND_SINCE))
    return Disclosure.objects.create(recipient_id=code, flow=flow, source=source, fields=list(fields), at=at, **told)
