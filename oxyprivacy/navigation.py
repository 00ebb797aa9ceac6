"""The rooms of the desk's side list. A later issue adds its room here; a room whose address does not exist is not shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import may

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise  # exists for the type checker alone


@dataclass(frozen=True, slots=True)
class Room:
    label: str | _StrPromise
    url_name: str
    icon: str
    # Views whose name starts like this stand in the room.
    covers: tuple[str, ...]
    # Whose room it is, as a permission of accounts.roles; empty: everybody's at the desk.
    permission: str = ""


@dataclass(frozen=True, slots=True)
class RoomGroup:
    label: str | _StrPromise
    rooms: tuple[Room, ...]


REQUESTS = "rights_requests.work_on_request"
APPLICATIONS = "recruitment.work_on_applications"
EVENTS = "events.pass_on"
DATABASES = "hosting.look_into_databases"

DESK: tuple[RoomGroup, ...] = (
    RoomGroup(
        label="",
        rooms=(
            Room(_("Queue"), "desk_queue", "queue", ("desk_queue", "desk_request"), REQUESTS),
            Room(_("Mails to sort"), "desk_mails", "mail", ("desk_mail",), REQUESTS),
            Room(_("Letters"), "desk_letters", "letter", ("desk_letter",), REQUESTS),
            Room(_("Recipients"), "desk_notices", "bell", ("desk_notice",), REQUESTS),
            Room(_("Passed on"), "desk_disclosures", "external", ("desk_disclosures",), REQUESTS),
        ),
    ),
    RoomGroup(
        label=_("Events and jobs"),
        rooms=(
            Room(_("Events"), "desk_events", "calendar", ("desk_event",), EVENTS),
            Room(_("Interest in Oxygis"), "desk_interests", "star", ("desk_interest",), EVENTS),
            Room(_("Applications"), "desk_applications", "people", ("desk_application",), APPLICATIONS),
            Room(_("Employments"), "desk_employments", "briefcase", ("desk_employment",), APPLICATIONS),
        ),
    ),
    RoomGroup(
        label=_("The policy"),
        rooms=(
            Room(_("Retention"), "desk_retention", "retention", ("desk_retention",), "retention.release_plans"),
            Room(_("Promises"), "desk_promises", "promise", ("desk_promise",), "policy.see_promises"),
            Room(_("Cookie choices"), "desk_choices", "cookie", ("desk_choices",), "consent.see_statistics"),
            Room(_("Policy texts"), "desk_policy", "document", ("desk_policy",), "policy.edit_texts"),
            Room(_("Registers"), "desk_registers", "book", ("desk_register", "desk_change", "desk_processing"), "datamap.keep_registers"),
        ),
    ),
    RoomGroup(
        label=_("Security"),
        rooms=(
            Room(_("Databases"), "desk_databases", "database", ("desk_database", "desk_access", "desk_region"), DATABASES),
            Room(_("Breaches"), "desk_breaches", "warning", ("desk_breach",), "security.handle_breaches"),
            Room(_("Security measures"), "desk_measures", "lock", ("desk_measure",), "security.keep_measures"),
            Room(_("API tokens"), "desk_tokens", "key", ("desk_token",), "api.manage_tokens"),
            Room(_("Systems"), "desk_systems", "plug", ("desk_systems",), "connectors.see_systems"),
        ),
    ),
    RoomGroup(
        label=_("Looking back"),
        rooms=(
            Room(_("Visits"), "desk_visits", "globe", ("desk_visits",), "browsing.see_statistics"),
            Room(_("Trends"), "desk_trends", "figures", ("desk_trend",), "trends.release"),
        ),
    ),
    RoomGroup(label=_("You"), rooms=(Room(_("Account"), "account_home", "person", ("account", "mfa")),)),
)


# Below every portal page: what exists is linked.
FOOT: tuple[tuple[str | _StrPromise, str], ...] = (
    (_("Privacy policy"), "policy_in_force"),
    (_("Your rights"), "portal_rights"),
    (_("What we keep"), "policy_data"),
    (_("Promises kept"), "policy_promises"),
    (_("Who works for us"), "processors"),
    (_("Cookies"), "cookies"),
    (_("Jobs"), "jobs"),
    (_("Events"), "events"),
    (_("Newsletter"), "newsletter"),
    (_("Security"), "security"),
    (_("Trends"), "trends"),
    (_("Accessibility"), "accessibility"),
    (_("Contact the data protection officer"), "contact"),
    (_("Sign in"), "account_login"),
)


@dataclass(frozen=True, slots=True)
class FootLink:
    label: str | _StrPromise
    url: str


def foot_links() -> tuple[FootLink, ...]:
    return tuple(FootLink(label=label, url=url) for label, name in FOOT if (url := _address(name)))


@dataclass(frozen=True, slots=True)
class Place:
    """A room as the side list shows it to one reader."""

    label: str | _StrPromise
    url: str
    icon: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class PlaceGroup:
    label: str | _StrPromise
    places: tuple[Place, ...]


def desk_places(*, view_name: str, counts: Mapping[str, int], role: str) -> tuple[PlaceGroup, ...]:
    """The rooms that are open to a role."""
    groups = (
        PlaceGroup(label=group.label, places=_places(_open_to(role, group.rooms), view_name=view_name, counts=counts)) for group in DESK
    )
    return tuple(group for group in groups if group.places)


def _open_to(role: str, rooms: tuple[Room, ...]) -> tuple[Room, ...]:
    return tuple(room for room in rooms if not room.permission or may(role=role, permission=room.permission))


def _places(rooms: tuple[Room, ...], *, view_name: str, counts: Mapping[str, int]) -> tuple[Place, ...]:
    return tuple(
        Place(
            label=room.label,
            url=url,
            icon=room.icon,
            count=counts.get(room.url_name),
            is_current=view_name.startswith(room.covers),
        )
        for room in rooms
        if (url := _address(room.url_name))
    )


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
