"""The only way a page gets at somebody's data: by who is signed in, never by an id of the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.http import Http404

from accounts.models import Company, Invoice, Session
from accounts.roles import may
from subjects.selectors import of_restricted

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.models import User


def company_for_administrator(user: User, *, is_locked: bool = False) -> Company:
    """The company that the user may change; ``is_locked``: nobody else changes it until the transaction ends.

    Raises:
        Http404: the user administers none.
    """
    if user.company is None or not may(role=user.role, permission="accounts.edit_company"):
        raise Http404
    return Company.objects.select_for_update().get(pk=user.company.pk) if is_locked else user.company


def invoices_for_administrator(user: User) -> QuerySet[Invoice]:
    """The invoices of the user's company; what an erasure locked away, or a restriction set aside, is not among them."""
    if user.company_id is None or not may(role=user.role, permission="accounts.edit_company"):
        return Invoice.objects.none()
    # One's own stay: who looks at them does so by their own act (Art. 18(2)).
    others = of_restricted(email="billing_email") & ~Q(billing_email=user.email)
    return Invoice.objects.filter(company_id=user.company_id, locked_at=None).exclude(others)


def session_of(*, user: User, session_id: UUID) -> Session:
    """One of the user's own sessions.

    Raises:
        Http404: there is none, or it is not theirs.
    """
    session = Session.objects.filter(pk=session_id, account_id=user.pk).first()
    if session is None:
        raise Http404
    return session
