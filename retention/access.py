"""The only way a page gets at a run, a rule or a change: whoever may release plans sees all of them, everybody else finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from accounts import staff
from datamap.models import PeriodChange
from retention.models import Run
from retention.services.planning import NoSuchRule, rule_of

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.staff import Visitor
    from datamap.declaration import RetentionRule, Source

PERMISSION = "retention.release_plans"


def runs_for_desk(user: Visitor) -> QuerySet[Run]:
    found = Run.objects.select_related("release")
    return found if staff.can(user, PERMISSION) else found.none()


def run_for_desk(*, user: Visitor, run_id: UUID) -> Run:
    """One run.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    run = runs_for_desk(user).filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def rule_for_desk(*, user: Visitor, code: str, at: datetime) -> tuple[Source, RetentionRule]:
    """One rule with the period in force.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    if not staff.can(user, PERMISSION):
        raise Http404
    try:
        return rule_of(code, at=at)
    except NoSuchRule as error:
        raise Http404 from error


def change_for_desk(*, user: Visitor, change_id: UUID) -> PeriodChange:
    """One change of a period.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    change = PeriodChange.objects.filter(pk=change_id).first() if staff.can(user, PERMISSION) else None
    if change is None:
        raise Http404
    return change
