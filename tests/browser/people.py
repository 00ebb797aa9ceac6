"""Who plays: customers with data in every room, agents and an administrator. Run as a program, it lays them down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

#: The password of everybody here is that of ``tests.accounts.factories``.
PASSWORD = "seven quiet herons wade"
#: The name of one customer holds what a page, a letter or a table could take for its own language.
HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    email: str
    key: str


@dataclass(frozen=True, slots=True)
class Colleague:
    name: str
    email: str
    role: str
    totp_secret: str


NOOR = Customer("Noor Vermeulen", "noor.vermeulen@reader.example", "NV")
LUCAS = Customer("Lucas Delcourt", "lucas.delcourt@reader.example", "LD")
EVA = Customer("Eva Claes", "eva.claes@reader.example", "EC")
MANON = Customer("Manon Lacroix", "manon.lacroix@reader.example", "ML")
WANNES = Customer("Wannes Baert", "wannes.baert@reader.example", "WB")
IRIS = Customer("Iris Whitfield", "iris.whitfield@reader.example", "IW")
CUSTOMERS = (NOOR, LUCAS, EVA, MANON, WANNES, IRIS)

JONAS = Colleague("Jonas Peeters", "jonas.desk@oxygis.example", "HELPDESK", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
AMINA = Colleague("Amina Lefèvre", "amina.desk@oxygis.example", "HELPDESK", "KRUGS4ZANFZSAYJAKRUGS4ZANFZSAYJA")
RUTH = Colleague("Ruth Adams", "ruth.admin@oxygis.example", "ADMIN", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK")
HELENE = Colleague("Hélène Marchal", "helene.officer@oxygis.example", "PRIVACY_OFFICER", "OJXWE2LOMFZWQ53POJ2GQZDFNVXXGZLE")
#: A new colleague who has not set up a second factor yet.
TOM = Colleague("Tom Baert", "tom.new@oxygis.example", "HELPDESK", "")
#: One who will use a security key, and no app.
SARAH = Colleague("Sarah Maes", "sarah.key@oxygis.example", "HELPDESK", "")
#: Who decides about the databases of a customer.
PETRA = Customer("Petra Vos", "petra.vos@atelier.example", "PV")
COLLEAGUES = (JONAS, AMINA, RUTH, HELENE, TOM, SARAH)


def lay_down() -> None:
    from django.db import transaction

    from accounts.enums import UserRole
    from tests.accounts import factories

    for customer in CUSTOMERS:
        _customer(customer)
    for colleague in COLLEAGUES:
        user = factories.make_staff(UserRole(colleague.role), colleague.email, has_second_factor=False, name=colleague.name)
        if colleague.totp_secret:
            factories.give_second_factor(user, colleague.totp_secret)
    _databases(PETRA)
    _by_post()
    # At once: a worker that sends the letters takes the links away that they press.
    with transaction.atomic():
        _events()


def _events() -> None:
    """An event with somebody who takes part, handed over to its sponsor; an interest, and a partner who works elsewhere."""
    from django.utils import timezone

    from events import services
    from tests.events import cast

    event = cast.make_event(slug="maps")
    cast.register(event, email="wim.declercq@reader.example")
    services.hand_over(event_id=event.pk, recipient="sponsor", actor=cast.ACTOR, at=timezone.now())
    cast.make_partner("cadastre", countries=["FR"])
    cast.be_interested(email="joke.peers@reader.example")


def _by_post() -> None:
    """Somebody without a mailbox asked by letter."""
    from django.utils import timezone

    from rights_requests.enums import Channel, Right
    from tests.rights_requests import cast

    where = {"postal_address": "Kerkstraat 12\n9000 Gent", "phone": "+32 470 12 34 57", "channel": Channel.POST_BE}
    cast.file(Right.ACCESS, at=timezone.now(), email="", name="Godelieve Claes", actor=cast.CLERK, **where)


def _databases(customer: Customer) -> None:
    """One by its rows, with a backup in every place, one that waits for a place, and one that was looked into."""
    from django.utils import timezone

    from accounts.enums import UserRole
    from accounts.models import User
    from hosting.models import ErasureOrder, Replica
    from tests.accounts import factories
    from tests.hosting import cast
    from tests.hosting.source_casts import make_database

    now = timezone.now()
    boss = factories.make_user(customer.email, name=customer.name, role=UserRole.COMPANY_ADMINISTRATOR, company=factories.make_company())
    database = make_database(boss.company, at=now - timedelta(days=9), label="Atelier", created_at=now - timedelta(days=9))
    for days in (1, 2, 3):
        backup = cast.make_backup(database, at=now - timedelta(days=days), places=("be-1", "be-2", "fr-1", "fr-2"))
    Replica.objects.filter(backup=backup, place="fr-2").update(stored_at=None, error="full", failed_at=now - timedelta(days=2))
    one, other = User.objects.get(email=JONAS.email), User.objects.get(email=AMINA.email)
    open_now = {"approved_by": other.pk, "approved_at": now, "ends_at": now + timedelta(days=7), "restored_at": now, "ledger": 0}
    cast.make_restoration(backup, one, at=now, served_at=now, **open_now)
    cast.make_restoration(backup, other, at=now)
    ErasureOrder.objects.create(database=database, relation="people", row_keys=["7", "8"], erased_at=now, expires_at=now, number=0)


def _customer(customer: Customer) -> None:
    from tests.accounts import factories

    factories.make_user(customer.email, name=customer.name, phone="+32 470 12 34 56")
    factories.make_contact(customer.email, name=customer.name, number=f"T-{customer.key}")
    for text in ("Could you call me about the cadastral maps?", f"=1+1 {HOSTILE}"):
        factories.make_message(customer.email, name=customer.name, text=text)
    for number in (1, 2, 3):
        factories.make_invoice(customer.email, billing_name=customer.name, number=f"F-{customer.key}-{number}")


if __name__ == "__main__":
    import django

    django.setup()
    lay_down()
