from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Session
from accounts.roles import may

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import Company, User


def company_to_edit(user: User) -> Company | None:
    """The company that the user administers."""
    return user.company if may(role=user.role, permission="accounts.edit_company") else None


def company_name(user: User) -> str:
    return user.company.name if user.company else user.company_name


def open_sessions(user: User, *, at: datetime) -> QuerySet[Session]:
    """Where the user is signed in, the last used first."""
    return Session.objects.filter(account_id=user.pk, expire_date__gt=at).order_by("-last_used_at", "-created_at", "pk")
