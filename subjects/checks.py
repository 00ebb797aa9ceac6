"""An objection to direct marketing is kept as long as the law wants, and never lost with a key; what stands has a copy outside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections
from django.utils import timezone

from subjects.identifiers import key_names
from subjects.models import OrderChange, Suppression

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The CNIL's least; see docs/settings.md.
LEAST_YEARS = 3
#: The copies are made twice a minute.
COPIED_WITHIN = timedelta(hours=1)


@register
def check_years(**_options: Any) -> list[Error]:
    years = settings.RIGHTS["keep_suppressions_years"]
    if years is None or years >= LEAST_YEARS:
        return []
    message = f"Objections to direct marketing are kept for three years at least, not {years}."
    return [
        Error(
            message, hint="RIGHTS['keep_suppressions_years']: None keeps them until the person asks us to write again.", id="subjects.E001"
        )
    ]


@register(Tags.database)
def check_keys(*, databases: Sequence[str] | None = None, **_options: Any) -> list[Error]:
    """Hashes whose key is gone match no address any more: we would write to people who told us not to."""
    if "default" not in (databases or ()) or Suppression._meta.db_table not in connections["default"].introspection.table_names():
        return []
    lost = Suppression.objects.exclude(key_name__in=key_names()).count()
    if not lost:
        return []
    message = f"{lost} objections to direct marketing were kept with a key that is not known any more."
    return [Error(message, hint="Put the earlier SECRET_KEY back into SECRET_KEY_FALLBACKS.", id="subjects.E002")]


@register(Tags.database)
def check_copies(*, databases: Sequence[str] | None = None, **_options: Any) -> list[Error]:
    """What was not copied to the escrow would be forgotten by a restore."""
    if "default" not in (databases or ()) or OrderChange._meta.db_table not in connections["default"].introspection.table_names():
        return []
    waiting = OrderChange.objects.filter(copied_at=None, noted_at__lt=timezone.now() - COPIED_WITHIN).count()
    if not waiting:
        return []
    message = f"{waiting} changes of restrictions, objections and holds wait for their copy in the escrow."
    return [Error(message, hint="See the log of the worker for subjects.copy_orders.", id="subjects.E003")]
