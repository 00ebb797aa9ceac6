"""An event, who prepares it and who pays for it, a partner, and people who ask for something."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from audit.actor import Actor
from datamap.enums import Role
from datamap.models import FlowRecipient, Processor
from events import services, tokens
from events.flows import FOUR, ORGANISER, PARTNERS, SPONSORS
from events.models import Event, Interest, Registration
from letters import sealing
from letters.models import Letter
from tests.datamap.passing import bind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from datamap.flows import Flow

ACTOR = Actor.system("test")
NOOR = "noor@customer.example"
STATEMENT = "I agree that others write to me."
TYPED: Any = {"name": "Noor Vermeulen", "phone": "+32 2 555 01 40", "company_name": "Boekbinderij"}

_numbers = itertools.count(1)


def make_recipient(code: str, flow: Flow, *, countries: Collection[str] = (), **changes: Any) -> Processor:
    """A company of the register: under contract, in Belgium, for the four fields of a way out."""
    told = {"name": f"{code.title()} NV", "role": Role.CONTROLLER, "objective": "x", "shared_data": "x", "region": "Belgium"}
    ours = {"our_roles": [Role.CONTROLLER], "fields": list(FOUR), "countries": ["BE"], "since": date(2022, 8, 18)}
    made, _is_new = Processor.objects.get_or_create(code=code, defaults={**told, **ours, **changes})
    bind(code)
    FlowRecipient.objects.get_or_create(flow=flow.code, recipient=made, defaults={"fields": list(FOUR), "countries": list(countries)})
    return made


def make_event(*, sponsors: Collection[str] = ("sponsor",), **changes: Any) -> Event:
    number = next(_numbers)
    today = timezone.localdate()
    told = {"slug": f"maps-{number}", "title": "Maps on Monday", "title_fr": "Les cartes du lundi", "title_nl": "Kaarten op maandag"}
    days = {"starts_on": today + timedelta(days=30), "ends_on": today + timedelta(days=31)}
    organiser = make_recipient("organiser", ORGANISER)
    made = Event.objects.create(**{**told, "place": "Gent", "country": "BE", "organiser": organiser, **days, **changes})
    made.sponsors.set([make_recipient(code, SPONSORS) for code in sponsors])
    return made


def make_partner(code: str = "partner", *, countries: Collection[str] = ("BE",)) -> Processor:
    return make_recipient(code, PARTNERS, countries=countries)


def register(
    event: Event | None = None, *, email: str = NOOR, at: datetime | None = None, is_agreed: bool = True, is_confirmed: bool = True
) -> Registration:
    """Somebody who registers and, as a rule, confirms it and agrees to the sponsors."""
    at = at or timezone.now()
    typed = {**TYPED, "email": email}
    services.register(event=event or make_event(), typed=typed, language="en", statement=STATEMENT, is_agreed=is_agreed, at=at)
    if is_confirmed:
        services.confirm_registration(token=link_token(email, "event_confirm"), at=at)
    return Registration.objects.filter(email=email).latest("asked_at", "id")


def be_interested(
    *, email: str = NOOR, country: str = "BE", at: datetime | None = None, is_agreed: bool = True, is_confirmed: bool = True
) -> Interest:
    at = at or timezone.now()
    typed = {**TYPED, "email": email}
    services.express_interest(country=country, typed=typed, language="en", statement=STATEMENT, is_agreed=is_agreed, at=at)
    if is_confirmed:
        services.confirm_interest(token=link_token(email, "interest_confirm"), at=at)
    return Interest.objects.filter(email=email).latest("asked_at", "id")


def letter_of(email: str, event: str) -> Letter:
    return Letter.objects.filter(recipient=email, event=event).latest("written_at", "id")


def link_token(email: str, event: str) -> str:
    """What stands in the link of the person's last letter."""
    return sealing.unseal(bytes(letter_of(email, event).sealed))["link"].rstrip("/").rpartition("/")[2]


def links() -> dict[str, dict[str, object]]:
    """For the pages of this room: each with what leads there."""
    waiting = register(email="waiting@customer.example", is_confirmed=False)
    running = register(email="running@customer.example")
    hoping = be_interested(email="hoping@customer.example", is_confirmed=False)
    interested = be_interested(email="interested@customer.example")
    return {
        "events_register": {"slug": running.event.slug},
        "events_confirm": {"token": link_token(waiting.email, "event_confirm")},
        "events_own": {"token": tokens.own_token(running)},
        "partners_confirm": {"token": link_token(hoping.email, "interest_confirm")},
        "partners_own": {"token": tokens.own_token(interested)},
        "desk_event": {"event_id": running.event_id},
        "desk_event_hand_over": {"event_id": running.event_id},
        "desk_interest": {"interest_id": interested.pk},
    }
