"""The only way a page gets at a breach or a measure: whoever may handle them sees all, everybody else finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from accounts import staff
from audit.tokens import tidy_reference
from security.models import Breach, Measure

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.staff import Visitor

REPORT = "security.report_breach"
HANDLE = "security.handle_breaches"
KEEP = "security.keep_measures"


def breaches_for_desk(user: Visitor) -> QuerySet[Breach]:
    return Breach.objects.all() if staff.can(user, HANDLE) else Breach.objects.none()


def breach_for_desk(*, user: Visitor, reference: str, is_locked: bool = False) -> Breach:
    """One breach; ``is_locked``: nobody else takes a step until the transaction ends.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    breaches = breaches_for_desk(user).select_for_update() if is_locked else breaches_for_desk(user)
    breach = breaches.filter(reference=tidy_reference(reference, letter="B")).first()
    if breach is None:
        raise Http404
    return breach


def measure_for_desk(*, user: Visitor, code: str) -> Measure:
    """One measure.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    measure = Measure.objects.filter(code=code).first() if staff.can(user, KEEP) else None
    if measure is None:
        raise Http404
    return measure
