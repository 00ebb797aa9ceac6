"""Backups of customers' databases: how fast one is made and restored apart, beside bare pg_dump and pg_restore of the same database in the same run."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import psycopg2
from django.conf import settings
from django.utils import timezone
from psycopg2 import sql

from benchmarks.processes import forget_peak, peak_mb
from hosting.enums import StepStatus, Verb
from hosting.models import Backup
from hosting.postgres import databases, tools
from hosting.services import running, steps
from tests.accounts.factories import make_staff
from tests.hosting import cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from hosting.models import CustomerDatabase

ROWS = 1_000_000
#: Compressed, encrypted, put into two places and read back from both, which bare pg_dump does not do.
BACKUP_SHARE = 0.3
#: Read from its place once before anything is made, decrypted, caught up and shut again.
RESTORE_SHARE = 0.3
PEAK_MB = 60


def hosting(scale: float) -> dict[str, Any]:
    """MB a second of the unpacked dump."""
    now = timezone.now()
    rows = int(ROWS * scale)
    database = cast.make(cast.make_administrator(), at=now)
    made = [f"{database.name}_bare", database.name]
    try:
        _fill(database, rows)
        dumped, restored = _bare(database, rows)
        one, other = make_staff(), make_staff()
        forget_peak()  # passwords take more than what is measured
        before = peak_mb()
        backed_up = _seconds(lambda: _step(database, Verb.BACKUP))
        backup = Backup.objects.get()
        approved = {"approved_by": other.pk, "approved_at": now, "ends_at": now + settings.HOSTING["restored_life"]}
        restoration = cast.make_restoration(backup, one, at=now, **approved)
        made.append(restoration.name)
        brought = _seconds(lambda: _step(database, Verb.RESTORE, about=restoration.pk))
        peak = peak_mb() - before
        cast.ask(f"ALTER DATABASE {restoration.name} ALLOW_CONNECTIONS true")
        _see(restoration.name, rows)
    finally:
        for name in made:
            _drop(name)
        _forget_archives()
    mb = backup.size / 1e6
    shares = dumped / backed_up, restored / brought
    return {
        "rows": rows,
        "mb": round(mb, 1),
        "stored_mb": round(backup.stored / 1e6, 1),
        "backup_mb_a_second": round(mb / backed_up, 1),
        "pg_dump_mb_a_second": round(mb / dumped, 1),
        "share_of_pg_dump": round(shares[0], 2),
        "limit_share_of_pg_dump": BACKUP_SHARE,
        "restore_mb_a_second": round(mb / brought, 1),
        "pg_restore_mb_a_second": round(mb / restored, 1),
        "share_of_pg_restore": round(shares[1], 2),
        "limit_share_of_pg_restore": RESTORE_SHARE,
        "peak_mb": round(peak, 1),
        "limit_peak_mb": PEAK_MB,
        "is_kept": peak < PEAK_MB and shares[0] >= BACKUP_SHARE and shares[1] >= RESTORE_SHARE,
    }


def _step(database: CustomerDatabase, verb: Verb, **about: Any) -> None:
    steps.open_step(database, verb, at=timezone.now(), **about)
    running.run_database(database_id=database.pk, clock=timezone.now)
    left = database.steps.exclude(status=StepStatus.DONE).values_list("verb", "error")
    if left:
        raise RuntimeError(list(left))


def _bare(database: CustomerDatabase, rows: int) -> tuple[float, float]:
    """Seconds of pg_dump into a file on the same disk, with its own compression, and of pg_restore from it."""
    target = running.target_of(database.server)
    version = databases.meet(target)[1]
    name = f"{database.name}_bare"
    with TemporaryDirectory(dir=settings.ENVIRONMENT.var) as folder:
        file = str(Path(folder) / "bare.dump")
        dump = [tools.program_for("pg_dump", version=version), "--format=custom", "--no-owner", f"--file={file}"]
        dumped = _seconds(lambda: subprocess.run(dump, env=tools.environment_of(target, database.name), check=True))
        cast.ask(f"CREATE DATABASE {name} TEMPLATE template0")
        fill = [tools.program_for("pg_restore", version=version), "--no-owner", "--no-privileges", f"--dbname={name}", file]
        restored = _seconds(lambda: subprocess.run(fill, env=tools.environment_of(target, name), check=True, stderr=subprocess.DEVNULL))
        _see(name, rows)
    return dumped, restored


def _see(name: str, rows: int) -> None:
    [(found,)] = cast.ask("SELECT count(*) FROM people", database=name)
    if found != rows:
        raise RuntimeError(f"{name} has {found} people of {rows}.")


def _fill(database: CustomerDatabase, rows: int) -> None:
    """As the customer would: who are our customers' customers."""
    with closing(cast.connect(database=database.name)) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(database.name)))
        cursor.execute(
            "CREATE TABLE people (id bigint PRIMARY KEY, name text, email text, street text, city text, note text, seen timestamptz)"
        )
        cursor.execute(
            """
            INSERT INTO people
            SELECT n, 'Noor Vermeulen ' || n, 'noor' || n || '@customer.example', 'Kerkstraat ' || n %% 200, 'Dilbeek', md5(n::text), now()
              FROM generate_series(1, %s) AS n
            """,
            [rows],
        )


def _drop(name: str) -> None:
    """Not by force (see ``hosting.postgres.databases.drop``)."""
    with closing(cast.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        try:
            cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
        except psycopg2.Error as error:
            raise RuntimeError(name) from error


def _forget_archives() -> None:
    """Archives are read-only in closed folders; those of this run go with it."""
    for path in Path(settings.ENVIRONMENT.archives).rglob("*"):
        if path.is_dir():
            path.chmod(0o700)
    shutil.rmtree(settings.ENVIRONMENT.archives, ignore_errors=True)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
