"""Bringing a backup back: into a database of its own, which lets nobody in until the ledger was replayed there.

    found and checked ──> ledger whole? ──> empty database, closed ──> filled ──> migrated ──> replayed and opened, in one transaction

Broken off anywhere it is begun again from the start: what stands there is closed, bears our mark, and is dropped.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg2 import sql

from backups import postgres, services
from datamap import replay
from datamap.archives import places, sealing
from datamap.archives.manifest import Manifest, NotOurs
from datamap.archives.places import PlaceRefused
from hosting import faults
from hosting.postgres.connecting import ServerRefused
from subjects import home, ledger, orders
from subjects.escrow import EscrowBroken
from subjects.journal import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from datamap.archives.places import Place
    from datamap.replay import Replayed

ROLES_FILE = settings.BASE_DIR / "deploy" / "postgres" / "database.sql"
#: Who serves. The owner restores and replays, and is let in throughout.
SERVING = ("oxyprivacy_app", "oxyprivacy_retention")
#: What a database is known by that we made: no other one is ever dropped or renamed.
BEGUN, OPEN = "oxyprivacy restore, begun", "oxyprivacy restore, open"


class NotRestored(Exception):
    """Nothing was put into service, and nothing that was there before was touched. The message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Found:
    """A backup that can be brought back, and where it lies whole."""

    manifest: Manifest
    place: Place


def known() -> list[Manifest]:
    """Every backup of ours that lies somewhere and whose manifest we signed, the oldest first. No catalogue is asked: it may be lost."""
    found: dict[str, Manifest] = {}
    for name, lying in services.lying_in(places.everywhere()).items():
        for place in lying:
            try:
                found.setdefault(name, places.manifest_of(name, place))
            except (NotOurs, PlaceRefused):
                continue
    return sorted(found.values(), key=lambda manifest: manifest.label.taken_at)


def choose(wanted: str) -> Found:
    """The backup of this name or key, and a place where it is whole: it is read once before anything is made.

    Raises:
        NotRestored: there is none, it is not ours, or it lies whole nowhere.
    """
    name, lying = _lying(wanted)
    said = []
    for place in lying:
        try:
            manifest = places.manifest_of(name, place)
            places.check(manifest, place)
            return Found(manifest, place)
        except NotOurs:
            said.append(f"{place.code}: not written under ARCHIVE_KEY, or changed")
        except PlaceRefused as error:
            said.append(f"{place.code}: {error.code}")
    raise NotRestored(f"{name} lies whole in no place ({', '.join(said)}).")


def restore(*, found: Found, database: str = "", least: int = 0, clock: Callable[[], datetime], tell: Callable[[str], None]) -> Replayed:
    """Bring it back and put it into service, beside the database that serves now, which is not touched.

    Raises:
        NotRestored: with what is in the way; the database that was begun is dropped.
    """
    label = found.manifest.label
    since = Mark(int(label.details["ledger"]), str(label.details["ledger_digest"]))
    least = max(least, _known_number(), *(int(manifest.label.details["ledger"]) for manifest in known()), 0)
    name = database or database_for(found.manifest)
    try:
        ledger_read = _whole_ledger(since=since, least=least, at=clock())
        tell(f"The ledger is whole: {ledger_read} tombstones.")
        with _alone(name):
            _make(name)
            try:
                _fill(name, found, tell=tell)
                with on(name):
                    tell("Migrating.")
                    _migrate()
                    tell("Replaying.")
                    return _open(name, found, since=since, least=least, at=clock())
            except BaseException:
                _drop(name)
                raise
    except EscrowBroken as error:
        raise NotRestored(f"The ledger is not whole: {error}") from error
    except replay.ReplayBlocked as error:
        raise NotRestored(f"What was erased cannot be erased again: {error}") from error
    except sealing.Unreadable as error:
        raise NotRestored(f"{found.manifest.name} cannot be read to its end: it is damaged, or ARCHIVE_KEY is another one.") from error
    except (PlaceRefused, ServerRefused, postgres.ToolFailed) as error:
        raise NotRestored(f"{_WORDS.get(error.code, 'It was refused')} ({error.code}).") from error
    except DatabaseError as error:
        raise NotRestored(f"The database server did not do it: {str(error).strip().splitlines()[0]}") from error


_WORDS = {
    "full": "There is no room for it",
    "tools-missing": "No pg_restore that is installed is as new as the server and the backup",
    "missing": "The archive is gone",
    "differs": "The archive is not what was put there",
}


def switch(*, database: str) -> str:
    """Give a restored database the name of the one that served; the name under which that one is kept. Nobody may be connected to
    either. Done again after a break it goes on.

    Raises:
        NotRestored: it is not open, or somebody is connected.
    """
    wanted = connection.settings_dict["NAME"]
    aside = f"{wanted}_before_{database.removeprefix(f'{wanted}_')}"[:63]
    try:
        with on(database):
            if _mark_of(database) != OPEN or not home.is_open():
                raise NotRestored(f"{database} was not restored and opened by this command.")
            if _mark_of(wanted) is not None:
                _run("ALTER DATABASE {wanted} RENAME TO {aside}", wanted=wanted, aside=aside)
            for role in SERVING:
                _run("REVOKE CONNECT ON DATABASE {aside} FROM {role}", aside=aside, role=role)
        faults.reach("set aside")
        with on(aside):
            _run("ALTER DATABASE {database} RENAME TO {wanted}", database=database, wanted=wanted)
    except DatabaseError as error:
        raise NotRestored(f"The names were not changed: {str(error).strip().splitlines()[0]}") from error
    return aside


def database_for(manifest: Manifest) -> str:
    """One for each backup: whoever begins again finds what was begun."""
    return f"{connection.settings_dict['NAME']}_{manifest.label.taken_at:%Y%m%d}_{manifest.label.id.hex[:8]}"[:63]


def has_files() -> bool:
    """Whether the folder of files is there. Keys of files that are gone are destroyed by the replay: an empty mount would cost them all."""
    folder = Path(settings.MEDIA_ROOT)
    return folder.is_dir() and any(folder.iterdir())


@contextmanager
def on(database: str) -> Iterator[None]:
    """Work on another database of the same server, as the same role."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _lying(wanted: str) -> tuple[str, list[Place]]:
    found = services.lying_in(places.everywhere())
    key = wanted.replace("-", "").lower()
    names = [
        name for name in found if wanted in (name, name.partition("/")[2]) or (len(key) >= 8 and name.rpartition("-")[2].startswith(key))
    ]
    if len(names) != 1:
        raise NotRestored(f"{len(names)} backups are called {wanted}: manage.py restore lists them.")
    return names[0], found[names[0]]


def _known_number() -> int:
    """What the database that served knows of the ledger, if it still answers."""
    try:
        return orders.known_number()
    except DatabaseError:
        return 0


def _whole_ledger(*, since: Mark, least: int, at: datetime) -> int:
    """Before anything is made. It is read once more when it is replayed: the database that serves may still write to it."""
    return len(ledger.read_outside(at=at, since=since, least=least).tombstones)


def _make(name: str) -> None:
    """An empty database that lets in its owner alone: nobody at all from its first moment on, until that is so."""
    _drop(name)
    if _mark_of(name) is not None:
        raise NotRestored(f"There is a database {name} already, and nothing of ours may be dropped there: give another name by --database.")
    _run("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' ALLOW_CONNECTIONS false", name=name)
    faults.reach("made")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("COMMENT ON DATABASE {name} IS {mark}").format(name=sql.Identifier(name), mark=sql.Literal(BEGUN)))
    _run("REVOKE ALL ON DATABASE {name} FROM PUBLIC", name=name)
    _run("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true", name=name)
    faults.reach("marked")
    with on(name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ROLES_FILE.read_text(encoding="utf-8"))
        for role in SERVING:
            _run("REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM {role}", name=name, role=role)
    faults.reach("closed")


def _fill(name: str, found: Found, *, tell: Callable[[str], None]) -> None:
    total, seen, told = found.manifest.size, 0, 0

    def watched() -> Iterator[bytes]:
        nonlocal seen, told
        for piece in sealing.content(found.manifest, found.place):
            seen += len(piece)
            if total and seen * 10 // total > told:
                told = seen * 10 // total
                faults.reach(f"filled {told} tenths")
                tell(f"{told * 10} % of {total / 1e6:.1f} MB")
            yield piece

    postgres.fill(name, watched(), tool=int(found.manifest.label.details["tool"]))
    faults.reach("filled")


def _migrate() -> None:
    """A backup may be older than the program. One that knew of no home would be given this one by its migration: it is taken away again."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    if home.is_open():
        home.close_here()
    faults.reach("migrated")


@transaction.atomic
def _open(name: str, found: Found, *, since: Mark, least: int, at: datetime) -> Replayed:
    """With one commit everything is replayed, the database is in service, and those who serve are let in."""
    done = replay.replay_and_open(backup=str(found.manifest.label.id), since=since, least=least, at=at)
    faults.reach("replayed")
    for role in SERVING:
        _run("GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {role}", name=name, role=role)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("COMMENT ON DATABASE {name} IS {mark}").format(name=sql.Identifier(name), mark=sql.Literal(OPEN)))
    faults.reach("let in")
    return done


def _drop(name: str) -> None:
    """What was begun and is not open: it bears our mark, or nobody was ever let in to write anything. Anything else is somebody's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s AND NOT datallowconn AND datdba = to_regrole(current_user)", [name])
        is_shell = cursor.rowcount == 1
    if is_shell or _mark_of(name) == BEGUN:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user", [name])
        # Not by force, which the server refuses at once while a vacuum of its own is there: without it that is sent away and waited for.
        _run("DROP DATABASE IF EXISTS {name}", name=name)


def _mark_of(name: str) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s", [name])
        row = cursor.fetchone()
    return row[0] if row else None


def _run(statement: str, **names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**{key: sql.Identifier(value) for key, value in names.items()}))


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Two who restore the same at once would drop each other's. What keeps the second out has a connection of its own: the one that works
    is closed and opened again on the way.
    """
    held = connection.copy()
    try:
        with held.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"backups.restore:{name}"])
            if not cursor.fetchone()[0]:
                raise NotRestored("Somebody else is restoring this backup.")
        yield
    finally:
        held.close()
