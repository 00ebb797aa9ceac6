"""Looking into a backup (P085, P086): on the customer's request or because law requires it, asked by one of us and approved by another; in a
database apart, that lets nobody in before everything that must not come back is gone from it; for a few days, and the customer sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import services as audit
from audit.actor import Actor
from datamap import pan
from datamap.archives import sealing
from datamap.archives.places import DIFFERS, PlaceRefused
from hosting import faults, rules, selectors
from hosting.enums import InstructionKind, RestoreGround, Verb
from hosting.models import Backup, CustomerDatabase, Instruction, Restoration
from hosting.postgres import databases, restored, tools
from hosting.postgres.connecting import ServerRefused
from hosting.services import backing, erasing, steps
from hosting.services.granting import NotBound, OwnApproval
from hosting.services.noting import instruct, lock
from hosting.workflow import CannotNow
from letters import sealing as secrets
from subjects.escrow import EscrowBroken

if TYPE_CHECKING:
    from datetime import datetime

    from hosting.postgres.connecting import Target
    from hosting.services.steps import Claim

HOUSE = Actor.system("hosting")
LEDGER_BROKEN = "ledger-broken"


class NoGround(CannotNow):
    message = _("Nobody looks into a backup without the customer’s recorded request, or a law that requires it and its reference.")


class NoBackup(CannotNow):
    message = _("This backup is no longer there.")


class AskedAlready(CannotNow):
    message = _("Somebody of your company has asked for this backup already.")


class NotServed(CannotNow):
    message = _("Nobody gets in: it is not approved, not restored and caught up yet, or over.")


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Up to which file of the journal and which of our own orders, and how many rows went."""

    ledger: int
    order: UUID | None
    rows: int


@transaction.atomic
def request(*, database_id: UUID, backup_id: UUID, actor: Actor, at: datetime) -> Instruction:
    """The customer's own request to look into a backup of theirs, of a destroyed database too: it is theirs to ask.

    Raises:
        NoBackup, AskedAlready: see their words.
    """
    database = lock(database_id)
    backup = _live(database, backup_id, at)
    if any(asked.details["backup"] == str(backup.pk) for asked in waiting(database)):
        raise AskedAlready
    return instruct(database, InstructionKind.RESTORE, actor=actor, at=at, backup=str(backup.pk))


def waiting(database: CustomerDatabase) -> list[Instruction]:
    """Requests of the customer that nobody at the desk has taken up, for backups that are still there."""
    taken = Restoration.objects.filter(database=database, instruction__isnull=False).values_list("instruction", flat=True)
    asked = database.instructions.filter(kind=InstructionKind.RESTORE).exclude(pk__in=list(taken))
    there = {str(pk) for pk in database.backups.values_list("pk", flat=True)}
    return [instruction for instruction in asked.order_by("at") if instruction.details.get("backup") in there]


@transaction.atomic
def ask(
    *, database_id: UUID, backup_id: UUID, ground: str, instruction_id: UUID | None, reference: str, user: User, actor: Actor, at: datetime
) -> Restoration:
    """Ask to look into a backup, as one of the two.

    Raises:
        NoGround, NoBackup, NotBound: see their words.
    """
    database = lock(database_id)
    backup = _live(database, backup_id, at)
    instruction = _ground(database, backup, ground=ground, instruction_id=instruction_id, reference=reference.strip())
    _require_bound(user, at)
    restoration = Restoration.objects.create(
        database=database,
        backup_id=backup.pk,
        taken_at=backup.taken_at,
        ground=ground,
        instruction=instruction,
        reference=pan.mask(reference.strip()),
        asked_by=user.pk,
        asked_at=at,
        staff_entity=user.entity,
        staff_country=user.country,
        name=rules.new_name("back"),
    )
    _record("asked", restoration, actor=actor, at=at)
    return restoration


@transaction.atomic
def approve(*, restoration_id: UUID, user: User, actor: Actor, at: datetime) -> Restoration:
    """Approve a colleague's question, as the other of the two: now it is restored.

    Raises:
        OwnApproval, NotBound, NotServed, NoBackup: see their words.
    """
    database, restoration = _locked(restoration_id)
    if restoration.asked_by == user.pk:
        raise OwnApproval
    if restoration.approved_at is not None or restoration.ended_at is not None:
        raise NotServed
    _live(database, restoration.backup_id, at)
    for person in (user, User.objects.get(pk=restoration.asked_by)):
        _require_bound(person, at)
    restoration.approved_by, restoration.approved_at = user.pk, at
    restoration.ends_at = at + settings.HOSTING["restored_life"]
    restoration.save(update_fields=["approved_by", "approved_at", "ends_at"])
    steps.open_step(database, Verb.RESTORE, at=at, about=restoration.pk)
    _record("approved", restoration, actor=actor, at=at)
    return restoration


@transaction.atomic
def let_in(*, restoration_id: UUID, user: User, actor: Actor, at: datetime) -> str:
    """The password of the restored database, told once: to the customer's administrator who asked for it, or to the colleague whom law sends.

    Raises:
        NotServed: it is not caught up yet, or over, or somebody else's.
    """
    database, restoration = _locked(restoration_id)
    is_theirs = user.pk == restoration.asked_by if restoration.ground == RestoreGround.LAW else user.company_id == database.company_id
    if not is_theirs or not restoration.is_open(at):
        raise NotServed
    if restoration.ground == RestoreGround.LAW:
        _require_bound(user, at)
    password = rules.new_password()
    steps.open_step(database, Verb.OPEN_RESTORED, at=at, about=restoration.pk, sealed=secrets.seal({"password": password}))
    _record("opened", restoration, actor=actor, at=at)
    return password


@transaction.atomic
def end(*, restoration_id: UUID, by: Restoration.EndedBy, actor: Actor, at: datetime) -> Restoration:
    """End it before its time, or take a question for it back. Again, and nothing happens. One whose time is over ended then, whenever that is noticed."""
    database, restoration = _locked(restoration_id)
    if restoration.ended_at is None:
        is_over = restoration.ends_at is not None and restoration.ends_at <= at
        restoration.ended_at, restoration.ended_by = (restoration.ends_at, Restoration.EndedBy.TIME) if is_over else (at, by)
        restoration.save(update_fields=["ended_at", "ended_by"])
        steps.drop_about(restoration.pk, at=at)
        if restoration.approved_at is not None:
            steps.open_step(database, Verb.DROP_RESTORED, at=at, about=restoration.pk)
        if by == Restoration.EndedBy.CUSTOMER:
            instruct(database, InstructionKind.RESTORE_ENDED, actor=actor, at=at, restoration=str(restoration.pk))
        _record("ended", restoration, actor=actor, at=at)
    return restoration


def end_over(*, at: datetime) -> None:
    """End those whose time is over."""
    over = Restoration.objects.filter(ended_at=None, ends_at__lte=at)
    for restoration_id in over.values_list("pk", flat=True)[:100]:
        end(restoration_id=restoration_id, by=Restoration.EndedBy.TIME, actor=HOUSE, at=at)


def restore(database: CustomerDatabase, claim: Claim, *, target: Target, at: datetime) -> None:
    """Make the database apart and fill it, as its own role, whose password nobody is told; then it is closed. What an earlier try left is dropped first.

    Raises:
        ServerRefused, PlaceRefused: it is not there whole.
    """
    restoration = Restoration.objects.get(pk=str(claim.about))
    backup = Backup.objects.select_related("database").filter(pk=restoration.backup_id).first()
    if backup is None:
        raise PlaceRefused("missing")
    name, mark, password = restoration.name, restoration.mark, rules.new_password()
    place = backing.standing_place(backup)
    _identifier, version = databases.meet(target)
    databases.drop(target, name=name, mark=mark)
    faults.reach("place made free")
    databases.create(target, name=name, mark=mark)
    try:
        databases.set_password(target, role=name, password=password)
        tools.restore(sealing.content(backing.manifest_of(backup), place), target, name=name, password=password, version=version)
    except sealing.Unreadable:
        raise PlaceRefused(DIFFERS) from None
    finally:
        restored.shut(target, name=name, mark=mark)
    faults.reach("archive read")


def catch_up(database: CustomerDatabase, claim: Claim, *, target: Target, at: datetime) -> CaughtUp:
    """Erase what must not come back, as the database's own role; then whoever has its password may come in, and nobody has one yet.

    Raises:
        ServerRefused: something holds on to a row, or the journal outside is not whole: it stays shut.
    """
    restoration = Restoration.objects.get(pk=str(claim.about))
    backup = Backup.objects.filter(pk=restoration.backup_id).first()
    name, mark, password = restoration.name, restoration.mark, rules.new_password()
    restored.shut(target, name=name, mark=mark)
    order = erasing.newest_order(database)
    try:
        ledger, rows = erasing.rows_of(database, backup_ledger=backup.ledger if backup else 0, at=at)
    except EscrowBroken:
        raise ServerRefused(LEDGER_BROKEN) from None
    databases.set_password(target, role=name, password=password)
    databases.reopen(target, name=name, mark=mark)
    try:
        gone = restored.erase(replace(target, role=name, password=password), name=name, rows=rows)
    finally:
        restored.shut(target, name=name, mark=mark)
    faults.reach("caught up")
    return CaughtUp(ledger, order, gone)


def open_up(database: CustomerDatabase, claim: Claim, *, target: Target, at: datetime) -> None:
    """Let its role in, with the password that was told.

    Raises:
        ServerRefused: it does not stand open by our own rows.
    """
    restoration = Restoration.objects.get(pk=str(claim.about))
    if not restoration.is_open(at):
        raise ServerRefused("not-caught-up")
    databases.set_password(target, role=restoration.name, password=secrets.unseal(claim.sealed)["password"])
    databases.reopen(target, name=restoration.name, mark=restoration.mark)


def drop(claim: Claim, *, target: Target) -> None:
    restoration = Restoration.objects.get(pk=str(claim.about))
    databases.drop(target, name=restoration.name, mark=restoration.mark)


def follow(database: CustomerDatabase, verb: Verb, *, about: UUID | None, result: object, at: datetime) -> None:
    """What a step that was done changes in our own rows, inside the transaction that ends it and holds the database's row. Rows that were named while
    it caught up are a further step, before which nobody is let in.
    """
    if verb == Verb.RESTORE:
        Restoration.objects.filter(pk=str(about)).update(restored_at=at)
        steps.open_step(database, Verb.CATCH_UP, at=at, about=about)
    if verb == Verb.CATCH_UP and isinstance(result, CaughtUp):
        restoration = Restoration.objects.get(pk=str(about))
        is_all = erasing.newest_order(database) == result.order
        if not is_all:
            steps.open_step(database, Verb.CATCH_UP, at=at, about=about)
        restoration.ledger, restoration.served_at = result.ledger, at if is_all else None
        restoration.rows_erased += result.rows
        restoration.save(update_fields=["ledger", "served_at", "rows_erased"])
        _record("caught_up", restoration, actor=HOUSE, at=at, rows=result.rows, ledger=result.ledger)


def _ground(database: CustomerDatabase, backup: Backup, *, ground: str, instruction_id: UUID | None, reference: str) -> UUID | None:
    if ground == RestoreGround.LAW and reference:
        return None
    asked = {instruction.pk: instruction for instruction in waiting(database)}
    instruction = asked.get(instruction_id) if instruction_id and ground == RestoreGround.CUSTOMER else None
    if instruction is None or instruction.details["backup"] != str(backup.pk):
        raise NoGround
    return instruction.pk


def _live(database: CustomerDatabase, backup_id: UUID, at: datetime) -> Backup:
    backup = database.backups.filter(pk=backup_id, expires_at__gt=at).first()
    if backup is None:
        raise NoBackup
    return backup


def _require_bound(user: User, at: datetime) -> None:
    if not selectors.may_look(user, on=timezone.localdate(at)):
        raise NotBound


def _locked(restoration_id: UUID) -> tuple[CustomerDatabase, Restoration]:
    database = lock(Restoration.objects.values_list("database_id", flat=True).get(pk=restoration_id))
    return database, Restoration.objects.get(pk=restoration_id)


def _record(verb: str, restoration: Restoration, *, actor: Actor, at: datetime, **details: str | int) -> None:
    audit.record(
        action=f"backup_restored.{verb}",
        about=f"hosting.database:{restoration.database_id}",
        actor=actor,
        at=at,
        restoration=str(restoration.pk),
        backup=str(restoration.backup_id),
        ground=restoration.ground,
        **details,
    )
