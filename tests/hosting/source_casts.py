"""How the shared suite for sources makes databases, instructions and accesses (see ``tests/conformance``).

No database of these rows is on the server: it is asked to drop it all the same, and says that nothing of that name is there.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from accounts.enums import UserRole
from datamap.archives.manifest import Label
from hosting import rules
from hosting.enums import InstructionKind, Origin, Region, RestoreGround, State
from hosting.models import (
    AccessGrant,
    Backup,
    CustomerDatabase,
    Deletion,
    ErasureOrder,
    Export,
    Instruction,
    Replica,
    Restoration,
    Server,
)
from hosting.personal_data import BACKUP_RECORDS, CANCELLED, COPIES, ORDERS, RECORDS, REPLICAS, SWITCHED
from tests.accounts.factories import make_company
from tests.conformance.casting import Cast, plays
from tests.hosting import cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

    from accounts.models import Company, User
    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

HOUR = timedelta(hours=1)
CUSTOMERS = "the content is the customer’s, whose order stands: Art. 18 speaks of a person’s own data"

_numbers = itertools.count(1)


def administrator(person: Person) -> User:
    return person.user(role=UserRole.COMPANY_ADMINISTRATOR, company=make_company())


def make_database(company: Company, *, at: datetime, **fields: Any) -> CustomerDatabase:
    """By the rows alone."""
    server = Server.objects.first() or cast.make_server(Region.BE)
    told = {"label": f"Production {next(_numbers)}", "origin": Origin.CREATED, "state": State.ACTIVE, "replica_region": Region.FR}
    return CustomerDatabase.objects.create(**{"company": company, "server": server, "ordered_at": at, **told, **fields})


def make_destroyed(company: Company, *, at: datetime) -> CustomerDatabase:
    return make_database(company, at=at, state=State.DESTROYED, cancelled_at=at, destroyed_at=at)


@plays("hosting.databases")
class DatabasesCast(Cast):
    """One that serves the person's company, and one that was destroyed."""

    holds = kept = {"databases": 2}
    goes_despite = {COPIES: "a copy for a few days of what lies in the database, which a hold keeps itself"}
    unrestricted = {CANCELLED: CUSTOMERS, SWITCHED: CUSTOMERS, RECORDS: "it says that a company had a database, and names nobody"}
    held_whole = dict.fromkeys((CANCELLED, SWITCHED, RECORDS), "a database is one thing: of a part of it nothing can be kept")
    few = "a company has a handful of databases"
    many_ending = ".copies"

    def fill(self, person: Person, *, at: datetime) -> None:
        company = administrator(person).company
        assert company is not None
        make_database(company, at=at)
        make_destroyed(company, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        company = administrator(person).company
        assert company is not None
        if rule.code == RECORDS:
            return make_destroyed(company, at=since)
        if rule.code == COPIES:
            return Export.objects.create(database=make_database(company, at=since), asked_at=since, ready_at=since, expires_at=since)
        return make_database(company, at=since, state=State.DEACTIVATED, cancelled_at=since, is_switching=rule.code == SWITCHED)

    def ends_at(self, rule: RetentionRule, *, since: datetime) -> datetime:
        """A cancelled one can come back for so many times 24 hours, as the customer was told."""
        if rule.code not in {CANCELLED, SWITCHED}:
            return super().ends_at(rule, since=since)
        return since.astimezone(UTC) + timedelta(days=rule.keep_for.days)

    def is_there(self, rule: RetentionRule, row: Model) -> bool:
        if rule.code in {CANCELLED, SWITCHED}:
            return CustomerDatabase.objects.filter(pk=row.pk).exclude(state=State.DESTROYED).exists()
        return super().is_there(rule, row)


@plays("hosting.instructions")
class InstructionsCast(Cast):
    """The order of a database that is gone by now."""

    holds = kept = {"instruction": 1}
    many = ("instruction",)

    def fill(self, person: Person, *, at: datetime) -> None:
        self.instruct(person, at=at, expires_at=at + 3650 * 24 * HOUR)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Instruction:
        return self.instruct(person, at=since - HOUR, expires_at=since)

    def instruct(self, person: Person, *, at: datetime, expires_at: datetime) -> Instruction:
        actor = cast.actor(administrator(person))
        return Instruction.objects.create(
            database=make_destroyed(make_company(), at=at),
            kind=InstructionKind.EXPORT,
            details={"acknowledged": True},
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_role=actor.role,
            at=at,
            expires_at=expires_at,
        )


@plays("hosting.access")
class AccessesCast(Cast):
    """An access that is over, and an order to delete everything that was called off."""

    holds = kept = {"grants": 1, "deletions": 1, "restorations": 1}
    many = ("grants", "deletions", "restorations")
    varying = {"role_name": "gen_random_uuid()::text", "name": "gen_random_uuid()::text", "instruction": "NULL::uuid"}

    def fill(self, person: Person, *, at: datetime) -> None:
        self.grant(person, at=at)
        self.deletion(person, at=at)
        self.restoration(person, at=at)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> AccessGrant | Deletion | Restoration:
        made: dict[str, Callable[..., AccessGrant | Deletion | Restoration]]
        made = {"grants": self.grant, "deletions": self.deletion, "restorations": self.restoration}
        return made[rule.code.rpartition(".")[2]](person, at=since)

    def restoration(self, person: Person, *, at: datetime) -> Restoration:
        user = person.user(role=UserRole.HELPDESK, entity="Oxygis Partners", country="BE")
        told = {"approved_by": uuid4(), "approved_at": at, "ends_at": at + HOUR, "ended_at": at + HOUR, "reference": "ORDER-1"}
        place = {"staff_entity": user.entity, "staff_country": user.country}
        database = make_database(make_company(), at=at)
        return Restoration.objects.create(
            database=database,
            backup_id=uuid4(),
            taken_at=at,
            ground=RestoreGround.LAW,
            asked_by=user.pk,
            asked_at=at,
            name=rules.new_name("back"),
            **place,
            **told,
        )

    def grant(self, person: Person, *, at: datetime) -> AccessGrant:
        user = person.user(role=UserRole.HELPDESK, entity="Oxygis Partners", country="BE")
        told = {"approved_by": uuid4(), "approved_at": at, "opened_at": at, "ends_at": at + HOUR, "ended_at": at + HOUR}
        return cast.make_grant(make_database(make_company(), at=at), user, at=at, **told)

    def deletion(self, person: Person, *, at: datetime) -> Deletion:
        told = {"confirmed_by": uuid4(), "confirmed_at": at, "carry_out_at": at + 24 * HOUR, "cancelled_at": at + HOUR}
        user = person.user(role=UserRole.HELPDESK, entity="Oxygis Partners", country="BE")
        return Deletion.objects.create(database=make_database(make_company(), at=at), asked_by=user.pk, asked_at=at, **told)


@plays("hosting.backups")
class BackupsCast(Cast):
    """A backup of a database of the person's company: by the rows alone, in a place that has nothing of it."""

    holds = kept = {"backups": 1}
    goes_despite = dict.fromkeys(
        (REPLICAS, BACKUP_RECORDS, ORDERS), "a backup ends by its own date, whoever it is about: twelve months are the most there is"
    )
    many = ("backups",)
    many_ending = ".records"
    varying = {"name": "gen_random_uuid()::text"}

    def fill(self, person: Person, *, at: datetime) -> None:
        self.backup(person, since=at, expires_at=at + 300 * 24 * HOUR)

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        backup = self.backup(person, since=since - HOUR, expires_at=since)
        if rule.code == BACKUP_RECORDS:
            return backup
        if rule.code == REPLICAS:
            return Replica.objects.create(backup=backup, place="be-1", zone=Region.BE, expires_at=since, stored_at=since - HOUR)
        return ErasureOrder.objects.create(database=backup.database, relation="people", row_keys=["1"], erased_at=since, expires_at=since)

    def backup(self, person: Person, *, since: datetime, expires_at: datetime) -> Backup:
        company = administrator(person).company
        assert company is not None
        label = Label(kind="hosting", about="tests", taken_at=since, expires_at=expires_at)
        told = {"size": 1, "digest": "0" * 64, "stored": 1, "seal": "0" * 64, "tool": "pg_dump 18", "ledger": 0}
        database = make_database(company, at=since)
        return Backup.objects.create(database=database, name=label.name, taken_at=since, expires_at=expires_at, **told)
