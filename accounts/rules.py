"""What may stand in a field that people type, wherever they type it."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: Digits with what people write between them. E.164 allows fifteen digits, so a longer number is none.
PHONE = re.compile(r"\+?[\d\s./()-]+")
PHONE_DIGITS = range(6, 16)


def check_phone(value: str) -> None:
    """Raises ``ValidationError`` for what is no telephone number."""
    digits = sum(sign.isdigit() for sign in value)
    if value and (not PHONE.fullmatch(value) or digits not in PHONE_DIGITS):
        raise ValidationError(_("A telephone number has 6 to 15 digits, for example +32 2 555 01 40."))
