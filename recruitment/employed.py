"""How long the documents of an employment stay: by kind and country, from the register of statutory periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datamap import statutory
from datamap.models import StatutoryPeriod
from recruitment.enums import PersonnelKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

#: Kind of a document to its name in the register.
DOCUMENTS: Mapping[str, str] = {
    PersonnelKind.CONTRACT: "employment-contract",
    PersonnelKind.PAYSLIP: "payslip",
    PersonnelKind.SOCIAL: "social-document",
    PersonnelKind.WORKING_TIME: "working-time",
}
REGISTER = "personnel-register"
FILE = "application-file"


#: The rule that lets us obey a law, where the register names none any more.
ORDINARY_LAW = "Art. 17(3)(b) GDPR"


def keep_until(
    *, country: str, document: str, dated_on: date, ended_on: date, periods: Sequence[StatutoryPeriod]
) -> tuple[date, StatutoryPeriod]:
    """The last day, never before the end of the employment (P072), and the law that says so.

    Raises:
        NoStatutoryPeriod: no law in the register covers it.
    """
    starts = [period for period in periods if period.starts == StatutoryPeriod.Start.EMPLOYMENT_END]
    others = [period for period in periods if period.starts != StatutoryPeriod.Start.EMPLOYMENT_END]
    found = []
    for known, on in ((starts, ended_on), (others, dated_on)):
        try:
            found.append(statutory.keep_until(country=country, document=document, on=on, periods=known))
        except statutory.NoStatutoryPeriod:
            continue
    if not found:
        raise statutory.NoStatutoryPeriod(f"{country} {document} {dated_on}")
    last, law = max(found, key=lambda pair: pair[0])
    return max(last, ended_on), law


def article(*, country: str, document: str, dated_on: date, ended_on: date, periods: Sequence[StatutoryPeriod]) -> str:
    """The law that keeps a document, as the register names it."""
    try:
        return keep_until(country=country, document=document, dated_on=dated_on, ended_on=ended_on, periods=periods)[1].article
    except statutory.NoStatutoryPeriod:
        return ORDINARY_LAW
