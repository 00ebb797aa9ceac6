"""A new database: where it stands, and that it is to be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hosting import rules
from hosting.enums import InstructionKind, Origin, Region, State, Verb
from hosting.models import CustomerDatabase, Server
from hosting.services import steps
from hosting.services.noting import instruct, lock, require_state
from hosting.workflow import Busy, CannotNow, Gone
from letters import sealing

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from accounts.models import Company
    from audit.actor import Actor


class NoRoom(CannotNow):
    message = _("There is no room in that region at present.")


class LabelTaken(CannotNow):
    message = _("You have a database of that name already.")


def order(
    *, company: Company, label: str, actor: Actor, at: datetime, origin: Origin = Origin.CREATED, region: Region | str = ""
) -> CustomerDatabase:
    """Have a database made, in the region nearest to the customer unless they choose another (P087). What was uploaded lives by the same
    rules as what was created here (P021).

    Raises:
        NoRoom: no server of the region takes new databases.
        LabelTaken: the company has one of that name.
    """
    chosen = Region(region or rules.nearest_region(company.country, on=timezone.localdate(at)))
    server = Server.objects.filter(region=chosen, is_open=True).order_by("code").first()
    if server is None:
        raise NoRoom
    try:
        with transaction.atomic():
            database = CustomerDatabase.objects.create(company=company, label=label, server=server, origin=origin, ordered_at=at)
            instruct(database, InstructionKind.CREATE, actor=actor, at=at, region=chosen.value, origin=origin.value)
            steps.open_step(database, Verb.CREATE, at=at)
    except IntegrityError as error:
        raise LabelTaken from error
    return database


@transaction.atomic
def new_password(*, database_id: UUID, actor: Actor, at: datetime) -> str:
    """A new password for the customer's role, told here and never again; it works once the server has taken it over.

    Raises:
        Gone, Busy: there is no database to sign in to.
    """
    database = lock(database_id)
    if database.is_gone(at):
        raise Gone
    require_state(database, State.ACTIVE, error=Busy)
    password = rules.new_password()
    instruct(database, InstructionKind.PASSWORD, actor=actor, at=at)
    steps.open_step(database, Verb.PASSWORD, at=at, sealed=sealing.seal({"password": password}))
    return password
