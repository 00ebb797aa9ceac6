"""Who can sign in to the demo. Nothing here is secret: passwords and second factors are the same in every copy.

Never in production: the app ``demo`` is not installed there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import transaction

from accounts.enums import STAFF_ROLES, UserRole
from accounts.models import Company, User
from audit.actor import Actor
from audit.enums import ActorKind
from subjects.selectors import is_blocked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

CUSTOMER_PASSWORD = "demo customer password"
STAFF_PASSWORD = "demo staff password"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """``company`` is a customer number of ``demo/customers.csv``, ``secret`` the seed of an authenticator app."""

    email: str
    name: str
    role: UserRole
    language: str
    company: str = ""
    country: str = ""
    secret: str = ""

    @property
    def password(self) -> str:
        return STAFF_PASSWORD if self.role in STAFF_ROLES else CUSTOMER_PASSWORD


DEMO_PEOPLE = (
    DemoPerson("noor.vermeulen@boekbinderij-vermeulen.example", "Noor Vermeulen", UserRole.COMPANY_ADMINISTRATOR, "nl", "K-1001"),
    DemoPerson("camille.lambert@architectes-delvaux.example", "Camille Lambert", UserRole.CUSTOMER, "fr", "K-1021"),
    DemoPerson("lucas.delcourt@cartographie-du-nord.example", "Lucas Delcourt", UserRole.CUSTOMER, "fr", "K-1035"),
    DemoPerson(
        "jonas.peeters@oxygis.example",
        "Jonas Peeters",
        UserRole.HELPDESK,
        "nl",
        country="BE",
        secret="KNZWW2LTORSXGZLQNNSXSIDPNZSQ2LJT",
    ),
    DemoPerson(
        "amelie.lefort@oxygis.example",
        "Amélie Lefort",
        UserRole.HELPDESK,
        "fr",
        country="FR",
        secret="MFWWK3DJMVZWKY3SMV2GM33SORSGK3LP",
    ),
    DemoPerson(
        "helene.marchal@oxygis.example",
        "Hélène Marchal",
        UserRole.PRIVACY_OFFICER,
        "fr",
        country="BE",
        secret="NBSWYZLOMVWWC4TDNBQWYZDFNVXXGZLD",
    ),
    DemoPerson(
        "tine.claes@oxygis.example",
        "Tine Claes",
        UserRole.HR,
        "nl",
        country="BE",
        secret="ORUW4ZLDNRQWK43EMVWW643FMNZGK5BB",
    ),
    DemoPerson(
        "robin.ashworth@oxygis.example",
        "Robin Ashworth",
        UserRole.ADMIN,
        "en",
        country="BE",
        secret="OJXWE2LOMFZWQ53POJ2GQZDFNVXXGZLE",
    ),
)

TOTP_SECRETS = {person.email: person.secret for person in DEMO_PEOPLE if person.secret}


@transaction.atomic
def load_people(*, at: datetime) -> int:
    """Make the sign-ins that are missing; how many were made. What somebody changed since stays, and so does an erasure."""
    known = set(User.objects.values_list("email", flat=True))
    missing = [person for person in DEMO_PEOPLE if person.email not in known and not is_blocked(person.email)]
    for person in missing:
        _make(person, at=at)
    return len(missing)


def _make(person: DemoPerson, *, at: datetime) -> None:
    user = User.objects.create_user(
        person.email,
        person.password,
        name=person.name,
        role=person.role,
        language=person.language,
        company=Company.objects.filter(number=person.company).first(),
        entity="Oxygis Partners" if person.secret else "",
        country=person.country,
        joined_at=at,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    if person.secret and not Authenticator.objects.filter(user=user).exists():
        TOTP.activate(user, person.secret)


def describe() -> str:
    """The sign-ins as ``make run`` prints them."""
    customers = [person for person in DEMO_PEOPLE if not person.secret]
    staff = [person for person in DEMO_PEOPLE if person.secret]
    return "\n".join(
        (
            f"Customers (password: {CUSTOMER_PASSWORD})",
            *_lines(customers),
            f"Staff (password: {STAFF_PASSWORD}; the six digits of the second factor stand at /mailbox/codes/)",
            *_lines(staff),
            "The cookie banner stands on a page of its own, /website/",
        )
    )


def _lines(people: Iterable[DemoPerson]) -> Iterable[str]:
    width = max(len(person.email) for person in DEMO_PEOPLE)
    return [f"  {person.email:{width}}  {person.name}, {UserRole(person.role).name.lower().replace('_', ' ')}" for person in people]


def colleague(role: UserRole) -> Actor:
    """Whoever of the demo's staff has this role."""
    user = User.objects.filter(role=role).order_by("email").first()
    if user is None:
        return Actor(kind=ActorKind.STAFF, id=role.lower(), role=role)
    return Actor(kind=ActorKind.STAFF, id=str(user.pk), role=user.role, entity=user.entity, country=user.country)
