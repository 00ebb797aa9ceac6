"""Complete copies: everything in one file, under a key of its own, taken a few times, gone in time; of closed databases too."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import psycopg2
import pytest

from hosting import services
from hosting.enums import State
from hosting.models import Export
from hosting.postgres import databases, tools
from hosting.postgres.connecting import Target
from hosting.services import exporting
from hosting.workflow import Gone
from retention.services import keep_periods
from tests.hosting import cast
from tests.hosting.cast import NOON

pytestmark = pytest.mark.django_db(databases=["default", "retention"])


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.fixture
def full(boss):
    """A database with people in it."""
    database = cast.make(boss)
    cast.fill(database, cast.give_password(database, boss), rows=2500)
    return database


def copied(database, boss, *, at=NOON):
    export = exporting.ask(database_id=database.pk, actor=cast.actor(boss), at=at)
    cast.run(database, at=at)
    export.refresh_from_db()
    return export


def contents(archive: bytes) -> str:
    """What ``pg_restore`` makes of it."""
    version = databases.meet(Target(secret=cast.SECRET))[1]
    program = tools.program_for("pg_restore", version=version)
    return subprocess.run([program, "--file=-"], input=archive, capture_output=True, check=True).stdout.decode()


@pytest.mark.promise("P050")
def test_a_copy_holds_everything_and_its_sum_is_that_of_the_file(full, boss):
    export = copied(full, boss)

    archive = b"".join(exporting.stream(export))

    assert export.digest == hashlib.sha256(archive).hexdigest()
    assert export.size == len(archive)
    text = contents(archive)
    assert "Person 2500" in text
    assert "CREATE TABLE own.orders" in text
    assert export.tool.startswith("pg_dump ")


def test_the_file_itself_says_nothing(full, boss):
    export = copied(full, boss)

    written = (exporting.folder() / export.file_name).read_bytes()
    assert b"Person" not in written
    assert written.startswith(b"age-encryption.org/v1")


def test_a_copy_of_a_closed_database_is_made_and_it_is_closed_again(full, boss):
    services.cancel(database_id=full.pk, is_switching=True, actor=cast.actor(boss), at=NOON)
    cast.run(full, at=NOON)

    export = copied(full, boss, at=NOON + timedelta(days=20))
    cast.run(full, at=NOON + timedelta(days=20))

    assert "Person 2500" in contents(b"".join(exporting.stream(export)))
    assert cast.fresh(full).state == State.DEACTIVATED
    with pytest.raises(psycopg2.OperationalError, match="not currently accepting"):
        cast.connect(database=full.name)


def test_a_copy_that_the_server_breaks_off_is_no_copy(full, boss, monkeypatch):
    def broken(target, *, name, version) -> Iterator[bytes]:
        yield b"PGDMP half of it"
        raise tools.ServerRefused("refused")

    monkeypatch.setattr(tools, "dump", broken)
    export = copied(full, boss)

    assert export.ready_at is None
    assert list(exporting.folder().iterdir()) == []
    with pytest.raises(exporting.NoCopy):
        exporting.take(export=export, actor=cast.actor(boss), at=NOON)


def test_it_is_taken_a_few_times_and_for_a_few_days(full, boss):
    export = copied(full, boss)
    who = {"export": export, "actor": cast.actor(boss)}

    for left in (2, 1, 0):
        assert exporting.take(at=NOON, **who).downloads_left == left
    with pytest.raises(exporting.NoCopy):
        exporting.take(at=NOON, **who)
    Export.objects.update(downloads_left=3)
    with pytest.raises(exporting.NoCopy):
        exporting.take(at=NOON + timedelta(days=7), **who)
    assert full.instructions.filter(kind="DOWNLOAD").count() == 3


@pytest.mark.parametrize(("after", "gone"), [(timedelta(days=7) - timedelta(seconds=1), 0), (timedelta(days=7), 1)])
def test_the_file_goes_with_its_time(full, boss, after, gone, django_capture_on_commit_callbacks):
    export = copied(full, boss)
    path = exporting.folder() / export.file_name

    with django_capture_on_commit_callbacks(execute=True):
        assert keep_periods(at=NOON + after)["hosting.databases.copies"] == gone

    assert path.exists() == (not gone)
    assert Export.objects.filter(pk=export.pk).exists() == (not gone)


def test_no_copy_outlives_its_database(full, boss, django_capture_on_commit_callbacks):
    services.cancel(database_id=full.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    cast.run(full, at=NOON)
    export = copied(full, boss, at=NOON + timedelta(days=20))
    cast.run(full, at=NOON + timedelta(days=20))

    with django_capture_on_commit_callbacks(execute=True):
        keep_periods(at=NOON + timedelta(days=21))

    assert cast.fresh(full).state == State.DESTROYED
    assert not Export.objects.exists()
    assert not (exporting.folder() / export.file_name).exists()


def test_nothing_is_copied_after_the_end(full, boss):
    services.cancel(database_id=full.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    with pytest.raises(Gone):
        exporting.ask(database_id=full.pk, actor=cast.actor(boss), at=NOON + timedelta(days=21))


def test_one_copy_is_never_opened_as_another(full, boss):
    first, second = copied(full, boss), copied(full, boss)
    Export.objects.filter(pk=second.pk).update(sealed_key=first.sealed_key, file_name=first.file_name)
    second.refresh_from_db()

    with pytest.raises(exporting.NoCopy):
        exporting.stream(second)
