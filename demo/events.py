"""Two invented events with those who prepare and pay for them, two partners, and people who registered or are interested: the register
and the services that people use, at invented times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from datamap import registering
from datamap.disclosing import Refused
from datamap.enums import PaperKind, Role, Service
from datamap.models import FlowRecipient, Processor
from datamap.registering import PaperGiven
from demo import acts
from demo.papers import HOUSE, SINCE
from events import services
from events.flows import FOUR, ORGANISER, PARTNERS, SPONSORS
from events.models import Event, Interest, Registration
from letters.models import Letter
from letters.sealing import unseal
from subjects.selectors import is_blocked

if TYPE_CHECKING:
    from datamap.flows import Flow
    from events.services.asking import Typed


@dataclass(frozen=True, slots=True)
class Company:
    code: str
    name: str
    flow: Flow
    country: str
    countries: tuple[str, ...] = ()


COMPANIES = (
    Company("salle-du-canal", "Salle du Canal", ORGANISER, "FR"),
    Company("de-meetkamer", "De Meetkamer", ORGANISER, "BE"),
    Company("pixelplan", "Pixelplan", SPONSORS, "BE"),
    Company("theodolite", "Théodolite & Fils", SPONSORS, "FR"),
    Company("kaartwerk", "Kaartwerk", PARTNERS, "BE", ("BE", "NL")),
    Company("plan-cadastre", "Plan Cadastre Conseil", PARTNERS, "FR", ("FR", "LU")),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """So many days ahead."""

    slug: str
    titles: tuple[str, str, str]
    place: str
    country: str
    ahead: int
    organiser: str
    sponsors: tuple[str, ...]


EVENTS = (
    Planned(
        "maps-gent", ("Maps in practice", "Les cartes en pratique", "Kaarten in de praktijk"), "Gent", "BE", 24,
        "de-meetkamer", ("pixelplan", "theodolite"),
    ),
    Planned(
        "open-house-lille", ("Open house in Lille", "Portes ouvertes à Lille", "Opendeurdag in Rijsel"), "Lille", "FR", 45,
        "salle-du-canal", ("theodolite",),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guest:
    """Registered so many days ago; ``ended``: has stopped the sponsors since."""

    name: str
    event: str
    language: str
    days_ago: int
    company_name: str = ""
    phone: str = ""
    is_agreed: bool = False
    is_confirmed: bool = True
    is_ended: bool = False

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@bezoeker.example"


GUESTS = (
    Guest("Karel Mertens", "maps-gent", "nl", 12, "Mertens Landmeters", "+32 9 555 01 11", is_agreed=True),
    Guest("Sofie Baert", "maps-gent", "nl", 11, "Gemeente Zandhove"),
    Guest("Amir Haddad", "maps-gent", "fr", 9, "Topo Haddad", "+32 2 555 01 76", is_agreed=True, is_ended=True),
    Guest("Greta Holm", "maps-gent", "en", 4, is_agreed=True),
    Guest("Lien Cools", "maps-gent", "nl", 1, is_confirmed=False),
    Guest("Claire Fontaine", "open-house-lille", "fr", 8, "Fontaine Géomètres", "+33 3 55 50 01 20", is_agreed=True),
    Guest("Yanis Roche", "open-house-lille", "fr", 3),
)


@dataclass(frozen=True, slots=True)
class Hopeful:
    """Told us of an interest so many days ago; ``partner``: who was chosen for them."""

    name: str
    country: str
    language: str
    days_ago: int
    is_agreed: bool
    partner: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.lower().replace(' ', '.')}@bezoeker.example"


HOPEFUL = (
    Hopeful("Dirk Segers", "BE", "nl", 20, is_agreed=True, partner="kaartwerk"),
    Hopeful("Manon Leroy", "FR", "fr", 7, is_agreed=True),
    # Somebody tries all the same: the ledger refuses.
    Hopeful("Piet de Boer", "NL", "nl", 5, is_agreed=False, partner="kaartwerk"),
    Hopeful("Anna Weiss", "DE", "en", 2, is_agreed=True),
)
STATEMENT = {
    "en": "I agree that others, whom the form named, get my name, e-mail address, telephone number and company name.",
    "fr": "J’accepte que d’autres, nommés par le formulaire, reçoivent mon nom, mon adresse e-mail, mon téléphone et mon entreprise.",
    "nl": "Ik ga ermee akkoord dat anderen, die het formulier noemde, mijn naam, e-mailadres, telefoonnummer en bedrijfsnaam krijgen.",
}


def load(*, at: datetime) -> int:
    """How many people registered or told of an interest who had not before; nobody who was erased since."""
    for company in COMPANIES:
        _enter(company, at=at)
    for event in EVENTS:
        _plan(event, at=at)
    with acts.post():
        return sum(_register(guest, at=at) for guest in GUESTS) + sum(_be_interested(one, at=at) for one in HOPEFUL)


def _enter(company: Company, *, at: datetime) -> None:
    values = {
        "name": company.name,
        "role": Role.CONTROLLER,
        "objective": "Organisation of events for those who registered"
        if company.flow != PARTNERS
        else "Local offers and support for those who asked for it",
        "shared_data": "Name, e-mail address, telephone number, company name",
        "region": "European Union",
        "services": [Service.SUPPORT if company.flow == PARTNERS else Service.EVENTS],
        "our_roles": [Role.CONTROLLER],
        "fields": list(FOUR),
        "countries": [company.country],
        "since": SINCE,
    }
    contract = PaperGiven(PaperKind.CONTRACT, f"DEMO-{company.code}", SINCE)
    registering.save(code=company.code, values=values, papers=[contract], actor=HOUSE, at=at)
    FlowRecipient.objects.get_or_create(
        flow=company.flow.code, recipient_id=company.code, defaults={"fields": list(FOUR), "countries": list(company.countries)}
    )


def _plan(planned: Planned, *, at: datetime) -> None:
    day = at.date() + timedelta(days=planned.ahead)
    titles = dict(zip(("title", "title_fr", "title_nl"), planned.titles, strict=True))
    told = {"starts_on": day, "ends_on": day, "place": planned.place, "country": planned.country, "organiser_id": planned.organiser}
    event, is_new = Event.objects.get_or_create(slug=planned.slug, defaults={**titles, **told})
    if is_new:
        event.sponsors.set(Processor.objects.filter(code__in=planned.sponsors))


def _register(guest: Guest, *, at: datetime) -> bool:
    if is_blocked(guest.email) or Registration.objects.filter(email=guest.email).exists():
        return False
    then = at - timedelta(days=guest.days_ago)
    typed: Typed = {"name": guest.name, "email": guest.email, "phone": guest.phone, "company_name": guest.company_name}
    event = Event.objects.get(slug=guest.event)
    said: dict[str, Any] = {"language": guest.language, "statement": STATEMENT[guest.language], "is_agreed": guest.is_agreed}
    services.register(event=event, typed=typed, at=then, **said)
    if not guest.is_confirmed:
        return True
    row = services.confirm_registration(token=_token(guest.email, "event_confirm"), at=then + timedelta(hours=1))
    if guest.is_ended:
        later = at - timedelta(days=1)
        services.hand_over(event_id=event.pk, recipient="pixelplan", actor=HOUSE, at=later)
        services.withdraw(row, at=later + timedelta(hours=2))
    return True


def _be_interested(hopeful: Hopeful, *, at: datetime) -> bool:
    if is_blocked(hopeful.email) or Interest.objects.filter(email=hopeful.email).exists():
        return False
    then = at - timedelta(days=hopeful.days_ago)
    typed: Typed = {"name": hopeful.name, "email": hopeful.email, "phone": "", "company_name": ""}
    said: dict[str, Any] = {"language": hopeful.language, "statement": STATEMENT[hopeful.language], "is_agreed": hopeful.is_agreed}
    services.express_interest(country=hopeful.country, typed=typed, at=then, **said)
    row = services.confirm_interest(token=_token(hopeful.email, "interest_confirm"), at=then + timedelta(hours=1))
    if hopeful.partner:
        _introduce(row, hopeful.partner, at=then + timedelta(days=1))
    return True


def _introduce(row: Interest, partner: str, *, at: datetime) -> None:
    try:
        services.introduce(interest_id=row.pk, partner=partner, actor=HOUSE, at=at)
    except Refused:
        return


def _token(email: str, event: str) -> str:
    letter = Letter.objects.filter(recipient=email, event=event).latest("written_at")
    return unseal(bytes(letter.sealed))["link"].rstrip("/").rpartition("/")[2]
