"""The three rooms about visits, as tabs over each of them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts import staff


def tabs(here: str) -> list[staff.Tab]:
    named = {"desk_visits": _("Statistics"), "desk_visits_links": _("Links with a person"), "desk_visits_holds": _("Holds")}
    return staff.tabs(named, here=here)
