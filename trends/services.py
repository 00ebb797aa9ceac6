"""Preparing figures, and releasing them: one prepares, another approves what everybody will read, once for each quarter."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from datamap import trends
from trends import rules
from trends.models import Figure, Release

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from django.utils.functional import _StrPromise

    from audit.actor import Actor

HOME = ZoneInfo("Europe/Brussels")


class NotReleased(Exception):
    """``str(error)`` is a sentence for the page, in the language in force."""

    message: ClassVar[_StrPromise]

    def __str__(self) -> str:
        return str(self.message)


class NotOver(NotReleased):
    message = _("This is no quarter that is over.")


class TooLate(NotReleased):
    message = _("These figures say what is there now: only the quarter that has just ended can be prepared.")


class AlreadyThere(NotReleased):
    message = _("Figures of this quarter exist already. They are never made twice: from the difference somebody could be found.")


class NothingToTell(NotReleased):
    message = _("Too few people are behind these figures: nothing could be told.")


class NotWaiting(NotReleased):
    message = _("These figures do not wait for anybody any more.")


class SamePerson(NotReleased):
    message = _("Whoever prepared the figures cannot release them: this takes a second person.")


@transaction.atomic
def prepare(*, provider: str, quarter: date, actor: Actor, at: datetime) -> Release:
    """Count a quarter, hide and round, and keep what is left for a colleague to approve.

    Raises:
        UnknownProvider: nobody counts that.
        NotOver, TooLate, AlreadyThere, NothingToTell: see there.
    """
    counted = trends.provider_of(provider)
    _require_over(counted, quarter, at=at)
    ends_on = rules.after(quarter)
    starts_at, ends_at = (datetime.combine(day, time.min, tzinfo=HOME) for day in (quarter, ends_on))
    limits = settings.TRENDS
    is_open = [dimension.is_open for dimension in counted.dimensions]
    table = rules.told(counted.read(starts_at, ends_at), is_open=is_open, fewest=limits["fewest"], round_to=limits["round_to"])
    if all(cell.count is None for cell in table.cells):
        raise NothingToTell
    release = Release(
        provider=provider,
        starts_on=quarter,
        ends_on=ends_on,
        fewest=limits["fewest"],
        round_to=limits["round_to"],
        total=table.total,
        prepared_at=at,
        prepared_by=actor.id,
    )
    try:
        with transaction.atomic():
            release.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyThere from error
    Figure.objects.bulk_create(Figure(release=release, values=list(cell.values), count=cell.count) for cell in table.cells)
    _record("trends.prepared", release, actor=actor, at=at)
    return release


def _require_over(counted: trends.Provider, quarter: date, *, at: datetime) -> None:
    current = rules.quarter_of(at.astimezone(HOME).date())
    if quarter != rules.quarter_of(quarter) or quarter >= current:
        raise NotOver
    if counted.is_stock and rules.after(quarter) != current:
        raise TooLate


@transaction.atomic
def approve(*, release_id: UUID, actor: Actor, at: datetime) -> Release:
    """Let everybody read the figures.

    Raises:
        NotWaiting, SamePerson: see there.
    """
    release = _waiting(release_id)
    if release.prepared_by == actor.id:
        raise SamePerson
    release.approved_at, release.approved_by = at, actor.id
    release.save(update_fields=["approved_at", "approved_by"])
    _record("trends.released", release, actor=actor, at=at)
    return release


@transaction.atomic
def withdraw(*, release_id: UUID, actor: Actor, at: datetime) -> Release:
    """Take back what nobody has read yet; the quarter can be prepared anew.

    Raises:
        NotWaiting: see there.
    """
    release = _waiting(release_id)
    release.withdrawn_at = at
    release.save(update_fields=["withdrawn_at"])
    _record("trends.withdrawn", release, actor=actor, at=at)
    return release


def _waiting(release_id: UUID) -> Release:
    release = Release.objects.select_for_update().get(pk=release_id)
    if not release.is_waiting:
        raise NotWaiting
    return release


def _record(action: str, release: Release, *, actor: Actor, at: datetime) -> None:
    record(
        action=action, about=f"trends:{release.pk}", actor=actor, at=at, provider=release.provider, starts_on=release.starts_on.isoformat()
    )
