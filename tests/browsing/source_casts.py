"""How the shared suite for sources makes visits and link cases (see ``tests/conformance``)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from browsing import services
from browsing.enums import LinkGround
from browsing.models import Visit, VisitHold
from tests.browsing.cast import ASKS, make_case, make_hold, make_visit
from tests.conformance.casting import EMAIL, Cast, plays

if TYPE_CHECKING:
    from datetime import datetime

    from browsing.models import LinkCase
    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

HOUR = timedelta(hours=1)


def ip_of(person: Person) -> str:
    return "192.0.2.77" if person.email == EMAIL else "198.51.100.8"


@plays("browsing.visits")
class VisitsCast(Cast):
    """A visit that the person's own request found, and a hold on their address that was released."""

    holds = {"visits": 1, "holds": 1}
    goes_despite = {"browsing.visits.holds-released": "a released hold names an address and nobody"}
    many = ("visits",)

    def fill(self, person: Person, *, at: datetime) -> None:
        ip = ip_of(person)
        make_visit(at, ip=ip, referrer="https://search.example/find", language="nl", country="BE")
        make_case(person.subject, ground=LinkGround.OWN_REQUEST, ip=ip, starts_at=at - HOUR, until=at + HOUR)
        VisitHold.objects.filter(pk=make_hold(ip=ip).pk).update(released_at=timezone.now())

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Visit | VisitHold:
        if rule.trigger == "at":
            visit = make_visit(since, ip=ip_of(person))
            make_case(person.subject, ip=visit.ip, starts_at=since, until=since + HOUR)
            return visit
        hold = make_hold(ip=ip_of(person))
        VisitHold.objects.filter(pk=hold.pk).update(released_at=since)
        return hold


@plays("browsing.links")
class LinksCast(Cast):
    """A link case that has ended."""

    holds = {"links": 1}
    few = "a person has a handful of link cases"

    def fill(self, person: Person, *, at: datetime) -> None:
        self.case(person, since=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> LinkCase:
        """One that was withdrawn: of an approved one the database lets nobody make many by a statement."""
        return self.case(person, since=since, is_approved=False)

    def case(self, person: Person, *, since: datetime, is_approved: bool = True) -> LinkCase:
        asked = {"ip": ip_of(person), "starts_at": since - HOUR, "until": since, "at": since - HOUR}
        case = make_case(person.subject, is_approved=is_approved, **asked)
        return services.end_link(case_id=case.pk, actor=ASKS, at=since)
