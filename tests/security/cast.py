"""A breach and what is done about it, as the tests tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from datamap.enums import Category
from security import services
from security.enums import Audience, Authority, Harm, OurRole, People, Readers, Reason, Risk
from tests.accounts.factories import make_staff

if TYPE_CHECKING:
    from datetime import datetime

    from security.models import Breach

ACCOUNT: dict[str, Any] = {
    "facts": "A letter went to the wrong customer.",
    "harms": [Harm.DISCLOSED],
    "categories": [Category.ACCOUNT],
    "of_people": [People.CUSTOMERS],
    "people": 1,
    "records": 12,
    "consequences": "One customer may have read the invoices of another.",
    "measures": "The letter was asked back.",
    "risk_reasons": "Invoices say what was bought, and no more.",
}
WORDS = {
    "facts": "A letter went to the wrong mailbox.",
    "consequences": "Somebody may know what you bought.",
    "measures": "We had it destroyed.",
    "advice": "Be wary of calls.",
}


def officer(number: int = 1) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=f"00000000-0000-7000-8000-00000000000{number}", role=UserRole.PRIVACY_OFFICER)


def reported(at: datetime, **said: Any) -> Breach:
    return services.report(**{"known_at": at - timedelta(hours=2), "text": "Something went wrong.", "actor": officer(), "at": at} | said)


def described(at: datetime, *, risk: Risk = Risk.RISK, role: OurRole = OurRole.CONTROLLER, **said: Any) -> Breach:
    breach = reported(at, **said)
    describe(breach, at, risk=risk, role=role)
    return breach


def describe(breach: Breach, at: datetime, *, risk: Risk = Risk.RISK, role: OurRole = OurRole.CONTROLLER) -> None:
    services.describe(breach_id=breach.pk, risk=risk, role=role, actor=officer(), at=at, **ACCOUNT)


def tell(breach: Breach, audience: Audience, at: datetime) -> None:
    services.decide(breach_id=breach.pk, audience=audience, is_told=True, reason="", words="They must know.", actor=officer(), at=at)


def spare(breach: Breach, audience: Audience, reason: Reason, at: datetime, *, approved: bool = True) -> None:
    """Decide not to tell, and have a colleague approve it."""
    services.decide(breach_id=breach.pk, audience=audience, is_told=False, reason=reason, words="Why not.", actor=officer(), at=at)
    if approved:
        services.approve(breach_id=breach.pk, audience=audience, actor=officer(2), at=at)


def submit(breach: Breach, at: datetime, *, submitted_at: datetime | None = None, late_because: str = "") -> None:
    services.submit(
        breach_id=breach.pk,
        authority=Authority.APD,
        submitted_at=submitted_at or at,
        file_number="DBN-2026-77",
        late_because=late_because,
        actor=officer(),
        at=at,
    )


def worded(breach: Breach, readers: Readers, at: datetime, *languages: str) -> None:
    for language in languages:
        services.word(breach_id=breach.pk, readers=readers, language=language, actor=officer(), at=at, **WORDS)


def ended(at: datetime, **said: Any) -> Breach:
    """A breach without any risk, closed."""
    breach = described(at, risk=Risk.UNLIKELY, **said)
    spare(breach, Audience.AUTHORITY, Reason.UNLIKELY_RISK, at)
    spare(breach, Audience.PEOPLE, Reason.NO_HIGH_RISK, at)
    return services.close(breach_id=breach.pk, actor=officer(), at=at)


def officers() -> None:
    make_staff(UserRole.PRIVACY_OFFICER, name="Lotte Maes", language="nl")
