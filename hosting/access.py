"""The only way a page gets at a database: by whose administrator is signed in, or by a role at the desk. All else is 404, alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http import Http404

from accounts.roles import may
from hosting.models import AccessGrant, CustomerDatabase, Export, RegionRequest, Restoration

T = TypeVar("T")

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.models import Company, User


def company_for_administrator(user: User) -> Company:
    """The customer whose databases the user decides about.

    Raises:
        Http404: there is none.
    """
    if user.company is None or not may(role=user.role, permission="hosting.manage_databases"):
        raise Http404
    return user.company


def databases_for_administrator(user: User) -> QuerySet[CustomerDatabase]:
    company = company_for_administrator(user)
    return CustomerDatabase.objects.filter(company=company).select_related("server", "company")


def database_for_administrator(*, user: User, database_id: UUID) -> CustomerDatabase:
    """One of the user's company.

    Raises:
        Http404: there is none such, or it is not theirs.
    """
    return _found(databases_for_administrator(user).filter(pk=database_id).first())


def export_for_administrator(*, user: User, database_id: UUID, export_id: UUID) -> Export:
    """A copy of a database of the user's company.

    Raises:
        Http404: as for the database.
    """
    database = database_for_administrator(user=user, database_id=database_id)
    return _found(database.exports.filter(pk=export_id).first())


def grant_for_administrator(*, user: User, database_id: UUID, grant_id: UUID) -> AccessGrant:
    """An access of staff to a database of the user's company.

    Raises:
        Http404: as for the database.
    """
    database = database_for_administrator(user=user, database_id=database_id)
    return _found(database.grants.filter(pk=grant_id).first())


def restoration_for_administrator(*, user: User, database_id: UUID, restoration_id: UUID) -> Restoration:
    """A restored backup of a database of the user's company.

    Raises:
        Http404: as for the database.
    """
    database = database_for_administrator(user=user, database_id=database_id)
    return _found(database.restorations.select_related("database__server", "database__company").filter(pk=restoration_id).first())


def require_desk(user: User) -> None:
    """Raises ``Http404`` for whoever has no business with customers' databases."""
    if not may(role=user.role, permission="hosting.look_into_databases"):
        raise Http404


def database_for_desk(*, user: User, database_id: UUID) -> CustomerDatabase:
    """What staff see of a database without any access: what we hold about it, nothing of its content.

    Raises:
        Http404: there is none, or the user has no business with it.
    """
    require_desk(user)
    return _found(CustomerDatabase.objects.select_related("server", "company").filter(pk=database_id).first())


def grant_for_desk(*, user: User, grant_id: UUID) -> AccessGrant:
    """Raises ``Http404`` for what is not there and whom it does not concern."""
    require_desk(user)
    return _found(AccessGrant.objects.filter(pk=grant_id).first())


def restoration_for_desk(*, user: User, restoration_id: UUID) -> Restoration:
    """Raises ``Http404`` for what is not there and whom it does not concern."""
    require_desk(user)
    return _found(Restoration.objects.select_related("database__server", "database__company").filter(pk=restoration_id).first())


def region_request_for_desk(*, user: User, request_id: UUID) -> RegionRequest:
    """Raises ``Http404`` for what is not there and whom it does not concern."""
    require_desk(user)
    return _found(RegionRequest.objects.filter(pk=request_id).first())


def _found(row: T | None) -> T:
    if row is None:
        raise Http404
    return row
