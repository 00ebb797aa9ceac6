"""Backups of customers' databases: pg_dump, streamed into an archive that lies in several places and expires after twelve months at the latest
(P082, P083, P089).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from audit import services as audit
from audit.actor import Actor
from audit.keys import new_key
from datamap.archives import places, sealing
from datamap.archives.manifest import Label, Manifest, NotOurs
from datamap.archives.places import PlaceRefused
from hosting import faults
from hosting.enums import Region, State, Verb
from hosting.models import Backup, CustomerDatabase, Replica
from hosting.postgres import databases, tools
from hosting.services import steps
from subjects import journal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.archives.places import Place
    from hosting.postgres.connecting import Target
    from hosting.services.steps import Claim

KIND = "hosting"
HOUSE = Actor.system("hosting")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """An archive that stands in one place at least; in the others it is to be put yet, and why."""

    manifest: Manifest
    standing: tuple[Place, ...]
    missing: Mapping[Place, str]


def schedule(*, at: datetime) -> int:
    """Have every active database backed up whose newest backup is a day old; how many."""
    recent = Backup.objects.filter(taken_at__gt=at - settings.HOSTING["backup_every"]).values("database")
    under_way = steps.open_steps(Verb.BACKUP).values("database")
    rows = CustomerDatabase.objects.filter(state=State.ACTIVE, cancelled_at=None, deleted_at=None)
    due = list(rows.exclude(Q(pk__in=recent) | Q(pk__in=under_way)).order_by("pk"))
    for database in due:
        steps.open_step(database, Verb.BACKUP, at=at)
    return len(due)


def back_up(database: CustomerDatabase, *, target: Target, at: datetime) -> BackedUp:
    """Write the archive and put it into the places of its zone, and of the one that the customer chose.

    Raises:
        ServerRefused, PlaceRefused: there is none, and nothing is left of it.
    """
    _identifier, version = databases.meet(target)
    wanted = places_for(database)
    label = Label(
        id=new_key(),
        kind=KIND,
        about=database.about,
        taken_at=at,
        # A whole second, as the name of the archive says it: row and storage let go at the same instant.
        expires_at=(at + relativedelta(months=settings.HOSTING["keep_backups_months"])).replace(microsecond=0),
        details={"ledger": journal.newest(), "tool": f"pg_dump {tools.version_of(tools.program_for('pg_dump', version=version))}"},
    )
    standing: list[Place] = []
    missing: dict[Place, str] = {}
    with sealing.draft(tools.dump(target, name=database.name, version=version, is_packed=False), label=label) as draft:
        faults.reach("draft written")
        for place in wanted:
            try:
                places.put(draft, place)
                standing.append(place)
            except PlaceRefused as error:
                missing[place] = error.code
            faults.reach("put into a place")
    if not standing:
        raise PlaceRefused(next(iter(missing.values())))
    return BackedUp(draft.manifest, tuple(standing), missing)


def places_for(database: CustomerDatabase) -> list[Place]:
    """Two data centres of its own zone, and two of the zone that the customer chose besides (P090).

    Raises:
        PlaceRefused: a zone has fewer.
    """
    zones = dict.fromkeys([database.server.region, database.replica_region or database.server.region])
    return [place for zone in zones for place in places.of_zone(zone)]


def catalogue(database: CustomerDatabase, backed_up: BackedUp, *, at: datetime) -> Backup:
    """Write down what stands, inside the caller's transaction; where it is to stand besides is a step. A zone that was chosen while the
    archive was written counts already.
    """
    manifest = backed_up.manifest
    backup = _row(database, manifest)
    backup.save(force_insert=True)
    rows = [_replica(backup, place, stored_at=at) for place in backed_up.standing]
    rows += [_replica(backup, place, error=code, failed_at=at) for place, code in backed_up.missing.items()]
    known = {*backed_up.standing, *backed_up.missing}
    rows += [_replica(backup, place) for place in places_for(database) if place not in known]
    Replica.objects.bulk_create(rows)
    if any(row.stored_at is None for row in rows):
        steps.open_step(database, Verb.REPLICATE, at=at, about=backup.pk)
    _record("made", backup, at=at, sha256=backup.digest, replicas=len(backed_up.standing), expires=backup.expires_at.isoformat())
    return backup


def spread(database: CustomerDatabase, *, at: datetime) -> int:
    """Have the backups that stand kept wherever a new one would be (P090), inside the caller's transaction; how many. What lies somewhere
    else stays there until its own day: no choice of anybody takes a replica away before it (P082).

    Raises:
        PlaceRefused: a zone has too few places.
    """
    wanted = places_for(database)
    standing = Backup.objects.filter(database=database, expires_at__gt=at).prefetch_related("replicas")
    lacking = {backup: {place.code for place in wanted} - {replica.place for replica in backup.replicas.all()} for backup in standing}
    lacking = {backup: codes for backup, codes in lacking.items() if codes}
    Replica.objects.bulk_create(_replica(backup, place) for backup, codes in lacking.items() for place in wanted if place.code in codes)
    if lacking:
        steps.open_step(database, Verb.REPLICATE, at=at, is_anew=True)
    return len(lacking)


def replicate(claim: Claim, *, at: datetime) -> None:
    """Put a backup, or all of a database, where they do not stand yet, from where they do.

    Raises:
        PlaceRefused: a place did not take one; the others have it.
    """
    backups = Backup.objects.filter(database=claim.database_id, expires_at__gt=at)
    backups = backups.filter(pk=str(claim.about)) if claim.about else backups.filter(replicas__stored_at=None).distinct()
    refused = [code for backup in backups if (code := _replicate(backup, at=at))]
    if refused:
        raise PlaceRefused(refused[-1])


def _replicate(backup: Backup, *, at: datetime) -> str:
    """One backup; with what a place refused it, if one did."""
    refused = ""
    for replica in backup.replicas.filter(stored_at=None):
        try:
            target = places.get(replica.place)
            source = standing_place(backup)
            places.copy(manifest_in(backup, source), source=source, target=target)
        except PlaceRefused as error:
            refused = error.code
            note_failure(replica, error.code, at=at)
        else:
            Replica.objects.filter(pk=replica.pk).update(stored_at=at, error="", failed_at=None)
        faults.reach("copied into a place")
    return refused


def standing_place(backup: Backup) -> Place:
    """A place where it is, as far as the place says so itself.

    Raises:
        PlaceRefused: there is none.
    """
    refused = places.MISSING
    for replica in backup.replicas.filter(stored_at__isnull=False).order_by("place"):
        try:
            place = places.get(replica.place)
            manifest_in(backup, place)
            places.check(manifest_of(backup), place)
        except PlaceRefused as error:
            refused = error.code
        else:
            return place
    raise PlaceRefused(refused)


def manifest_in(backup: Backup, place: Place) -> Manifest:
    """What lies there, if it is what the catalogue says.

    Raises:
        PlaceRefused: it is missing, or something else.
    """
    try:
        found = places.manifest_of(backup.name, place)
    except NotOurs:
        raise PlaceRefused(places.DIFFERS) from None
    if (found.label.id, found.seal, found.digest) != (backup.pk, backup.seal, backup.digest):
        raise PlaceRefused(places.DIFFERS)
    return found


def manifest_of(backup: Backup) -> Manifest:
    """As the catalogue has it."""
    label = Label(
        id=backup.pk,
        kind=KIND,
        about=backup.database.about,
        taken_at=backup.taken_at,
        expires_at=backup.expires_at,
        details={"ledger": backup.ledger, "tool": backup.tool},
    )
    return Manifest(label=label, size=backup.size, digest=backup.digest, stored=backup.stored, seal=backup.seal)


def note_failure(replica: Replica, code: str, *, at: datetime) -> None:
    """Since when and why; the first time says since when."""
    Replica.objects.filter(pk=replica.pk).update(error=code, failed_at=replica.failed_at or at)


@transaction.atomic
def destroy_replicas(replicas: QuerySet[Replica], *, at: datetime) -> int:
    """Remove replicas whose time is over; how many are gone. One that would not go is tried again by the next round, and staff hear of it."""
    return sum(_destroy(replica, at=at) for replica in replicas.select_related("backup").select_for_update(of=("self",)))


def _destroy(replica: Replica, *, at: datetime) -> bool:
    backup = replica.backup
    try:
        places.destroy(backup.name, places.get(replica.place), at=at)
    except PlaceRefused as error:
        note_failure(replica, error.code, at=at)
        return False
    faults.reach("replica destroyed")
    replica.delete()
    if not backup.replicas.exists():
        steps.drop_about(backup.pk, at=at)
        _record("destroyed", backup, at=at)
    return True


def adopt(*, at: datetime) -> int:
    """Write down what stands somewhere and no row knows: its worker was killed before it could, or our own database was restored; how many.

    A place that does not answer is asked again next time.
    """
    known = set(Replica.objects.filter(stored_at__isnull=False).values_list("backup__name", "place"))
    found = 0
    for place in places.everywhere():
        try:
            strays = [name for name in places.names(KIND, place) if (name, place.code) not in known]
        except PlaceRefused:
            continue
        found += sum(_adopt(name, place, at=at) for name in strays)
    return found


def sweep_expired(*, at: datetime) -> int:
    """Destroy what has expired and no row knows, half an archive too; how many."""
    known = set(Replica.objects.filter(expires_at__lte=at).values_list("backup__name", "place"))
    gone = 0
    for place in places.everywhere():
        try:
            for name in places.expired(KIND, place, at=at):
                if (name, place.code) not in known:
                    places.destroy(name, place, at=at)
                    gone += 1
        except PlaceRefused:
            continue
    return gone


@transaction.atomic
def _adopt(name: str, place: Place, *, at: datetime) -> bool:
    try:
        manifest = places.manifest_of(name, place)
        places.check(manifest, place)
    except (PlaceRefused, NotOurs):
        return False
    database = CustomerDatabase.objects.filter(pk=manifest.label.about.rpartition(":")[2]).select_related("server").first()
    if database is None or place.zone not in Region.values or manifest.label.expires_at <= at:
        return False
    backup = Backup.objects.filter(pk=manifest.label.id).first()
    if backup is None:
        missing = {other: places.MISSING for other in places_for(database) if other != place}
        catalogue(database, BackedUp(manifest, (place,), missing), at=at)
    else:
        row = {"zone": place.zone, "expires_at": backup.expires_at, "stored_at": at, "error": "", "failed_at": None}
        Replica.objects.update_or_create(backup=backup, place=place.code, defaults=row)
    return True


def _row(database: CustomerDatabase, manifest: Manifest) -> Backup:
    label = manifest.label
    return Backup(
        id=label.id,
        database=database,
        name=manifest.name,
        taken_at=label.taken_at,
        expires_at=label.expires_at,
        size=manifest.size,
        digest=manifest.digest,
        stored=manifest.stored,
        seal=manifest.seal,
        tool=str(label.details["tool"]),
        ledger=int(label.details["ledger"]),
    )


def _replica(backup: Backup, place: Place, **told: object) -> Replica:
    return Replica(backup=backup, place=place.code, zone=place.zone, expires_at=backup.expires_at, **told)


def _record(verb: str, backup: Backup, *, at: datetime, **details: str | int) -> None:
    audit.record(action=f"backup.{verb}", about=backup.about, actor=HOUSE, at=at, database=str(backup.database_id), **details)
