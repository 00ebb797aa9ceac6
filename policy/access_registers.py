"""The only way a page gets at the register: whoever keeps it sees all of it, a customer's administrator what their company is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http import Http404

from accounts import staff
from accounts.roles import may
from datamap.models import Notice, Paper, Processor
from policy.models import ChangeObjection

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.models import Company, User
    from accounts.staff import Visitor

T = TypeVar("T")

PERMISSION = "datamap.keep_registers"
OBJECT = "policy.object_to_changes"


def processors_for_desk(user: Visitor) -> QuerySet[Processor]:
    found = Processor.objects.prefetch_related("papers", "notices", "sub_processors", "used_by__papers")
    return found if staff.can(user, PERMISSION) else found.none()


def processor_for_desk(*, user: Visitor, code: str) -> Processor:
    """One processor with its papers.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    return _found(processors_for_desk(user).filter(pk=code).first())


def paper_for_desk(*, user: Visitor, code: str, paper_id: UUID) -> Paper:
    """A paper of a processor.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    return _found(Paper.objects.filter(pk=paper_id, processor=processor_for_desk(user=user, code=code)).first())


def notices_for_desk(user: Visitor) -> QuerySet[Notice]:
    found = Notice.objects.select_related("processor", "replaces")
    return found if staff.can(user, PERMISSION) else found.none()


def notice_for_desk(*, user: Visitor, notice_id: UUID) -> Notice:
    """One notice of a change.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    return _found(notices_for_desk(user).filter(pk=notice_id).first())


def objection_for_desk(*, user: Visitor, notice_id: UUID, objection_id: UUID) -> ChangeObjection:
    """An objection to one notice.

    Raises:
        Http404: there is none, or it is not for this role.
    """
    notice = notice_for_desk(user=user, notice_id=notice_id)
    return _found(ChangeObjection.objects.filter(pk=objection_id, notice=notice).first())


def company_for_administrator(user: User) -> Company:
    """The customer for whom the user may object.

    Raises:
        Http404: there is none.
    """
    if user.company is None or not may(role=user.role, permission=OBJECT):
        raise Http404
    return user.company


def notice_for_administrator(*, user: User, notice_id: UUID) -> Notice:
    """A notice that was published and not withdrawn; every customer reads the same.

    Raises:
        Http404: there is none such, or the user speaks for no customer.
    """
    company_for_administrator(user)
    found = Notice.objects.select_related("processor", "replaces").filter(pk=notice_id, withdrawn_at=None)
    return _found(found.exclude(published_at=None).first())


def _found(row: T | None) -> T:
    if row is None:
        raise Http404
    return row
