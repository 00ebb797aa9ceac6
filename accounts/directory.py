"""Customers for the rooms that know them by a registry alone (see ``datamap.customers``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from accounts.enums import UserRole
from accounts.models import Company, User
from datamap.customers import Administrator, Customer

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def by_number(numbers: Collection[str]) -> dict[str, Customer]:
    return {company.number: _customer(company) for company in _companies().filter(number__in=list(numbers))}


def by_key(keys: Collection[str]) -> dict[str, Customer]:
    known = [key for key in keys if KEY.fullmatch(key)]
    return {str(company.pk): _customer(company) for company in _companies().filter(pk__in=known)}


def _companies() -> QuerySet[Company]:
    deciding = User.objects.filter(role=UserRole.COMPANY_ADMINISTRATOR, is_active=True).order_by("email")
    return Company.objects.prefetch_related(Prefetch("users", queryset=deciding, to_attr="deciding"))


def _customer(company: Company) -> Customer:
    people: list[User] = company.deciding  # type: ignore[attr-defined]  # prefetched just above
    administrators = tuple(Administrator(email=user.email, name=user.name, language=user.language) for user in people)
    return Customer(key=str(company.pk), number=company.number, name=company.name, administrators=administrators)
