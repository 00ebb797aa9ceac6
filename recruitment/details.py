"""What a detail for the contract looks like, whoever types it: the person, HR, or a correction (Art. 16)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_FRENCH = re.compile(r"[12]\d{4}(\d{2}|2[AB])\d{6}(\d{2})?")
OLDEST = 1900


def check(name: str, value: str) -> None:
    """Raises ``ValidationError`` for what cannot be the detail of this name."""
    if name in _CHECKS and value:
        _CHECKS[name](value)


def tidy(name: str, value: str) -> str:
    """As we keep it: numbers without the blanks and points that people write in them."""
    return re.sub(r"[\s.\-/]", "", value).upper() if name in {"account", "national_number"} else value.strip()


def _born_on(value: str) -> None:
    try:
        born = date.fromisoformat(value)
    except ValueError as error:
        raise ValidationError(_("A day is written like 1990-05-31."), code="date") from error
    if born.year < OLDEST:
        raise ValidationError(_("This day is too long ago."), code="date")


def _national_number(value: str) -> None:
    number = tidy("national_number", value)
    if not (_is_belgian(number) or _FRENCH.fullmatch(number)):
        raise ValidationError(_("This is neither a Belgian nor a French number: check its digits."), code="number")


def _is_belgian(number: str) -> bool:
    """Eleven digits, the last two of which check the others; who was born since 2000 counts with a 2 in front."""
    if not re.fullmatch(r"\d{11}", number):
        return False
    return any((97 - int(f"{before}{number[:9]}") % 97) == int(number[9:]) for before in ("", "2"))


def _account(value: str) -> None:
    """Check digits after ISO 13616."""
    signs = tidy("account", value)
    if not _IBAN.fullmatch(signs) or int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 != 1:
        raise ValidationError(_("This is no account number: an IBAN begins with a country, for example BE71."), code="iban")


_CHECKS: Mapping[str, Callable[[str], None]] = {"born_on": _born_on, "national_number": _national_number, "account": _account}
