"""The three rooms about visits, as tabs over each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


def tabs(here: str) -> list[Tab]:
    named = {"desk_visits": _("Statistics"), "desk_visits_links": _("Links with a person"), "desk_visits_holds": _("Holds")}
    return [Tab(label=label, url=reverse(name), current=name == here) for name, label in named.items()]


def names(keys: Iterable[str]) -> dict[str, str]:
    """How colleagues are called, by key, in one query."""
    found = User.objects.filter(pk__in={key for key in keys if key}).values_list("pk", "name")
    return {str(key): name for key, name in found}
