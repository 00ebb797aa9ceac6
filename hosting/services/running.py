"""Doing what is to be done on servers. The server first, our rows second: nothing is called done before the server has done it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from audit.actor import Actor
from datamap.archives.places import PlaceRefused
from hosting import correspondence, faults, selectors, workflow
from hosting.enums import State, Verb
from hosting.models import CustomerDatabase, Server
from hosting.postgres import databases
from hosting.postgres.connecting import ServerRefused, Target
from hosting.services import backing, exporting, granting, looking, steps
from hosting.services.noting import lock
from letters import sealing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from hosting.services.steps import Claim

logger = logging.getLogger(__name__)

HOUSE = Actor.system("hosting")


def run_database(*, database_id: UUID, clock: Callable[[], datetime]) -> None:
    """Do all that is due with a database, step after step; whoever comes second finds it in good hands."""
    for lane in steps.LANES:
        with steps.alone(database_id, lane) as is_ours:
            while is_ours and (claim := steps.claim(database_id=database_id, lane=lane, at=clock())):
                run(claim, clock=clock)


def run(claim: Claim, *, clock: Callable[[], datetime]) -> None:
    """One step: what a server refuses rests and is tried again, for as long as it takes."""
    database = CustomerDatabase.objects.select_related("server").get(pk=claim.database_id)
    faults.reach(f"before {claim.verb}")
    try:
        workflow.target_of(claim.verb, State(database.state))
        meet(database.server)
        result = _DEEDS[claim.verb](database, claim, clock())
        faults.reach(f"done {claim.verb}")
        settle(claim, result, at=clock())
    except (ServerRefused, PlaceRefused) as error:
        logger.warning("Step %s rests: %s.", claim.id, error.code)
        steps.give_back(claim, error=error.code, at=clock())
    except workflow.TransitionNotAllowed:
        # What goes before it is still on its way: a step of the other lane, or a database that is being made.
        steps.give_back(claim, error="too-early", at=clock())
    except steps.LostClaim:
        logger.info("Step %s was no longer wanted.", claim.id)
    except Exception as error:
        logger.exception("Step %s rests.", claim.id)
        steps.give_back(claim, error=type(error).__name__, at=clock())
    faults.reach(f"settled {claim.verb}")


def meet(server: Server) -> Target:
    """Where the server is met; the first time it says who it is, and that is kept.

    Raises:
        ServerRefused: it does not answer.
    """
    target = target_of(server)
    if not server.identifier:
        identifier, version = databases.meet(target)
        # Of two that meet it at once the first one's word stands.
        Server.objects.filter(pk=server.pk, identifier="").update(identifier=identifier, version=version)
        server.refresh_from_db()
    return target_of(server)


def target_of(server: Server) -> Target:
    return Target(secret=server.secret, identifier=server.identifier)


@transaction.atomic
def settle(claim: Claim, result: object, *, at: datetime) -> None:
    """Write what the server has done: state, step, what follows, and the event, or none of them.

    Raises:
        LostClaim: the step was taken from this worker.
    """
    database = lock(claim.database_id)
    database.state = workflow.target_of(claim.verb, State(database.state))
    steps.finish(claim, at=at)
    follow(database, claim.verb, about=claim.about, result=result, at=at)
    verb = claim.verb.lower()
    audit.record(action=f"customer_database.{verb}", about=database.about, actor=HOUSE, at=at, attempts=claim.attempts)


def follow(database: CustomerDatabase, verb: Verb, *, about: UUID | None, result: object, at: datetime) -> None:
    """What a step that was done changes in our own rows."""
    if verb == Verb.CREATE:
        database.created_at = at
    if verb == Verb.DESTROY:
        database.destroyed_at = at
        steps.drop_open(database, Verb.EXPORT, Verb.BACKUP, Verb.PASSWORD, at=at)
        exporting.destroy_all(database)
        granting.end_all(database, at=at)
    database.save(update_fields=["state", "created_at", "destroyed_at"])
    if verb == Verb.DESTROY:
        correspondence.destroyed(database, at=at)
    if isinstance(result, exporting.Copied) and about is not None:
        exporting.ready(about, result, at=at)
    if isinstance(result, backing.BackedUp):
        backing.catalogue(database, result, at=at)
    looking.follow(database, verb, about=about, result=result, at=at)


def _create(database: CustomerDatabase, claim: Claim, at: datetime) -> None:
    databases.create(target_of(database.server), name=database.name, mark=str(database.pk))


def _close(database: CustomerDatabase, claim: Claim, at: datetime) -> None:
    databases.close(target_of(database.server), name=database.name, mark=str(database.pk))


def _reopen(database: CustomerDatabase, claim: Claim, at: datetime) -> None:
    databases.reopen(target_of(database.server), name=database.name, mark=str(database.pk))


def _destroy(database: CustomerDatabase, claim: Claim, at: datetime) -> None:
    """Asked once more before anything is gone: that nothing brings it back, and that no hold keeps it.

    Raises:
        TransitionNotAllowed: it must stay, for now.
    """
    if not database.is_gone(at) or selectors.is_held(database):
        raise workflow.TransitionNotAllowed
    databases.drop(target_of(database.server), name=database.name, mark=str(database.pk))


def _set_password(database: CustomerDatabase, claim: Claim, at: datetime) -> None:
    databases.set_password(target_of(database.server), role=database.name, password=sealing.unseal(claim.sealed)["password"])


_DEEDS: Mapping[Verb, Callable[[CustomerDatabase, Claim, datetime], object]] = {
    Verb.CREATE: _create,
    Verb.DEACTIVATE: _close,
    Verb.REACTIVATE: _reopen,
    Verb.PASSWORD: _set_password,
    Verb.EXPORT: lambda database, claim, at: exporting.copy(database, claim, target=target_of(database.server), at=at),
    Verb.OPEN_ACCESS: lambda database, claim, at: granting.let_in(database, claim, target=target_of(database.server), at=at),
    Verb.CLOSE_ACCESS: lambda database, claim, _at: granting.shut_out(database, claim, target=target_of(database.server)),
    Verb.DESTROY: _destroy,
    Verb.BACKUP: lambda database, _claim, at: backing.back_up(database, target=target_of(database.server), at=at),
    Verb.REPLICATE: lambda _database, claim, at: backing.replicate(claim, at=at),
    Verb.RESTORE: lambda database, claim, at: looking.restore(database, claim, target=target_of(database.server), at=at),
    Verb.CATCH_UP: lambda database, claim, at: looking.catch_up(database, claim, target=target_of(database.server), at=at),
    Verb.OPEN_RESTORED: lambda database, claim, at: looking.open_up(database, claim, target=target_of(database.server), at=at),
    Verb.DROP_RESTORED: lambda database, claim, _at: looking.drop(claim, target=target_of(database.server)),
}
