"""What may stand in a field that people type, wherever they type it; and when a session ends."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from datamap import wall_clock

#: Digits with what people write between them. E.164 allows fifteen digits, so a longer number is none.
PHONE = re.compile(r"\+?[\d\s./()-]+")
PHONE_DIGITS = range(6, 16)

#: Policy VII: three months while it is used, seven days where it is not.
SESSION_LIFE, SESSION_UNUSED = relativedelta(months=3), relativedelta(days=7)
#: So often the use of a session is written down, and no oftener.
USES_NOTED_EVERY = timedelta(hours=1)


def session_ends(*, created_at: datetime, last_used_at: datetime) -> datetime:
    """The instant from which a session is over, by the calendar in Brussels."""
    return min(wall_clock.ends(last_used_at, SESSION_UNUSED), wall_clock.ends(created_at, SESSION_LIFE))


def check_phone(value: str) -> None:
    """Raises ``ValidationError`` for what is no telephone number."""
    digits = sum(sign.isdigit() for sign in value)
    if value and (not PHONE.fullmatch(value) or digits not in PHONE_DIGITS):
        raise ValidationError(_("A telephone number has 6 to 15 digits, for example +32 2 555 01 40."))
