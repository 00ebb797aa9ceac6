"""Customers and changes of processors: who is told, who objects, and when a change is made."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from audit.actor import Actor
from audit.services import record
from datamap import gate, notices, registers
from datamap.countries import EEA, country_name
from datamap.models import Notice
from datamap.notices import CannotNotify
from hosting import selectors as hosting
from letters import services as letters
from policy.models import ChangeObjection

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from datamap.models import Processor
    from letters.values import Value

logger = logging.getLogger(__name__)

EVENT = "processor_notice"
WITHDRAWN = "processor_notice_withdrawn"
HOUSE = Actor.system("policy")


class TooLate(CannotNotify):
    message = _("The time to object to this change is over, or the change was withdrawn.")


class ObjectedAlready(CannotNotify):
    message = _("Your company has objected to this change already.")


class Answered(CannotNotify):
    message = _("This objection was answered already.")


@transaction.atomic
def publish(*, notice_id: UUID, actor: Actor, at: datetime) -> Notice:
    """Publish a notice and write it to every administrator of every customer with a database, each in their own language.

    Raises:
        CannotNotify: see ``datamap.notices.publish``.
    """
    notice = notices.publish(notice_id=notice_id, actor=actor, at=at)
    told = _tell(EVENT, notice, at=at)
    record(action="notice.told", about=notices.about(notice), actor=actor, at=at, letters=told, untold=len(untold()))
    return notice


@transaction.atomic
def withdraw(*, notice_id: UUID, actor: Actor, at: datetime) -> Notice:
    """Take a notice back; who was told of it is told of this too.

    Raises:
        CannotNotify: see ``datamap.notices.withdraw``.
    """
    notice = notices.withdraw(notice_id=notice_id, actor=actor, at=at)
    if notice.published_at is not None:
        _tell(WITHDRAWN, notice, at=at)
    return notice


@transaction.atomic
def object_to(*, notice_id: UUID, company: Company, ground: str, actor: Actor, at: datetime) -> ChangeObjection:
    """Note that a customer objects.

    Raises:
        TooLate, ObjectedAlready: see their words.
    """
    notice = Notice.objects.select_for_update().get(pk=notice_id)
    is_open = notice.published_at is not None and notice.withdrawn_at is None and notice.done_at is None
    if not is_open or notice.objects_until is None or timezone.localdate(at) > notice.objects_until:
        raise TooLate
    try:
        with transaction.atomic():
            made = ChangeObjection.objects.create(notice=notice, company=company.pk, ground=ground, made_at=at)
    except IntegrityError as error:
        raise ObjectedAlready from error
    record(action="notice.objected", about=notices.about(notice), actor=actor, at=at, objection=str(made.pk), ground=ground)
    return made


@transaction.atomic
def answer(*, objection_id: UUID, answer: str, actor: Actor, at: datetime) -> ChangeObjection:
    """Settle an objection, once.

    Raises:
        Answered: somebody did.
    """
    objection = ChangeObjection.objects.select_for_update().get(pk=objection_id)
    if objection.answer:
        raise Answered
    objection.answer, objection.answered_at = answer, at
    objection.save(update_fields=["answer", "answered_at"])
    about = notices.about(objection.notice)
    record(action="notice.objection_answered", about=about, actor=actor, at=at, objection=str(objection.pk), answer=answer)
    return objection


def carry_out_due(*, at: datetime) -> int:
    """Make every change whose day has come and to which no objection stands open; how many were made. One that cannot be made
    stops no other.
    """
    done = 0
    for notice in notices.due(on=timezone.localdate(at)).exclude(objections__answer=""):
        try:
            done += _carry_out(notice, at=at)
        except CannotNotify as error:
            logger.error("The change %s was not made: %s", notice.pk, error)  # noqa: TRY400 - said in so many words
    return done


@transaction.atomic
def _carry_out(notice: Notice, *, at: datetime) -> bool:
    """Whether it was made: whoever objects at the last moment holds the row while they do."""
    Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.objections.filter(answer="").exists():
        return False
    notices.carry_out(notice_id=notice.pk, actor=HOUSE, at=at)
    return True


def waiting(*, at: datetime) -> QuerySet[Notice]:
    """Changes whose day has come, and which wait for an answer to an objection."""
    return notices.due(on=timezone.localdate(at)).filter(objections__answer="").distinct()


def overdue(*, at: datetime) -> QuerySet[Notice]:
    """Changes whose day is past, and which nobody's answer holds up: something else does."""
    return notices.due(on=timezone.localdate(at) - timedelta(days=1)).exclude(objections__answer="")


def untold() -> list[Company]:
    """Customers with a database and nobody to tell: no administrator of theirs can sign in."""
    return [company for company, administrators in hosting.customers() if not administrators]


def _tell(event: str, notice: Notice, *, at: datetime) -> int:
    return sum(_write(event, notice, user, at=at) for _company, administrators in hosting.customers() for user in administrators)


def _write(event: str, notice: Notice, user: User, *, at: datetime) -> bool:
    """Whether the gate let it pass: a restriction of one person's data keeps nobody else from being told."""
    with translation.override(user.language):
        values: dict[str, Value] = {"processor": registers.said(notice.processor.name)}
        if event == EVENT:
            values |= _facts(notice)
        try:
            letters.write(
                event=event, language=user.language, to=user.email, name=user.name, about=notices.about(notice), values=values, at=at
            )
        except gate.Stopped:
            return False
    return True


def _facts(notice: Notice) -> dict[str, Value]:
    processor = notice.processor
    assert notice.objects_until is not None
    assert notice.effective_on is not None
    return {
        "changes_url": settings.PUBLIC_URL + reverse("account_change", kwargs={"notice_id": notice.pk}),
        "change": notice.get_kind_display(),
        "replaces": registers.said(notice.replaces.name) if notice.replaces else "–",
        "objective": registers.said(processor.objective),
        "shared_data": registers.said(processor.shared_data),
        "region": country_name(notice.country) if notice.country else _region(processor),
        "safeguard": registers.said(processor.safeguard) or "–",
        "objects_until": notice.objects_until,
        "effective_on": notice.effective_on,
    }


def _region(processor: Processor) -> str:
    """Where it works, and by name each country outside the European Economic Area: those of which nothing is said are told of later."""
    region, outside = registers.said(processor.region), sorted(map(country_name, set(processor.countries) - EEA))
    return f"{region} ({', '.join(outside)})" if outside else region
