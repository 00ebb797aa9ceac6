"""What the tests of this room share: a customer, a server that really is there, and ways to look at it from outside."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg2
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from datamap.archives import places as archives
from datamap.archives import sealing
from datamap.archives.manifest import Label
from hosting import rules, selectors, services
from hosting.enums import Origin, Reason, Region, RestoreGround
from hosting.models import AccessGrant, Backup, CustomerDatabase, Replica, Restoration, Server
from hosting.services import backing, running, sweeping
from tests.accounts import factories

if TYPE_CHECKING:
    from accounts.models import Company, User

SECRET = "HOSTING_URL"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def actor(user: User) -> Actor:
    kind = ActorKind.STAFF if user.is_staff else ActorKind.PERSON
    return Actor(kind=kind, id=str(user.pk), role=user.role, entity=user.entity, country=user.country)


def make_server(region: Region = Region.BE, **fields: Any) -> Server:
    return Server.objects.create(**{"code": f"home-{region.lower()}", "region": region, "secret": SECRET, **fields})


def make_administrator(company: Company | None = None, **fields: Any) -> User:
    return factories.make_user(role=UserRole.COMPANY_ADMINISTRATOR, company=company or factories.make_company(), **fields)


def order(user: User, *, label: str = "Production", at: datetime = NOON, origin: Origin = Origin.CREATED) -> CustomerDatabase:
    """Ordered, and not made yet."""
    if not Server.objects.exists():
        make_server()
    assert user.company is not None
    return services.order(company=user.company, label=label, origin=origin, actor=actor(user), at=at)


def make(user: User, *, at: datetime = NOON, **fields: Any) -> CustomerDatabase:
    """A database that is on the server."""
    database = order(user, at=at, **fields)
    return run(database, at=at)


def run(database: CustomerDatabase, *, at: datetime | None = None) -> CustomerDatabase:
    """Be the worker that the bell calls."""
    running.run_database(database_id=database.pk, clock=lambda: at or timezone.now())
    return fresh(database)


def sweep(*, at: datetime) -> int:
    return sweeping.sweep(at=at)


def fresh(database: CustomerDatabase) -> CustomerDatabase:
    return CustomerDatabase.objects.select_related("server", "company").get(pk=database.pk)


def url() -> str:
    return str(settings.HOSTING_URLS[SECRET])


def connect(*, database: str = "", user: str = "", password: str = "") -> Any:
    """Meet the server as somebody; as the role of the worker when nobody is named."""
    given = psycopg2.extensions.parse_dsn(url())
    given |= {key: value for key, value in {"dbname": database, "user": user, "password": password}.items() if value}
    connection = psycopg2.connect(**given, connect_timeout=5)
    connection.autocommit = True
    return connection


def ask(statement: str, *values: object, **who: str) -> list[tuple[Any, ...]]:
    with closing(connect(**who)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def make_grant(database: CustomerDatabase, user: User, *, at: datetime = NOON, **fields: Any) -> AccessGrant:
    """Asked for, by the rows alone."""
    given = {"reason": Reason.SUPPORT, "reference": "T-1", "hours": 1, "role_name": rules.new_name("staff"), **fields}
    place = {"staff_id": user.pk, "staff_entity": user.entity, "staff_country": user.country}
    return AccessGrant.objects.create(database=database, asked_at=at, **place, **given)


def make_backup(database: CustomerDatabase, *, at: datetime = NOON, places: tuple[str, ...] = ("be-1", "be-2"), **fields: Any) -> Backup:
    """By the rows alone: nothing lies anywhere."""
    label = Label(kind="hosting", about=database.about, taken_at=at, expires_at=fields.pop("expires_at", at + relativedelta(months=12)))
    told = {"size": 5_000_000, "digest": "0" * 64, "stored": 2_000_000, "seal": "0" * 64, "tool": "pg_dump 18", "ledger": 0, **fields}
    backup = Backup.objects.create(database=database, name=label.name, taken_at=at, expires_at=label.expires_at, **told)
    for place in places:
        Replica.objects.create(backup=backup, place=place, zone=place[:2].upper(), expires_at=label.expires_at, stored_at=at)
    return backup


def catalogued(database: CustomerDatabase, *, at: datetime) -> Backup:
    """One of a few bytes, in both places of its zone."""
    label = Label(
        kind="hosting",
        about=database.about,
        taken_at=at,
        expires_at=at + relativedelta(months=12),
        details={"ledger": 0, "tool": "pg_dump 18"},
    )
    with sealing.draft([b"PGDMP"], label=label) as draft:
        found = backing.places_for(database)
        for place in found:
            archives.put(draft, place)
    return backing.catalogue(database, backing.BackedUp(draft.manifest, tuple(found), {}), at=at)


def make_restoration(backup: Backup, user: User, *, at: datetime = NOON, **fields: Any) -> Restoration:
    """Asked for because law requires it, by the rows alone."""
    given = {"ground": RestoreGround.LAW, "reference": "ORDER-7", "name": rules.new_name("back"), **fields}
    place = {"staff_entity": user.entity or "Oxygis Partners", "staff_country": user.country or "BE", "asked_by": user.pk, "asked_at": at}
    return Restoration.objects.create(database=backup.database, backup_id=backup.pk, taken_at=backup.taken_at, **place, **given)


def is_there(name: str) -> bool:
    return bool(ask("SELECT 1 FROM pg_database WHERE datname = %s", name))


def roles(name: str) -> int:
    return len(ask("SELECT 1 FROM pg_roles WHERE rolname = %s", name))


def give_password(database: CustomerDatabase, user: User, *, at: datetime = NOON) -> str:
    password = services.new_password(database_id=database.pk, actor=actor(user), at=at)
    run(database, at=at)
    return password


def fill(database: CustomerDatabase, password: str, *, rows: int = 100) -> None:
    """What a customer does with it: tables, a schema of its own, and people in them."""
    who = {"database": database.name, "user": database.name, "password": password}
    ask("CREATE TABLE people (id int PRIMARY KEY, name text)", **who)
    ask("INSERT INTO people SELECT n, 'Person ' || n FROM generate_series(1, %s) n", rows, **who)
    ask("CREATE SCHEMA own", **who)
    ask("CREATE TABLE own.orders AS SELECT id FROM people", **who)


__all__ = ["selectors"]
