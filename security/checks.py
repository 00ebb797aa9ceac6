"""A breach whose hours are over, and measures that nobody has seen at work: ``manage.py check --database default`` says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.checks import Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import connections
from django.utils import timezone

from security import rules, selectors
from security.models import Breach, Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.checks import CheckMessage


@register(Tags.database)
def check_security(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()) or Evidence._meta.db_table not in connections["default"].introspection.table_names():
        return []
    at = timezone.now()
    over = [
        breach.reference
        for breach in Breach.objects.filter(closed_at=None, due_at__lte=at)
        if not rules.is_authority_settled(selectors.standing(breach))
    ]
    # A register of which nobody has ever given evidence is new, not stale.
    stale = [row.measure.code for row in selectors.measures(on=timezone.localdate(at)) if row.is_stale] if Evidence.objects.exists() else []
    found: list[CheckMessage] = []
    if over:
        found.append(Error(f"{len(over)} breaches were not notified in time.", hint=", ".join(over[:5]), id="security.E001"))
    if stale:
        found.append(Warning(f"{len(stale)} security measures have no fresh evidence.", hint=", ".join(stale[:5]), id="security.W001"))
    return found
