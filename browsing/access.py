"""The only way a page gets at a link case or a hold: whoever may link visits sees all of them, everybody else finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from accounts import staff
from browsing.models import LinkCase, VisitHold

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.staff import Visitor
    from browsing.models import LinkCaseQuerySet

PERMISSION = "browsing.link_visits"


def links_for_desk(user: Visitor) -> LinkCaseQuerySet:
    found = LinkCase.objects.select_related("subject")
    return found if staff.can(user, PERMISSION) else found.none()


def link_for_desk(*, user: Visitor, case_id: UUID) -> LinkCase:
    """One link case.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    case = links_for_desk(user).filter(pk=case_id).first()
    if case is None:
        raise Http404
    return case


def holds_for_desk(user: Visitor) -> QuerySet[VisitHold]:
    return VisitHold.objects.all() if staff.can(user, PERMISSION) else VisitHold.objects.none()


def hold_for_desk(*, user: Visitor, hold_id: UUID) -> VisitHold:
    """One hold that stands.

    Raises:
        Http404: there is none, it is released, or it is not for this role.
    """
    hold = holds_for_desk(user).filter(pk=hold_id, released_at=None).first()
    if hold is None:
        raise Http404
    return hold
