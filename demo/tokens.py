"""A token of the demo company's sales system: what it shows is kept nowhere, here as elsewhere, so that nobody can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from accounts.enums import UserRole
from api.enums import Scope
from api.models import ApiToken
from api.services import tokens
from demo.accounts import colleague

if TYPE_CHECKING:
    from datetime import datetime


def load(*, at: datetime) -> int:
    """How many were made: none where one was."""
    if ApiToken.objects.exists():
        return 0
    made_at = at - relativedelta(months=2)
    tokens.make(
        label="Asks before each mailing",
        system="Sales",
        scopes=[Scope.GATE_ASK],
        expires_at=made_at + relativedelta(months=9),
        actor=colleague(UserRole.PRIVACY_OFFICER),
        at=made_at,
    )
    return 1
