"""The columns of each kind of record, and what each of them accepts (``docs/import.md`` says the same in words)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.enums import Country, Language
from accounts.rules import PHONE, PHONE_DIGITS
from datamap import pan
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from accounts.importing.findings import Findings
    from accounts.importing.reading import Record

BRUSSELS = ZoneInfo("Europe/Brussels")
EARLIEST = date(1990, 1, 1)
CUSTOMER, CONTACT, INVOICE = "customer", "contact", "invoice"
LANGUAGES = tuple(Language.values)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: JSON can spell one half of a sign that is written with two; no database keeps it.
HALF = re.compile(r"[\ud800-\udfff]")
AMOUNT = re.compile(r"-?\d{1,10}(\.\d{1,2})?", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*", re.ASCII)
#: A number of twelve digits or fewer is no card's.
MANY_DIGITS = re.compile(r"(?:\d\D{0,3}){13}")

#: Cleans a value: what is stored, or ``ValueError`` with the reason.
Cleaner = Callable[[str, date], str]


@dataclass(frozen=True, slots=True)
class Column:
    clean: Cleaner
    longest: int
    is_required: bool = False


def _text(value: str, today: date) -> str:
    return pan.mask(value) if MANY_DIGITS.search(value) else value


def _code(value: str, today: date) -> str:
    if not CODE.fullmatch(value):
        raise ValueError("a number is written with letters, digits and . / _ - only")
    if _text(value, today) != value:
        raise ValueError("this is the number of a payment card")
    return value


def _email(value: str, today: date) -> str:
    try:
        validate_email(value)
    except ValidationError:
        raise ValueError("not an e-mail address") from None
    if _text(value, today) != value:
        raise ValueError("there is the number of a payment card in this address")
    return normalise_email(value)


def _phone(value: str, today: date) -> str:
    if not PHONE.fullmatch(value) or sum(sign.isdigit() for sign in value) not in PHONE_DIGITS:
        raise ValueError("not a telephone number of 6 to 15 digits")
    return value if value.startswith(("+", "00")) else _text(value, today)


def _country(value: str, today: date) -> str:
    if value.upper() not in countries():
        raise ValueError("not a country code of two letters (ISO 3166)")
    return value.upper()


def _establishment(value: str, today: date) -> str:
    if value.upper() not in Country.values:
        raise ValueError(f"invoices are issued in {' or '.join(Country.values)}")
    return value.upper()


def _language(value: str, today: date) -> str:
    if value.lower() not in LANGUAGES:
        raise ValueError(f"not one of {', '.join(LANGUAGES)}")
    return value.lower()


def _day(value: str, today: date) -> str:
    return str(_date(value, today))


def _instant(value: str, today: date) -> str:
    """A day begins at midnight in Brussels; an instant brings its own offset."""
    if "T" not in value:
        return datetime.combine(_date(value, today), time.min, tzinfo=BRUSSELS).isoformat()
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("not a time such as 2024-03-31T09:30:00+02:00") from None
    if at.tzinfo is None:
        raise ValueError("a time needs its offset, such as +02:00")
    _date(str(at.date()), today)
    return at.isoformat()


def _date(value: str, today: date) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("not a date such as 2024-03-31") from None
    if not EARLIEST <= day <= today:
        raise ValueError(f"the date lies before {EARLIEST} or in the future")
    return day


def _amount(value: str, today: date) -> str:
    try:
        number = Decimal(value) if AMOUNT.fullmatch(value) else None
    except InvalidOperation:
        number = None
    if number is None:
        raise ValueError("not an amount such as 1234.50 (a point, two decimals at most)")
    return f"{number:.2f}"


def _currency(value: str, today: date) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", value):
        raise ValueError("not a currency such as EUR")
    return value.upper()


@cache
def countries() -> frozenset[str]:
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


_ADDRESS = {"street": Column(_text, 160), "postcode": Column(_text, 12), "city": Column(_text, 80)}

KINDS: Mapping[str, Mapping[str, Column]] = {
    CUSTOMER: {
        "number": Column(_code, 40, is_required=True),
        "name": Column(_text, 160, is_required=True),
        "country": Column(_country, 2, is_required=True),
        "sector": Column(_text, 80),
        **_ADDRESS,
    },
    CONTACT: {
        "number": Column(_code, 40, is_required=True),
        "name": Column(_text, 120, is_required=True),
        "email": Column(_email, 254, is_required=True),
        "company": Column(_code, 40),
        "company_name": Column(_text, 160),
        "phone": Column(_phone, 32),
        **_ADDRESS,
        "country": Column(_country, 2),
        "sector": Column(_text, 80),
        "interest": Column(_text, 160),
        "language": Column(_language, 2),
        "collected_at": Column(_instant, 40, is_required=True),
        "last_act_at": Column(_instant, 40),
    },
    INVOICE: {
        "number": Column(_code, 40, is_required=True),
        "company": Column(_code, 40),
        "billing_name": Column(_text, 160, is_required=True),
        "billing_email": Column(_email, 254, is_required=True),
        "billing_address": Column(_text, 300, is_required=True),
        "country": Column(_establishment, 2, is_required=True),
        "issued_on": Column(_day, 10, is_required=True),
        "amount": Column(_amount, 13, is_required=True),
        "currency": Column(_currency, 3),
    },
}
NAMES = frozenset({"kind"}.union(*KINDS.values()))


@dataclass(slots=True)
class Checker:
    """Turns records into clean values, and notes what is wrong with them."""

    findings: Findings
    today: date
    _unknown: set[str] = field(default_factory=set)

    def check(self, record: Record) -> dict[str, str] | None:
        """The clean values by column, ``kind`` among them; absent columns are absent. None when the line is bad."""
        before = self.findings.count
        kind = record.values.get("kind")
        columns = KINDS.get(kind.strip().lower()) if isinstance(kind, str) else None
        if columns is None:
            self.findings.add(record.line, "kind", f"must be one of {', '.join(KINDS)}")
            return None
        clean = {"kind": str(kind).strip().lower()}
        for name, value in record.values.items():
            if name != "kind":
                self._take(record.line, name, value, columns, clean)
        for name, column in columns.items():
            if column.is_required and not clean.get(name):
                self._missing(record, name)
        return clean if self.findings.count == before else None

    def _take(self, line: int, name: str, value: Any, columns: Mapping[str, Column], clean: dict[str, str]) -> None:
        if value is None or name in self._unknown:
            return
        if value == "" and name in columns:
            clean[name] = ""
            return
        if name and name not in NAMES:
            self._unknown.add(name)
            self.findings.add(line, name, "no such column")
            return
        reason = _refusal(name, value, columns)
        if reason:
            self.findings.add(line, name, reason)
            return
        if name not in columns:
            return
        text = value.strip()
        try:
            clean[name] = columns[name].clean(text, self.today) if text else ""
        except ValueError as error:
            self.findings.add(line, name, str(error))

    def _missing(self, record: Record, name: str) -> None:
        value = record.values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            self.findings.add(record.line, name, "is needed and empty")


def _refusal(name: str, value: object, columns: Mapping[str, Column]) -> str:
    """Why a value cannot even be looked at; empty when it can."""
    if name == "":
        return str(value)
    if not isinstance(value, str):
        return "must be text or a number"
    text = value.strip()
    if name not in columns:
        return "does not belong to this kind of record" if text else ""
    if len(text) > columns[name].longest:
        return f"longer than {columns[name].longest} characters"
    if CONTROL.search(text):
        return "contains a line break or a control character"
    return "contains half a character" if HALF.search(text) else ""
