"""Breaches, evidence of measures, and released figures of the demo: invented like everything else of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import Company, User
from audit.actor import Actor
from audit.enums import ActorKind
from datamap import trends as counted
from datamap.enums import Category
from demo.acts import post
from letters import services as letters
from letters.models import Letter
from rights_requests.models import RightsRequest
from security import services
from security.enums import Audience, Harm, OurRole, People, Readers, Reason, Risk
from security.models import Breach, Evidence, Measure
from trends import rules
from trends import services as figures
from trends.models import Release

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

COMPANY = "K-1001"
WORDS = {
    "en": (
        "A copy of your database was restored on the wrong server.",
        "Nobody opened it, as far as our records show.",
        "We deleted the copy.",
    ),
    "fr": (
        "Une copie de votre base de données a été restaurée sur le mauvais serveur.",
        "Personne ne l’a ouverte, d’après nos relevés.",
        "Nous avons supprimé la copie.",
    ),
    "nl": (
        "Een kopie van uw databank is op de verkeerde server teruggezet.",
        "Niemand opende ze, volgens onze gegevens.",
        "We wisten de kopie.",
    ),
}
#: How many days ago each measure was seen at work, in turn; the last one nobody has looked at for long.
SEEN = (5, 20, 40, 60, 90, 120, 170, 400)


def load(*, at: datetime) -> int:
    """Load what is not there; how many breaches were reported."""
    officers = [_actor(user) for user in User.objects.filter(role__in=["PRIVACY_OFFICER", "ADMIN"], is_active=True).order_by("email")[:2]]
    if len(officers) > 1:
        _evidence(officers[0], at=at)
        _figures(*officers, at=at)
    if len(officers) < 2 or Breach.objects.exists():
        return 0
    _wrong_letter(*officers, at=at)
    _wrong_server(officers[0], at=at)
    _lost_telephone(officers[0], at=at)
    _deliver(at=at)
    return 3


def _actor(user: User) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=str(user.pk), role=user.role, entity=user.entity, country=user.country)


def _wrong_letter(one: Actor, other: Actor, *, at: datetime) -> None:
    """Noticed in a case, without a risk, closed by two people."""
    then = at - timedelta(days=40)
    case = RightsRequest.objects.order_by("received_at").values_list("reference", flat=True).first() or ""
    text = "A letter went into the envelope of another customer, who brought it back unopened."
    breach = services.report(known_at=then - timedelta(hours=3), text=text, about=case, actor=one, at=then)
    _describe(breach.pk, one, text, risk=Risk.UNLIKELY, role=OurRole.CONTROLLER, at=then)
    for audience, reason in ((Audience.AUTHORITY, Reason.UNLIKELY_RISK), (Audience.PEOPLE, Reason.NO_HIGH_RISK)):
        words = "The envelope came back closed the same day."
        services.decide(breach_id=breach.pk, audience=audience, is_told=False, reason=reason, words=words, actor=one, at=then)
        services.approve(breach_id=breach.pk, audience=audience, actor=other, at=then + timedelta(hours=1))
    services.close(breach_id=breach.pk, actor=one, at=then + timedelta(hours=2))


def _wrong_server(one: Actor, *, at: datetime) -> None:
    """As processor: the customer is named and not told yet, and a decision waits for a second person."""
    then = at - timedelta(hours=20)
    text = "A copy of a customer’s database was restored on the server of another."
    breach = services.report(known_at=then - timedelta(hours=2), text=text, actor=one, at=then)
    _describe(breach.pk, one, text, risk=Risk.UNLIKELY, role=OurRole.PROCESSOR, at=then)
    if Company.objects.filter(number=COMPANY).exists():
        services.name_customers(breach_id=breach.pk, numbers=[COMPANY], actor=one, at=then)
    for language, (facts, consequences, measures) in WORDS.items():
        told = {"facts": facts, "consequences": consequences, "measures": measures, "advice": ""}
        services.word(breach_id=breach.pk, readers=Readers.CUSTOMERS, language=language, actor=one, at=then, **told)
    services.decide(
        breach_id=breach.pk,
        audience=Audience.AUTHORITY,
        is_told=False,
        reason=Reason.CUSTOMER_DECIDES,
        words="It is their data.",
        actor=one,
        at=then,
    )


def _lost_telephone(one: Actor, *, at: datetime) -> None:
    """Little is known of it, and little time is left."""
    then = at - timedelta(hours=64)
    services.report(known_at=then, text="A work telephone was left on a train. Whether it was locked is not known.", actor=one, at=then)


def _deliver(*, at: datetime) -> None:
    """Each letter reached the officers when its breach was reported, and lies in the mailbox of the demo no more."""
    with post():
        for letter in Letter.objects.due(at).filter(event="breach_alarm"):
            letters.send(letter_id=letter.pk, at=letter.written_at)


def _describe(breach_id: UUID, by: Actor, facts: str, *, risk: Risk, role: OurRole, at: datetime) -> None:
    services.describe(
        breach_id=breach_id,
        facts=facts,
        role=role,
        harms=[Harm.DISCLOSED],
        categories=[Category.ACCOUNT],
        of_people=[People.CUSTOMERS],
        people=1,
        records=None,
        consequences="Somebody may have read what was not meant for them.",
        measures="What went wrong was taken back at once.",
        risk=risk,
        risk_reasons="Nobody opened it, as far as we can see.",
        actor=by,
        at=at,
    )


def _evidence(one: Actor, *, at: datetime) -> None:
    if Evidence.objects.exists():
        return
    for number, measure in enumerate(Measure.objects.order_by("code")):
        day = timezone.localdate(at) - timedelta(days=SEEN[number % len(SEEN)])
        services.add_evidence(
            measure_id=measure.pk, seen_on=day, review_on=day + timedelta(days=182), what="Seen at the yearly review.", actor=one, at=at
        )


def _figures(one: Actor, other: Actor, *, at: datetime) -> None:
    """What can be told of the last quarter: the first provider's figures are released, the others wait for a second person."""
    quarter = rules.after(rules.quarter_of(timezone.localdate(at)), -1)
    if Release.objects.exists():
        return
    for provider in counted.all_providers():
        try:
            release = figures.prepare(provider=provider.code, quarter=quarter, actor=one, at=at)
        except figures.NothingToTell:
            continue
        if provider.code == "customers":
            figures.approve(release_id=release.pk, actor=other, at=at)
