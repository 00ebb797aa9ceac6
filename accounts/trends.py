"""What is counted of customers for the public: see ``datamap.trends``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Q, UUIDField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from datamap.countries import country_name
from datamap.purposes import STATISTICS
from datamap.trends import Cell, Dimension, Provider
from subjects.enums import IdentifierKind
from subjects.models import Identifier
from subjects.selectors import spared_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def _read(_starts_at: datetime, _ends_at: datetime) -> Iterator[Cell]:
    """Companies as they are now. One of whose people objects to statistics, or whose data is restricted, is left out whole."""
    spared = Identifier.objects.filter(subject__in=spared_from(STATISTICS.code))
    accounts = spared.filter(kind=IdentifierKind.ACCOUNT).annotate(key=Cast("value", UUIDField())).values("key")
    emails = spared.filter(kind=IdentifierKind.EMAIL).values("value")
    people = User.objects.filter(Q(pk__in=accounts) | Q(email__in=emails), company__isnull=False)
    found = Company.objects.exclude(pk__in=people.values("company")).order_by().values_list("country", "sector")
    for country, sector, count in found.annotate(Count("pk")):
        yield Cell(values=(country, sector.strip()), count=count, people=count)


CUSTOMERS = Provider(
    code="customers",
    label=_("Customers by country and sector"),
    unit=_("Customers"),
    dimensions=(
        Dimension("country", _("Country"), said=lambda code: country_name(code) or _now("Other or unknown"), is_open=True),
        Dimension("sector", _("Sector of activity"), said=lambda text: text or _now("Other or unknown"), is_open=True),
    ),
    read=_read,
    is_stock=True,
)
