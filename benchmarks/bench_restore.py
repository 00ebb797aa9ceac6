"""Backups of our own: how fast they are made and brought back, beside bare pg_dump and pg_restore of the same rows in the same minute;
and how long ten thousand tombstones take to replay.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import psycopg2
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Contact
from backups import postgres, restoring, services
from benchmarks import people
from benchmarks.processes import peak_mb
from datamap import replay
from hosting.postgres import tools
from oxyprivacy import environment
from subjects import escrow
from subjects.services import bury_all

CONTACTS = 400_000
TOMBSTONES = 10_000
#: Encrypted, summed, put in two places and read back there, which bare pg_dump does not do.
BACKUP_SHARE = 0.35
#: Read once before anything is made, decrypted, migrated and replayed.
RESTORE_SHARE = 0.4
#: Ten thousand people are erased again while everybody waits.
REPLAY_SECONDS = 60
#: Twice as many take twice as long, and no more than noise beyond.
FLATNESS = 1.5
REPLAY_MB = 150


def restore(scale: float) -> dict[str, Any]:
    """MB a second of the uncompressed dump, ours beside bare ones."""
    rows = int(CONTACTS * scale)
    people.lay_contacts(rows)
    bare = _bare(rows)
    try:
        start = time.perf_counter()
        backup = services.take(clock=timezone.now)
        took = time.perf_counter() - start
        with as_owner():
            start = time.perf_counter()
            found = restoring.choose(str(backup.pk))
            restoring.restore(found=found, clock=timezone.now, tell=lambda _line: None)
            brought = time.perf_counter() - start
            name = restoring.database_for(found.manifest)
            _see(name, rows)
            _drop(name)
    finally:
        _sweep_places()
    mb = backup.size / 1e6
    shares = bare.dump_seconds / took, bare.restore_seconds / brought
    return {
        "rows": rows,
        "mb": round(mb, 1),
        "stored_mb": round(backup.stored / 1e6, 1),
        "backup_mb_a_second": round(mb / took, 1),
        "pg_dump_mb_a_second": round(mb / bare.dump_seconds, 1),
        "share_of_pg_dump": round(shares[0], 2),
        "limit_share_of_pg_dump": BACKUP_SHARE,
        "restore_mb_a_second": round(mb / brought, 1),
        "pg_restore_mb_a_second": round(mb / bare.restore_seconds, 1),
        "share_of_pg_restore": round(shares[1], 2),
        "limit_share_of_pg_restore": RESTORE_SHARE,
        "is_kept": shares[0] >= BACKUP_SHARE and shares[1] >= RESTORE_SHARE,
    }


def replaying(scale: float) -> dict[str, Any]:
    """Tombstones of as many people whose rows are all back, in two halves: the second must not be slower."""
    number = int(TOMBSTONES * scale)
    half = _replayed(number // 2)
    before = peak_mb()
    whole = _replayed(number)
    peak = peak_mb() - before
    flat = (whole / number) / (half / (number // 2))
    return {
        "tombstones": number,
        "seconds": round(whole, 2),
        "limit_seconds": REPLAY_SECONDS,
        "ms_each": round(whole / number * 1000, 2),
        "times_of_half_as_many": round(flat, 2),
        "limit_times_of_half_as_many": FLATNESS,
        "peak_above_half_mb": round(peak, 1),
        "limit_peak_above_half_mb": REPLAY_MB,
        "is_kept": whole < REPLAY_SECONDS and flat < FLATNESS and peak < REPLAY_MB,
    }


def _replayed(number: int) -> float:
    """Seconds that it takes; everything is as before afterwards, but for the ledger, which is begun anew."""
    shutil.rmtree(settings.ENVIRONMENT.escrow, ignore_errors=True)
    Contact.objects.all().delete()
    people.lay_contacts(number)
    keys = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    at = timezone.now()
    # Only how fast they are read is measured.
    with mock.patch.object(os, "fsync"):
        for start in range(0, number, 100):
            about = f"R-{start:06d}"
            bury_all([("accounts.contacts", "contacts", [key]) for key in keys[start : start + 100]], about=about, at=at)
            escrow.copy_out(about=about, at=at)
    start_at = time.perf_counter()
    with transaction.atomic():
        done = replay.replay(at=at)
        seconds = time.perf_counter() - start_at
        if (done.tombstones, done.erased, Contact.objects.count()) != (number, number, 0):
            raise RuntimeError(done)
    shutil.rmtree(settings.ENVIRONMENT.escrow, ignore_errors=True)
    # They stay until they expire. Only whoever owns the table may empty it, and only as a whole.
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE subjects_tombstone, subjects_orderchange")
    return seconds


@dataclass(frozen=True, slots=True)
class _Bare:
    dump_seconds: float
    restore_seconds: float


def _bare(rows: int) -> _Bare:
    """pg_dump into a file on the same disk, with its own compression, and pg_restore from it."""
    name = f"{connection.settings_dict['NAME']}_bare"
    version = postgres.version()
    with TemporaryDirectory(dir=settings.ENVIRONMENT.var) as folder, as_owner():
        file = str(Path(folder) / "bare.dump")
        given = postgres.environment(connection.settings_dict["NAME"])
        dump = [tools.program_for("pg_dump", version=version), "--format=custom", "--no-owner", "--schema=public", f"--file={file}"]
        dumped = _seconds(lambda: subprocess.run(dump, env=given, check=True))
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        # The schema is there already, which pg_restore says and goes on.
        fill = [tools.program_for("pg_restore", version=version), "--no-owner", f"--dbname={name}", file]
        restored = _seconds(lambda: subprocess.run(fill, env=given, check=False, stderr=subprocess.DEVNULL))
        _see(name, rows)
        _drop(name)
    return _Bare(dumped, restored)


def _see(name: str, rows: int) -> None:
    with restoring.on(name):
        if Contact.objects.count() != rows:
            raise RuntimeError(f"{name} has {Contact.objects.count()} contacts of {rows}.")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def as_owner() -> Iterator[None]:
    """What ``manage.py restore`` is."""
    before = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    owner = environment.database(settings.ENVIRONMENT.owner_url)
    connection.close()
    connection.settings_dict.update(USER=owner["USER"], PASSWORD=owner["PASSWORD"])
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _drop(name: str) -> None:
    """Not by force, which the server refuses while a vacuum of its own is there: without it that is sent away and waited for."""
    with closing(psycopg2.connect(settings.ENVIRONMENT.owner_url)) as owner:
        owner.autocommit = True
        with owner.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _sweep_places() -> None:
    """Archives are read-only in closed folders; those of this run go with it."""
    for path in Path(settings.ENVIRONMENT.archives).rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(settings.ENVIRONMENT.archives, ignore_errors=True)
