from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q, UUIDField
from django.db.models.functions import Cast

from accounts.enums import UserRole
from accounts.models import Company, User
from datamap.models import Subsidiary
from datamap.processors import transfer_basis
from hosting.enums import OPEN_STEPS, State
from hosting.models import CustomerDatabase
from subjects.enums import IdentifierKind
from subjects.models import Identifier
from subjects.selectors import values

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from hosting.models import Step
    from subjects.models import Subject

#: The source under whose name a legal hold keeps databases.
DATABASES = "hosting.databases"


def administrators_of(company: Company) -> QuerySet[User]:
    """Those of a customer who decide about its databases."""
    return User.objects.filter(company=company, role=UserRole.COMPANY_ADMINISTRATOR, is_active=True).order_by("email")


def customers() -> list[tuple[Company, list[User]]]:
    """Every customer of whose data we are the processor, with those who decide about its databases, in two questions."""
    ours = CustomerDatabase.objects.exclude(state=State.DESTROYED).values("company")
    companies = list(Company.objects.filter(pk__in=ours).order_by("name"))
    deciding: dict[UUID | None, list[User]] = defaultdict(list)
    administrators = User.objects.filter(role=UserRole.COMPANY_ADMINISTRATOR, is_active=True, company__in=companies)
    for user in administrators.order_by("email"):
        deciding[user.company_id].append(user)
    return [(company, deciding[company.pk]) for company in companies]


def accounts_of(subject: Subject) -> list[UUID]:
    return [UUID(account) for account in values(subject, IdentifierKind.ACCOUNT)]


def companies_of(subject: Subject) -> QuerySet[User]:
    """The companies of which the person is an administrator, working or not: they are told what is there."""
    people = User.objects.filter(pk__in=accounts_of(subject), role=UserRole.COMPANY_ADMINISTRATOR.value, company__isnull=False)
    return people.values("company")  # type: ignore[return-value]


def held_companies() -> QuerySet[User]:
    """Companies of people about whose databases a legal hold stands."""
    held = Identifier.objects.filter(subject__holds__released_at=None, subject__holds__source__in=["", DATABASES])
    accounts = held.filter(kind=IdentifierKind.ACCOUNT).annotate(key=Cast("value", UUIDField())).values("key")
    addresses = held.filter(kind=IdentifierKind.EMAIL).values("value")
    people = User.objects.filter(Q(pk__in=accounts) | Q(email__in=addresses), company__isnull=False)
    return people.values("company")  # type: ignore[return-value]


def is_held(database: CustomerDatabase) -> bool:
    return held_companies().filter(company=database.company_id).exists()


def open_steps(database: CustomerDatabase) -> list[Step]:
    """What is still to be done on the server, in its order."""
    return list(database.steps.filter(status__in=OPEN_STEPS).order_by("pk"))


def may_look(user: User, *, on: date) -> bool:
    """Whether staff of this entity in this country may be given a customer's data at all (P092)."""
    place = Subsidiary.objects.filter(entity=user.entity, country=user.country).first()
    return user.is_active and user.is_staff and place is not None and transfer_basis(place, on=on) is not None


def name_of(account_id: str) -> str:
    """The name of an account, for colleagues of its own company."""
    return User.objects.filter(pk=account_id).values_list("name", flat=True).first() or ""


def names_of(accounts: set[UUID]) -> dict[UUID | None, str]:
    """The names of colleagues."""
    return dict(User.objects.filter(pk__in=accounts).values_list("pk", "name"))
