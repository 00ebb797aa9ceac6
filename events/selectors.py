from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat

from datamap.models import Disclosure, FlowRecipient
from datamap.wall_clock import HOME
from events.flows import PARTNERS, SPONSORS
from events.models import Event, Interest, Registration
from subjects.selectors import of_restricted

if TYPE_CHECKING:
    from datetime import date, datetime
    from typing import Any

    from django.db.models import QuerySet

    from datamap.flows import Flow


def open_events(*, today: date) -> QuerySet[Event]:
    return Event.objects.filter(is_open=True, ends_on__gte=today).order_by("starts_on", "slug")


def listed_events() -> QuerySet[Event]:
    """All of them with how many take part."""
    running = Q(registrations__confirmed_at__isnull=False, registrations__cancelled_at=None)
    return (
        Event.objects.select_related("organiser")
        .annotate(taking_part=Count("registrations", filter=running))
        .order_by("-starts_on", "slug")
    )


def taking_part(event: Event) -> QuerySet[Registration]:
    """Confirmed registrations that the desk may look at: not of people whose data is set aside."""
    found: QuerySet[Registration] = event.registrations.confirmed()
    return found.exclude(of_restricted(email="email")).order_by("asked_at", "pk")


def to_hand_over(event: Event, recipient: str, flow: Flow, *, is_again: bool) -> QuerySet[Registration]:
    """Who takes part and, for a sponsor, agrees to it; those whom the recipient got already only if they are asked for again."""
    rows: Any = Registration.objects.confirmed().filter(event=event, cancelled_at=None).order_by("asked_at", "pk")
    if flow == SPONSORS:
        rows = rows.agreed()
    return rows if is_again else rows.exclude(_got(recipient, flow))  # type: ignore[no-any-return]


def _got(recipient: str, flow: Flow) -> Exists:
    about = Concat(Value("events.registration:"), Cast(OuterRef("pk"), CharField()))
    return Exists(Disclosure.objects.filter(recipient=recipient, flow=flow.code, about=about))


def interests() -> QuerySet[Interest]:
    """Confirmed interests that the desk may look at."""
    found: QuerySet[Interest] = Interest.objects.confirmed().exclude(of_restricted(email="email")).order_by("-confirmed_at", "-pk")
    return found


def passed_on(about: list[str]) -> dict[str, list[Disclosure]]:
    """What left of these rows, the newest first, by their reference."""
    found: dict[str, list[Disclosure]] = {}
    for disclosure in Disclosure.objects.filter(about__in=about).select_related("recipient").order_by("-at", "-pk"):
        found.setdefault(disclosure.about, []).append(disclosure)
    return found


def partners(*, at: datetime) -> QuerySet[FlowRecipient]:
    """Official partners, each with its countries."""
    found: QuerySet[FlowRecipient] = FlowRecipient.objects.on(at.astimezone(HOME).date())
    return found.filter(flow=PARTNERS.code).select_related("recipient").order_by("recipient__name")
