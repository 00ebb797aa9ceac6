"""Where a database stands, and where copies of it may be kept: the same five regions for both (policy VIII)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from datamap import pan
from datamap.archives.places import PlaceRefused
from hosting import correspondence
from hosting.enums import InstructionKind, Region, RegionAnswer
from hosting.models import RegionRequest
from hosting.services import backing
from hosting.services.noting import instruct, lock
from hosting.workflow import CannotNow, Gone

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from hosting.models import CustomerDatabase


class NoSuchRegion(CannotNow):
    message = _("Databases are hosted in the Netherlands, France, Belgium, Germany and Ireland, and nowhere else.")


class ThereAlready(CannotNow):
    message = _("The database is there already.")


class AnsweredAlready(CannotNow):
    message = _("This request has been answered.")


class AskedAlready(CannotNow):
    message = _("A request for another region is waiting for our answer.")


class ReasonsMissing(CannotNow):
    message = _("Give the customer the reasons for the answer.")


class NoRoomThere(CannotNow):
    message = _("Copies cannot be kept in that zone at present. Choose another one, or ask the helpdesk.")


class NotMoved(CannotNow):
    message = _("The database stands in another region still. Move it first, then say that it is done.")


@transaction.atomic
def ask(*, database_id: UUID, region: str, actor: Actor, at: datetime) -> RegionRequest:
    """Ask for another region; staff answer with reasons (P088).

    Raises:
        NoSuchRegion, Gone, ThereAlready, AskedAlready: see their words.
    """
    database = lock(database_id)
    _refuse_unknown(region)
    if database.is_gone(at):
        raise Gone
    if database.server.region == region:
        raise ThereAlready
    if database.region_requests.filter(status=RegionAnswer.OPEN).exists():
        raise AskedAlready
    instruct(database, InstructionKind.REGION, actor=actor, at=at, region=region)
    return RegionRequest.objects.create(database=database, region=region, asked_at=at)


@transaction.atomic
def answer(*, request_id: UUID, is_accepted: bool, reasons: str, actor: Actor, at: datetime) -> RegionRequest:
    """Answer the customer. Yes is said when the database stands there: never before it was moved.

    Raises:
        ReasonsMissing, AnsweredAlready, NotMoved, NoRoomThere: see their words.
    """
    database = lock(RegionRequest.objects.values_list("database_id", flat=True).get(pk=request_id))
    request = RegionRequest.objects.get(pk=request_id)
    if request.status != RegionAnswer.OPEN:
        raise AnsweredAlready
    if not reasons.strip():
        raise ReasonsMissing
    if is_accepted and database.server.region != request.region:
        raise NotMoved
    request.status = RegionAnswer.ACCEPTED if is_accepted else RegionAnswer.REFUSED
    request.answer, request.answered_at = pan.mask(reasons.strip()), at
    request.save(update_fields=["status", "answer", "answered_at"])
    if is_accepted:
        _spread(database, at=at)
    instruct(database, InstructionKind.REGION_ANSWERED, actor=actor, at=at, region=request.region, answer=request.status)
    correspondence.region_answered(database, request, at=at)
    return request


@transaction.atomic
def replicate(*, database_id: UUID, region: str, actor: Actor, at: datetime) -> CustomerDatabase:
    """Have further copies kept in another zone, or, with nothing, in that of the database alone: those of the backups that stand as well
    as new ones. None is taken from where it lies before its day.

    Raises:
        NoSuchRegion, Gone, NoRoomThere: see their words.
    """
    database = lock(database_id)
    if region:
        _refuse_unknown(region)
    if database.is_gone(at):
        raise Gone
    if database.replica_region != region:
        database.replica_region = region
        database.save(update_fields=["replica_region"])
        instruct(database, InstructionKind.REPLICATE, actor=actor, at=at, region=region)
        _spread(database, at=at)
    return database


def _spread(database: CustomerDatabase, *, at: datetime) -> None:
    try:
        backing.spread(database, at=at)
    except PlaceRefused as error:
        raise NoRoomThere from error


def _refuse_unknown(region: str) -> None:
    if region not in Region.values:
        raise NoSuchRegion
