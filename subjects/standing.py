"""What stands about a person, as business actions: restriction, objection, legal hold. Each leaves an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from uuid import uuid5

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from subjects import holds
from subjects.models import LegalHold, Objection, Restriction, Subject
from subjects.selectors import holds_of, objections_of, restrictions_of

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from audit.actor import Actor
    from subjects.enums import HoldGround, RestrictionGround, ReviewReason

_Order = TypeVar("_Order", Restriction, Objection, LegalHold)


class NotInformed(Exception):
    """A restriction is lifted only after the person was told so (Art. 18(3))."""


class NotAhead(ValueError):
    """A hold is looked at again on a day to come."""

    def __str__(self) -> str:
        return str(_("A hold is reviewed again on a day to come."))


class HoldsNothing(ValueError):
    """A hold is on a category that there is, on a field of it, and on some time."""

    def __str__(self) -> str:
        return str(_("There is no such category or field, or the time ends before it begins: this hold would keep nothing."))


class HoldIsOver(Exception):
    """What was released is not reviewed any more."""

    def __str__(self) -> str:
        return str(_("This hold was released already."))


@transaction.atomic
def restrict(*, subject_id: UUID, ground: RestrictionGround, actor: Actor, at: datetime, about: str = "") -> Restriction:
    """Restrict processing for the case ``about``; its restriction on the same ground that stands already is given back. What is leaving
    leaves first, and is known to whoever then tells the recipients (see ``wait_for_standing``).
    """
    Subject.objects.select_for_update(no_key=True).get(pk=subject_id)
    restriction, is_new = Restriction.objects.get_or_create(
        subject_id=subject_id, ground=ground, about=about, lifted_at=None, defaults={"since": at}
    )
    if is_new:
        record(action="subject.restricted", about=_about(subject_id), actor=actor, at=at, ground=ground)
    return restriction


def wait_for_standing(subject: Subject) -> None:
    """Wait for whoever is setting the person's data aside, and let nobody do so until this transaction ends; many may ask so at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM subjects_subject WHERE id = %s FOR SHARE", [subject.pk])


@transaction.atomic
def announce(*, restriction_id: UUID, letter_id: UUID, actor: Actor, at: datetime) -> Restriction:
    """Note which letter tells the person of the end; one that never arrived is replaced by the next."""
    restriction = Restriction.objects.select_for_update().get(pk=restriction_id)
    if restriction.lifted_at is None:
        restriction.announced_at, restriction.lifting_letter = at, letter_id
        restriction.save(update_fields=["announced_at", "lifting_letter"])
        about = _about(restriction.subject_id)
        record(action="subject.lifting_announced", about=about, actor=actor, at=at, ground=restriction.ground)
    return restriction


@transaction.atomic
def lift(*, restriction_id: UUID, told_at: datetime, actor: Actor, at: datetime) -> Restriction:
    """End a restriction.

    Raises:
        NotInformed: the person would learn of it only afterwards.
    """
    restriction = Restriction.objects.select_for_update().get(pk=restriction_id)
    if told_at > at:
        raise NotInformed
    if restriction.lifted_at is None:
        restriction.told_at, restriction.lifted_at = told_at, at
        restriction.save(update_fields=["told_at", "lifted_at"])
        about = _about(restriction.subject_id)
        record(action="subject.restriction_lifted", about=about, actor=actor, at=at, ground=restriction.ground)
    return restriction


@transaction.atomic
def object_to(*, subject_id: UUID, purpose: str, actor: Actor, at: datetime) -> Objection:
    """Note an objection to a purpose; one that stands already is given back."""
    objection, is_new = Objection.objects.get_or_create(subject_id=subject_id, purpose=purpose, ended_at=None, defaults={"since": at})
    if is_new:
        record(action="subject.objected", about=_about(subject_id), actor=actor, at=at, purpose=purpose)
    return objection


@transaction.atomic
def hold(
    *,
    subject_id: UUID,
    ground: HoldGround,
    owner_id: str,
    review_on: date,
    actor: Actor,
    at: datetime,
    source: str = "",
    field: str = "",
    starts_at: datetime | None = None,
    until: datetime | None = None,
) -> LegalHold:
    """Forbid to erase or purge what ``source`` (empty: every source) holds of the person, until somebody releases it. ``field``,
    and the time from ``starts_at`` to before ``until``, narrow it (see ``subjects.holds``).

    Raises:
        HoldsNothing: such a hold would keep nothing.
    """
    if not holds.is_known(source=source, field=field) or (starts_at and until and starts_at >= until):
        raise HoldsNothing
    made = LegalHold.objects.create(
        subject_id=subject_id,
        source=source,
        field=field,
        starts_at=starts_at,
        until=until,
        ground=ground,
        owner_id=owner_id,
        since=at,
        review_on=review_on,
    )
    told = {
        "source": source,
        "field": field,
        **{name: moment.isoformat() for name, moment in (("from", starts_at), ("until", until)) if moment},
    }
    record(action="subject.held", about=_about(subject_id), actor=actor, at=at, ground=ground, hold=str(made.pk), **told)
    return made


@transaction.atomic
def review(*, hold_id: UUID, review_on: date, reason: ReviewReason, actor: Actor, at: datetime) -> LegalHold:
    """Note that a hold was looked at and goes on, until it is looked at again.

    Raises:
        HoldIsOver: somebody released it.
        NotAhead: the day of the next review is not to come.
    """
    found = LegalHold.objects.select_for_update().get(pk=hold_id)
    if found.released_at is not None:
        raise HoldIsOver
    if review_on <= timezone.localdate(at):
        raise NotAhead
    found.review_on = review_on
    found.save(update_fields=["review_on"])
    about, on = _about(found.subject_id), review_on.isoformat()
    record(action="subject.hold_reviewed", about=about, actor=actor, at=at, hold=str(found.pk), reason=reason, review_on=on)
    return found


@transaction.atomic
def release(*, hold_id: UUID, actor: Actor, at: datetime) -> LegalHold:
    """End a legal hold; releasing it twice changes nothing."""
    found = LegalHold.objects.select_for_update().get(pk=hold_id)
    if found.released_at is None:
        found.released_at = at
        found.save(update_fields=["released_at"])
        record(action="subject.released", about=_about(found.subject_id), actor=actor, at=at, hold=str(found.pk))
    return found


def copy_standing(one: Subject, other: Subject) -> None:
    """Make what stands about one person stand about the other too; each is lifted, ended and released by itself. A copy has the
    same key each time: what ended meanwhile is not made anew.
    """
    _copy(Restriction, restrictions_of(one), other)
    _copy(Objection, objections_of(one), other)
    _copy(LegalHold, holds_of(one), other)


def _copy(model: type[_Order], rows: QuerySet[_Order], other: Subject) -> None:
    copies = list(rows)
    for copy in copies:
        copy.pk, copy.subject = uuid5(copy.pk, str(other.pk)), other
    model._default_manager.bulk_create(copies, ignore_conflicts=True)


def _about(subject_id: UUID) -> str:
    return f"subjects.subject:{subject_id}"
