"""An objection to direct marketing is kept as long as the law wants, and never lost with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import connections

from subjects.identifiers import key_names
from subjects.models import Suppression

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The CNIL's least; see docs/settings.md.
LEAST_YEARS = 3


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
