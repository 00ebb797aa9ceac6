"""Visits written down, holds on them, and the cases that link them with a person. Every decision leaves an event."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import services as audit
from audit.actor import Actor
from browsing import apart, buffer, rules, writing
from browsing.enums import LinkGround
from browsing.models import LinkCase, LogFile, Visit, VisitHold
from datamap import gate
from datamap.purposes import EVIDENCE, RIGHTS, SECURITY
from subjects import selectors as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import normalise_email
from subjects.services import subject_for
from subjects.standing import NotAhead

if TYPE_CHECKING:
    from datetime import date

    from browsing.enums import HoldGround
    from datamap.declaration import Purpose
    from subjects.enums import ReviewReason
    from subjects.models import Subject

logger = logging.getLogger(__name__)

#: So many visits at a time; so many times in one task, so that others have their turn.
AT_A_TIME, TURNS = 2000, 25

#: What a look at linked visits is for, and so what the gate is asked about.
PURPOSES: dict[LinkGround, Purpose] = {
    LinkGround.LAW: EVIDENCE,
    LinkGround.BREACH: SECURITY,
    LinkGround.SECURITY: SECURITY,
    LinkGround.OWN_REQUEST: RIGHTS,
}


class CannotNow(Exception):
    """What was asked cannot be done as things stand; ``str`` says why."""


class SamePerson(CannotNow):
    def __str__(self) -> str:
        return str(_("Whoever asked for a link does not approve it: a colleague does."))


class NotWaiting(CannotNow):
    def __str__(self) -> str:
        return str(_("This link case is decided, ended or over: look at it again."))


class NotOpen(CannotNow):
    def __str__(self) -> str:
        return str(_("This link case is not open: nothing is linked."))


# Visits on their way from the web.


def write_waiting(*, at: datetime) -> int:
    """Write down the visits that wait; how many were new. Told twice they are written once. ``at`` is the database's time: what by it
    was not visited yet, or is past its period, came from a wrong clock. It is left out, so that nothing behind it waits.
    """
    new = 0
    for _turn in range(TURNS):
        entries = buffer.first(AT_A_TIME)
        if not entries:
            break
        visits = _read(entries, at=at)
        if visits:
            new += writing.add(visits).new
        buffer.taken(entries)
    return new


def _read(entries: list[bytes], *, at: datetime) -> list[Visit]:
    read = [one for entry in entries if (one := _told(entry)) is not None]
    told = [one for one in read if _is_possible(_moment(one), now=at)]
    if len(told) < len(read):
        logger.error("%d visits are left out: their time is impossible. Set the clock of the web server.", len(read) - len(told))
    agents = apart.agents({one["agent"] for one in told})
    countries = apart.countries({rules.truncated(one["ip"]) for one in told if one.get("with_country")})
    return [_visit(one, agents[one["agent"]], countries) for one in told]


def _told(entry: bytes) -> dict[str, Any] | None:
    """What the middleware wrote; what an older or younger one wrote otherwise is left out."""
    try:
        read: dict[str, Any] = json.loads(entry)
        UUID(read["id"]), _moment(read), rules.address(read["ip"]), read["agent"] + read["referrer"]
    except (ValueError, KeyError, TypeError) as error:
        logger.warning("A visit cannot be read (%s) and is left out.", type(error).__name__)
        return None
    return read


def _moment(one: dict[str, Any]) -> datetime:
    """Raises ``ValueError`` for a time that does not say where."""
    at = datetime.fromisoformat(one["at"])
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at


def _is_possible(at: datetime, *, now: datetime) -> bool:
    keep_for = relativedelta(months=settings.BROWSING["keep_months"])
    return not rules.is_ahead(at, now=now) and not rules.is_over(at, keep_for=keep_for, now=now)


def _visit(one: dict[str, Any], agent: tuple[str, str], countries: Any) -> Visit:
    browser, platform = agent
    return Visit(
        id=UUID(one["id"]),
        at=_moment(one),
        ip=one["ip"],
        browser=browser,
        platform=platform,
        referrer=one["referrer"],
        language=one.get("language", ""),
        country=countries.get(rules.truncated(one["ip"]), "") if one.get("with_country") else "",
    )


def forget_log_files(*, at: datetime) -> int:
    """All that these files hold is too old by now: nobody could load it again."""
    keep_for = relativedelta(months=settings.BROWSING["keep_months"], days=3)
    return LogFile.objects.filter(read_at__lte=at - keep_for).delete()[0]


# Holds on visits.


@transaction.atomic
def hold(
    *, ground: HoldGround, about: str, starts_at: datetime, until: datetime, review_on: date, actor: Actor, at: datetime, ip: str = ""
) -> VisitHold:
    """Keep visits of a stretch of time beyond their period (P075), of one address or of all, until somebody releases them."""
    made = VisitHold.objects.create(
        ground=ground, about=about, ip=ip or None, starts_at=starts_at, until=until, owner_id=actor.id, since=at, review_on=review_on
    )
    audit.record(action="visits.held", about=_about(made), actor=actor, at=at, ground=ground, review_on=review_on.isoformat())
    return made


class HoldIsOver(CannotNow):
    def __str__(self) -> str:
        return str(_("This hold was released already."))


@transaction.atomic
def review(*, hold_id: UUID, review_on: date, reason: ReviewReason, actor: Actor, at: datetime) -> VisitHold:
    """Note that a hold was looked at and goes on, until it is looked at again.

    Raises:
        HoldIsOver: somebody released it.
        NotAhead: the day of the next review is not to come.
    """
    found = VisitHold.objects.select_for_update().get(pk=hold_id)
    if found.released_at is not None:
        raise HoldIsOver
    if review_on <= timezone.localdate(at):
        raise NotAhead
    found.review_on = review_on
    found.save(update_fields=["review_on"])
    audit.record(action="visits.hold_reviewed", about=_about(found), actor=actor, at=at, reason=reason, review_on=review_on.isoformat())
    return found


@transaction.atomic
def release(*, hold_id: UUID, actor: Actor, at: datetime) -> VisitHold:
    """End a hold; releasing it twice changes nothing."""
    found = VisitHold.objects.select_for_update().get(pk=hold_id)
    if found.released_at is None:
        found.released_at = at
        found.save(update_fields=["released_at"])
        audit.record(action="visits.released", about=_about(found), actor=actor, at=at)
    return found


# Links between visits and a person.


class NobodyKnown(CannotNow):
    def __str__(self) -> str:
        return str(_("Nobody is known under this address: neither by an account nor by a request in which it was shown."))


@transaction.atomic
def person_known_as(*, email: str, at: datetime) -> Subject:
    """The person who showed this address in a request, or whose account has it, confirmed.

    Raises:
        NobodyKnown: there is neither.
    """
    known = subjects.known_by_email(email)
    if known is not None:
        return known
    user = User.objects.filter(email=normalise_email(email), emailaddress__email=F("email"), emailaddress__verified=True).first()
    if user is None:
        raise NobodyKnown
    identifiers = [(IdentifierKind.ACCOUNT, str(user.pk)), (IdentifierKind.EMAIL, user.email)]
    return subject_for(identifiers=identifiers, method=IdentityMethod.ON_FILE, at=at)


@transaction.atomic
def ask_link(
    *,
    subject_id: UUID,
    ground: LinkGround,
    about: str,
    ip: str,
    starts_at: datetime,
    until: datetime,
    actor: Actor,
    at: datetime,
    days: int | None = None,
) -> LinkCase:
    """Ask for the visits of one address in one stretch of time to be linked with a person. Nothing is linked before a colleague
    approves it.
    """
    made = LinkCase.objects.create(
        subject_id=subject_id,
        ground=ground,
        about=about,
        ip=ip,
        starts_at=starts_at,
        until=until,
        asked_by=actor.id,
        asked_at=at,
        open_until=at + timedelta(days=days or settings.BROWSING["link_days"]),
    )
    audit.record(action="link.asked", about=_about(made), actor=actor, at=at, subject=str(subject_id), ground=ground)
    return made


@transaction.atomic
def approve_link(*, case_id: UUID, actor: Actor, at: datetime) -> LinkCase:
    """Open a link case, as a second person.

    Raises:
        SamePerson: the approver is the one who asked. The database refuses it too.
        NotWaiting: it is approved, ended or over.
    """
    case = LinkCase.objects.select_for_update().get(pk=case_id)
    if case.approved_at or case.ended_at or case.open_until <= at:
        raise NotWaiting
    if case.asked_by == actor.id:
        raise SamePerson
    case.approved_by, case.approved_at = actor.id, at
    case.save(update_fields=["approved_by", "approved_at"])
    audit.record(action="link.approved", about=_about(case), actor=actor, at=at, subject=str(case.subject_id), ground=case.ground)
    return case


@transaction.atomic
def end_link(*, case_id: UUID, actor: Actor, at: datetime) -> LinkCase:
    """End a link case, or withdraw what was asked; ending it twice changes nothing."""
    case = LinkCase.objects.select_for_update().get(pk=case_id)
    if case.ended_at is None:
        case.ended_at = at
        case.save(update_fields=["ended_at"])
        audit.record(action="link.ended", about=_about(case), actor=actor, at=at, subject=str(case.subject_id))
    return case


def end_over(*, at: datetime) -> int:
    """End the cases whose time is over: they have linked nothing since, whether or not somebody had noted it."""
    actor = Actor.system("browsing")
    with transaction.atomic():
        over = list(LinkCase.objects.select_for_update(skip_locked=True).filter(ended_at=None, open_until__lte=at))
        events = [audit.event(action="link.ended", about=_about(case), actor=actor, at=at, subject=str(case.subject_id)) for case in over]
        LinkCase.objects.filter(pk__in=[case.pk for case in over]).update(ended_at=F("open_until"))
        audit.record_all(events)
    return len(over)


@transaction.atomic
def look(*, case_id: UUID, actor: Actor, at: datetime) -> LinkCase:
    """Look at the visits of an open link case: each look is recorded.

    Raises:
        NotOpen: it is not approved, or has ended.
        Stopped: the person's data may not be used for that now.
    """
    case = LinkCase.objects.get(pk=case_id)
    if not case.is_open(at):
        raise NotOpen
    gate.require(gate.may_process(subject=case.subject, purpose=PURPOSES[LinkGround(case.ground)]))
    audit.record(action="link.looked", about=_about(case), actor=actor, at=at, subject=str(case.subject_id))
    return case


def _about(row: LinkCase | VisitHold) -> str:
    return f"{row._meta.label_lower}:{row.pk}"
