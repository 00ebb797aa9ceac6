"""Just-in-time access of staff to a customer's database (P033): one asks and says why, another approves, it ends by itself, and the customer
sees it.
"""

from __future__ import annotations

from datetime import timedelta
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
from hosting import rules, selectors
from hosting.enums import InstructionKind, Reason, State, Verb
from hosting.models import AccessGrant
from hosting.postgres import databases
from hosting.services import steps
from hosting.services.noting import instruct, lock
from hosting.workflow import CannotNow, Gone, TransitionNotAllowed
from letters import sealing

if TYPE_CHECKING:
    from datetime import datetime

    from hosting.models import CustomerDatabase
    from hosting.postgres.connecting import Target
    from hosting.services.steps import Claim

HOUSE = Actor.system("hosting")


class NoReason(CannotNow):
    message = _("Access is given for one of the four reasons of the privacy policy, and with the reference of a ticket or file.")


class NotBound(CannotNow):
    message = _(
        "Staff of this entity in this country get no customer’s data: it is not in the register, or no standard contractual clauses are in force."
    )


class OwnApproval(CannotNow):
    message = _("Nobody approves their own access. Ask a colleague.")


class TooLong(CannotNow):
    message = _("That is longer than access may last.")


class NotOpen(CannotNow):
    message = _("This access has not been approved, or it is over.")


@transaction.atomic
def ask(*, database_id: UUID, user: User, reason: str, reference: str, hours: int, actor: Actor, at: datetime) -> AccessGrant:
    """Ask to look into a customer's database, for one reason and a few hours.

    Raises:
        NoReason, TooLong, NotBound, Gone: see their words.
    """
    database = lock(database_id)
    if reason not in Reason.values or not reference.strip():
        raise NoReason
    if not 0 < hours <= settings.HOSTING["access_hours"]:
        raise TooLong
    _require_bound(user, at)
    if database.is_gone(at) or database.state != State.ACTIVE:
        raise Gone
    grant = AccessGrant.objects.create(
        database=database,
        staff_id=user.pk,
        staff_entity=user.entity,
        staff_country=user.country,
        reason=reason,
        reference=pan.mask(reference.strip()),
        hours=hours,
        asked_at=at,
        role_name=rules.new_name("staff"),
    )
    _record("asked", grant, actor=actor, at=at)
    return grant


@transaction.atomic
def approve(*, grant_id: UUID, actor: Actor, at: datetime) -> AccessGrant:
    """Approve a colleague's access: its time begins now.

    Raises:
        OwnApproval, NotBound, NotOpen: see their words.
    """
    database, grant = _locked(grant_id)
    if grant.staff_id == UUID(actor.id):
        raise OwnApproval
    if grant.approved_at is not None or grant.ended_at is not None or database.state != State.ACTIVE or database.is_gone(at):
        raise NotOpen
    _require_bound(User.objects.get(pk=grant.staff_id), at)
    grant.approved_by, grant.approved_at, grant.ends_at = UUID(actor.id), at, at + timedelta(hours=grant.hours)
    grant.save(update_fields=["approved_by", "approved_at", "ends_at"])
    _record("approved", grant, actor=actor, at=at)
    return grant


@transaction.atomic
def open_access(*, grant_id: UUID, user: User, actor: Actor, at: datetime) -> str:
    """The password of a role that reads this database until the access ends: told here, once, and kept nowhere.

    Raises:
        NotOpen, NotBound: it was not approved, is over, or is somebody else's; the clauses ran out meanwhile.
    """
    database, grant = _locked(grant_id)
    if grant.staff_id != user.pk or not grant.is_live(at) or database.state != State.ACTIVE:
        raise NotOpen
    _require_bound(user, at)
    password = rules.new_password()
    if grant.opened_at is None:
        grant.opened_at = at
        grant.save(update_fields=["opened_at"])
    steps.open_step(database, Verb.OPEN_ACCESS, at=at, about=grant.pk, sealed=sealing.seal({"password": password}))
    _record("opened", grant, actor=actor, at=at)
    return password


@transaction.atomic
def end(*, grant_id: UUID, by: AccessGrant.EndedBy, actor: Actor, at: datetime) -> AccessGrant:
    """End an access before its time, or take a question for it back. Again, and nothing happens."""
    database, grant = _locked(grant_id)
    if grant.ended_at is None:
        _end(database, grant, by=by, actor=actor, at=at)
        if by == AccessGrant.EndedBy.CUSTOMER:
            instruct(database, InstructionKind.END_ACCESS, actor=actor, at=at, grant=str(grant.pk))
    return grant


def end_all(database: CustomerDatabase, *, at: datetime) -> None:
    """Nobody looks into a database that is closed."""
    for grant in database.grants.filter(ended_at=None):
        _end(database, grant, by=AccessGrant.EndedBy.TIME, actor=HOUSE, at=at)


@transaction.atomic
def end_over(*, grant_id: UUID, at: datetime) -> None:
    """End an access whose time is over, or whose entity may look no longer."""
    database, grant = _locked(grant_id)
    user = User.objects.filter(pk=grant.staff_id).first()
    is_bound = user is not None and selectors.may_look(user, on=timezone.localdate(at))
    if grant.ended_at is None and grant.ends_at is not None and not (grant.is_live(at) and is_bound):
        _end(database, grant, by=AccessGrant.EndedBy.TIME, actor=HOUSE, at=at)


def let_in(database: CustomerDatabase, claim: Claim, *, target: Target, at: datetime) -> None:
    grant = AccessGrant.objects.get(pk=str(claim.about))
    if not grant.is_live(at) or grant.ends_at is None:
        raise TransitionNotAllowed
    password = sealing.unseal(claim.sealed)["password"]
    mark = str(database.pk)
    databases.let_in(target, name=database.name, mark=mark, role=grant.role_name, password=password, until=grant.ends_at)


def shut_out(database: CustomerDatabase, claim: Claim, *, target: Target) -> None:
    grant = AccessGrant.objects.get(pk=str(claim.about))
    was_closed = database.state == State.DEACTIVATED
    databases.shut_out(target, name=database.name, role=grant.role_name, was_closed=was_closed)


def _end(database: CustomerDatabase, grant: AccessGrant, *, by: AccessGrant.EndedBy, actor: Actor, at: datetime) -> None:
    """One whose time is over ended then, whenever that is noticed and whoever presses a button after it."""
    is_over = grant.ends_at is not None and grant.ends_at <= at
    grant.ended_at, grant.ended_by = (grant.ends_at, AccessGrant.EndedBy.TIME) if is_over else (at, by)
    grant.save(update_fields=["ended_at", "ended_by"])
    _record("ended", grant, actor=actor, at=at)
    if grant.opened_at is not None:
        steps.drop_about(grant.pk, at=at)
        steps.open_step(database, Verb.CLOSE_ACCESS, at=at, about=grant.pk)


def _require_bound(user: User, at: datetime) -> None:
    if not selectors.may_look(user, on=timezone.localdate(at)):
        raise NotBound


def _locked(grant_id: UUID) -> tuple[CustomerDatabase, AccessGrant]:
    database = lock(AccessGrant.objects.values_list("database_id", flat=True).get(pk=grant_id))
    return database, AccessGrant.objects.get(pk=grant_id)


def _record(verb: str, grant: AccessGrant, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action=f"customer_access.{verb}",
        about=f"hosting.database:{grant.database_id}",
        actor=actor,
        at=at,
        grant=str(grant.pk),
        reason=grant.reason,
        country=grant.staff_country,
    )
