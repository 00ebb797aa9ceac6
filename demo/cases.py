"""Requests of the demo company in every state, made by the same services that people use, at invented times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Contact, User
from demo import acts, mails, papers, stories
from demo.stories import Cast
from rights_requests.enums import Channel, Right
from rights_requests.models import RightsRequest
from subjects.enums import RestrictionGround

#: Days from receipt to answer of the requests that lie behind us: most soon, a few late in the month.
ANSWERED_AFTER = (1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 11, 14, 17, 21)


@dataclass(frozen=True, slots=True)
class Plot:
    """One open request: received how many days ago, in which language, and how far it has come."""

    right: Right
    days_ago: int
    language: str
    text: str = ""
    is_confirmed: bool = True
    is_assigned: bool = True
    said: tuple[tuple[str, Any], ...] = ()


OPEN = (
    Plot(Right.ACCESS, 27, "fr", "Toutes mes données, s’il vous plaît."),
    Plot(Right.RECTIFICATION, 25, "nl", "Mijn functie en mijn e-mailadres zijn gewijzigd, zie de brief.", said=(("channel", Channel.POST_BE),)),
    Plot(Right.ERASURE, 21, "nl", is_assigned=False),
    Plot(Right.OBJECTION, 14, "nl", "Ik wil niet dat mijn bezoeken geteld worden.", said=(("purposes", ("statistics",)),)),
    Plot(Right.ACCESS, 12, "nl", "Graag ook de berichten die ik via het formulier stuurde."),
    Plot(Right.PORTABILITY, 10, "en", "We are moving to another supplier and take our data with us."),
    Plot(Right.ERASURE, 9, "fr", "Je ne travaille plus avec vous."),
    Plot(
        Right.RESTRICTION, 6, "en", "Please keep my data as it is: we disagree about an order.",
        said=(("restriction_ground", RestrictionGround.CLAIMS),), is_assigned=False,
    ),
    Plot(Right.ACCESS, 4, "fr", is_assigned=False),
    Plot(Right.ACCESS, 3, "nl", is_confirmed=False, is_assigned=False),
    Plot(Right.RECTIFICATION, 1, "fr", "Mon numéro est maintenant le +33 3 20 55 01 40.", is_assigned=False),
    Plot(Right.ERASURE, 1, "en", is_confirmed=False, is_assigned=False),
)  # fmt: skip


def load(*, at: datetime) -> int:
    """Fill an empty queue; how many requests were made. Their mail is taken as delivered long ago."""
    if RightsRequest.objects.exists():
        return 0
    papers.load(at=at)
    cast = Cast(french=_people("fr"), dutch=_people("nl"), now=at)
    with acts.post():
        for number, days in enumerate(ANSWERED_AFTER):
            _answered(cast, days_ago=40 + 15 * number, days=days)
        for story in stories.ALL:
            story(cast)
        for plot in OPEN:
            _open(cast, plot)
        mails.load(about=RightsRequest.objects.filter(language="fr").exclude(paused_on=None)[0], now=at)
    return RightsRequest.objects.count()


def _people(language: str) -> Iterator[Contact]:
    """Contacts far apart in the list, so that the demo's own sign-ins keep their data."""
    kept = User.objects.values("email")
    yield from Contact.objects.filter(language=language).exclude(email__in=kept).order_by("number")[2::3]


def _answered(cast: Cast, *, days_ago: int, days: int) -> None:
    person = next(cast.french if days % 2 else cast.dutch)
    case = cast.ask(person, Right.ACCESS, "", days_ago=days_ago)
    acts.answer(case, at=max(case.after(days), case.request.received_at + timedelta(hours=3)))


def _open(cast: Cast, plot: Plot) -> None:
    person = next(cast.french if plot.language == "fr" else cast.dutch)
    said = {"language": plot.language, **dict(plot.said)}
    case = acts.file(person, plot.right, plot.text, days_ago=plot.days_ago, now=cast.now, **said)
    if plot.is_confirmed:
        acts.confirm(case)
    else:
        acts.deliver(case.request)
    if plot.is_assigned:
        acts.take(case)
