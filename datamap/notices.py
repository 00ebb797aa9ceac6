"""Telling customers of a change of processors before it is made (Art. 28(2)): one prepares, another publishes, then they may object.

Who is told, and what they answer, is the business of the room ``policy``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from datamap import announced
from datamap.countries import EEA
from datamap.enums import NOTICES_OF_A_BEGINNING, NoticeKind
from datamap.models import Notice, Processor
from datamap.processors import is_attested

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from audit.actor import Actor


class CannotNotify(Exception):
    """A step that cannot be taken now; ``str(error)`` says why."""

    message: str | _StrPromise = ""

    def __str__(self) -> str:
        return str(self.message)


class NothingToTell(CannotNotify):
    message = _("Customers need not be told of this: it works on their data already, or not at all.")


class ToldAlready(CannotNotify):
    message = _("A notice of this change is under way.")


class OwnNotice(CannotNotify):
    message = _("Nobody publishes a notice that they prepared. Ask a colleague.")


class SubsNotTold(CannotNotify):
    message = _("Customers are told first of everybody through whom it works: prepare and publish a notice of each of them.")


class NotNow(CannotNotify):
    message = _("This notice was published, withdrawn or carried out meanwhile.")


class NotAttested(CannotNotify):
    message = _("A payment processor needs a live attestation of PCI-DSS compliance first.")


@transaction.atomic
def prepare(*, kind: str, code: str, replaces: str = "", country: str = "", actor: Actor, at: datetime) -> Notice:
    """Draft a notice. Nobody is told yet.

    Raises:
        NothingToTell, ToldAlready: see their words.
    """
    processor = Processor.objects.select_for_update().get(code=code)
    _require_news(processor, kind=kind, replaces=replaces, country=country, on=timezone.localdate(at))
    try:
        with transaction.atomic():
            notice = Notice.objects.create(
                kind=kind, processor=processor, replaces_id=replaces or None, country=country, prepared_by=actor.id, prepared_at=at
            )
    except IntegrityError as error:
        raise ToldAlready from error
    _record("prepared", notice, actor=actor, at=at)
    return notice


@transaction.atomic
def publish(*, notice_id: UUID, actor: Actor, at: datetime) -> Notice:
    """Publish a colleague's notice: from now on customers may object for as long as the settings say; the day after, it takes effect.

    Raises:
        OwnNotice, NotNow, NothingToTell, NotAttested, SubsNotTold: see their words.
    """
    notice = _locked(notice_id)
    if notice.published_at is not None or notice.withdrawn_at is not None:
        raise NotNow
    if notice.prepared_by == actor.id:
        raise OwnNotice
    today = timezone.localdate(at)
    _require_news(notice.processor, kind=notice.kind, replaces=notice.replaces_id or "", country=notice.country, on=today)
    if not is_attested(notice.processor, on=today):
        raise NotAttested
    if notice.kind in NOTICES_OF_A_BEGINNING and announced.unannounced_subs(notice.processor, on=today):
        raise SubsNotTold
    notice.published_by, notice.published_at = actor.id, at
    notice.objects_until = today + timedelta(days=settings.REGISTERS["objection_days"])
    notice.effective_on = notice.objects_until + timedelta(days=1)
    notice.save(update_fields=["published_by", "published_at", "objects_until", "effective_on"])
    _record("published", notice, actor=actor, at=at, effective_on=str(notice.effective_on))
    return notice


@transaction.atomic
def withdraw(*, notice_id: UUID, actor: Actor, at: datetime) -> Notice:
    """Take a notice back: the change is not made.

    Raises:
        NotNow: it was withdrawn or carried out.
    """
    notice = _locked(notice_id)
    if notice.withdrawn_at is not None or notice.done_at is not None:
        raise NotNow
    notice.withdrawn_at = at
    notice.save(update_fields=["withdrawn_at"])
    _record("withdrawn", notice, actor=actor, at=at)
    return notice


@transaction.atomic
def carry_out(*, notice_id: UUID, actor: Actor, at: datetime) -> Notice:
    """Make the change that was announced: the processor begins, the one it replaces ends, the country counts as told.

    Raises:
        NotNow: its day has not come, or it was withdrawn or carried out.
        NotAttested: the attestation ended meanwhile.
        SubsNotTold: one through whom it works has not begun.
    """
    notice, today = _locked(notice_id), timezone.localdate(at)
    if notice not in due(on=today):
        raise NotNow
    if not is_attested(notice.processor, on=today):
        raise NotAttested
    if notice.kind in NOTICES_OF_A_BEGINNING and announced.untold_subs_of(notice.processor, on=today):
        raise SubsNotTold
    assert notice.effective_on is not None
    notice.done_at = at
    notice.save(update_fields=["done_at"])
    _apply(notice, notice.effective_on)
    _record("carried_out", notice, actor=actor, at=at)
    return notice


def due(*, on: date) -> QuerySet[Notice]:
    """Published notices whose day has come, those published first before others: who works for another begins before it."""
    found = Notice.objects.filter(published_at__isnull=False, withdrawn_at=None, done_at=None, effective_on__lte=on)
    return found.order_by("published_at", "pk")


def about(notice: Notice) -> str:
    return f"datamap.notice:{notice.pk}"


def _require_news(processor: Processor, *, kind: str, replaces: str, country: str, on: date) -> None:
    is_beginning = processor.serves_customers and not processor.is_active(on)
    match kind:
        case NoticeKind.ADD:
            is_news = is_beginning
        case NoticeKind.REPLACE:
            is_news = is_beginning and bool(replaces) and replaces != processor.pk
        case _:
            is_news = processor.serves_customers and bool(country) and country not in EEA
    if not is_news:
        raise NothingToTell


def _apply(notice: Notice, day: date) -> None:
    processor = Processor.objects.select_for_update().get(pk=notice.processor_id)
    if notice.kind == NoticeKind.TRANSFER:
        processor.countries = sorted({*processor.countries, notice.country})
        processor.save(update_fields=["countries"])
        return
    processor.since, processor.until = day, None
    processor.save(update_fields=["since", "until"])
    # One that has ended meanwhile is not made to work until then.
    replaced = Processor.objects.filter(Q(until=None) | Q(until__gte=day), pk=notice.replaces_id, since__lt=day)
    replaced.update(until=day - timedelta(days=1))


def _locked(notice_id: UUID) -> Notice:
    return Notice.objects.select_for_update(of=("self",)).select_related("processor").get(pk=notice_id)


def _record(verb: str, notice: Notice, *, actor: Actor, at: datetime, **details: str) -> None:
    record(action=f"notice.{verb}", about=about(notice), actor=actor, at=at, kind=notice.kind, processor=notice.processor_id, **details)
