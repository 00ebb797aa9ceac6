"""What a correction may put into our rows: what the forms take, and no address that nobody has shown to be the person's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.importing.columns import countries
from accounts.rules import check_phone
from datamap import pan
from subjects import selectors as subjects
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from subjects.models import Subject


def check(field: str, value: object) -> object:
    """Raises ``ValidationError`` for what no form of ours would take."""
    if field in _CHECKS and isinstance(value, str):
        _CHECKS[field](value)
    return value


def proved(subject: Subject, email: str) -> str:
    """The address as requests look for it. Nobody moves a row to a mailbox by a word: its reader would get what stands there.

    Raises:
        ValidationError: the person has not shown that the mailbox is theirs.
    """
    pan.refuse_in_address(email)
    address = normalise_email(email)
    if address not in subjects.emails(subject):
        raise ValidationError(_("Nobody has shown that this address is the person’s. Have it confirmed as a further address first."))
    return address


def _check_country(value: str) -> None:
    if value and value not in countries():
        raise ValidationError(_("A country is written with the two capitals of its code, for example BE."))


_CHECKS: Mapping[str, Callable[[str], None]] = {"phone": check_phone, "country": _check_country}
