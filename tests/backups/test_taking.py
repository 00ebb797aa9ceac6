"""Backups of our own database: what is in them, where they lie, and when they go."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import Session
from audit.models import Event
from backups import checks, left_out, postgres, services
from backups.models import Attempt, Backup
from datamap.archives import places, sealing
from datamap.archives.places import NotYet, PlaceRefused
from hosting.postgres import tools
from retention.services import keep_periods
from subjects import journal
from tests.accounts.factories import make_contact, make_staff, sign_in
from tests.backups import house
from tests.backups.source_casts import made

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "retention"])


def take(at=None):
    return services.take(clock=lambda: at or timezone.now())


def content(backup):
    place = places.get(backup.places[0])
    return b"".join(sealing.content(places.manifest_of(backup.name, place), place))


def listed(backup):
    """What pg_restore itself reads in it."""
    program = tools.program_for("pg_restore", version=postgres.version())
    told = subprocess.run([program, "--list"], input=content(backup), capture_output=True, check=True)
    return told.stdout.decode()


@pytest.mark.promise("P082")
@pytest.mark.promise("P089")
def test_a_backup_lies_encrypted_in_two_places_and_its_row_never_changes():
    contact = make_contact(email="nora@firm.example")
    backup = take()

    assert len(backup.places) >= 2
    assert len({file.parent.parent.parent.name for file in house.archives()}) == 2
    for file in house.archives():
        assert b"nora@firm.example" not in file.read_bytes()
    assert contact.email.encode() in content(backup)
    assert Event.objects.get(action="backup.taken").about == f"backup:{backup.pk}"
    attempt = Attempt.objects.get()
    assert (attempt.backup, attempt.error, attempt.size) == (backup.name, "", backup.size)
    for change in ("UPDATE backups_backup SET expires_at = now()", "DELETE FROM backups_backup", "TRUNCATE backups_backup"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    with pytest.raises(NotYet):
        places.destroy(backup.name, places.get(backup.places[0]), at=timezone.now())
    refused = Event.objects.filter(action="backup.refused").order_by("id").values_list("about", "details__tried")
    own = f"archive:{backup.name}"
    assert list(refused) == [*(("table:backups_backup", tried) for tried in ("update", "delete", "truncate")), (own, "destroy")]


def test_what_opens_something_and_what_ends_by_itself_is_in_no_backup():
    at = timezone.now()
    Session.objects.create(
        session_key="s" * 40, session_data="secret-of-a-session", created_at=at, last_used_at=at, expire_date=at + timedelta(days=7)
    )
    backup = take()

    assert b"secret-of-a-session" not in content(backup)
    data = {line.split(" TABLE DATA public ")[1].split()[0] for line in listed(backup).splitlines() if " TABLE DATA public " in line}
    assert data.isdisjoint(left_out.tables())
    assert {"accounts_user", "audit_event", "subjects_home", "subjects_orderchange"} <= data


def test_every_column_that_holds_something_sealed_is_left_out_or_stays_for_a_reason():
    """A new key in a table is decided about, or this fails."""
    sealed = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if getattr(field, "column", None) and field.name.startswith("sealed") and field.name != "sealed_at"
    }
    out = {name for name in sealed if name.rpartition(".")[0] in left_out.LEFT_OUT}
    assert sealed - out == set(left_out.SEALED)
    assert out


@pytest.mark.promise("P082")
def test_an_attempt_in_the_records_is_refused_and_written_down(client):
    backup = made(expires_at=timezone.now() + timedelta(days=30))
    sign_in(client, make_staff(UserRole.ADMIN))
    page = f"/admin/backups/backup/{backup.pk}"
    assert client.get(f"{page}/change/").status_code == 200
    assert client.post(f"{page}/change/", {"expires_at_0": "2020-01-01"}).status_code == 403
    assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403

    tried = Event.objects.filter(action="backup.refused", about=f"backup:{backup.pk}").values_list("details__tried", flat=True)
    assert sorted(tried) == ["change", "delete"]
    assert Backup.objects.get() == backup


@pytest.mark.promise("P083")
def test_nothing_calls_a_backup_of_thirteen_months_one():
    at = timezone.now()
    assert at + services.KEEP < at + relativedelta(months=12)
    kept = made(expires_at=at + timedelta(days=30))
    with pytest.raises(IntegrityError, match="backups_backup_twelve_months"), transaction.atomic():
        Backup.objects.create(
            name="oxyprivacy/20300101T000000Z-" + "0" * 32, places=["be-1", "be-2"], taken_at=at, expires_at=at + relativedelta(months=13),
            size=1, stored=1, seal="", tool="", ledger=0,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="backups_backup_two_places"), transaction.atomic():
        Backup.objects.create(
            name="oxyprivacy/20300101T000000Z-" + "1" * 32, places=["be-1"], taken_at=at, expires_at=at + relativedelta(months=1),
            size=1, stored=1, seal="", tool="", ledger=0,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="backups_backup_ends"), transaction.atomic():
        Backup.objects.create(
            name="oxyprivacy/20300101T000000Z-" + "2" * 32, places=["be-1", "be-2"], taken_at=at, expires_at=at,
            size=1, stored=1, seal="", tool="", ledger=0,
        )  # fmt: skip
    assert Backup.objects.get() == kept


@pytest.mark.promise("P083")
@pytest.mark.promise("P090")
def test_a_backup_is_destroyed_in_every_place_within_twelve_months(monkeypatch):
    now = timezone.now()
    taken = now - services.KEEP - timedelta(hours=1)
    backup = take(taken)
    assert backup.expires_at < taken + relativedelta(months=12)
    # It is already over its time, and a place that does not answer keeps row and alarm.
    with monkeypatch.context() as patch:
        patch.setattr(places, "destroy", lambda *_args, **_more: (_ for _ in ()).throw(PlaceRefused("unreachable")))
        with pytest.raises(Exception, match=r"backups\.backups\.expired"):
            keep_periods(at=now)
    assert Backup.objects.exists()

    keep_periods(at=now)
    assert not Backup.objects.exists()
    assert list(house.archives()) == []


def test_what_was_broken_off_before_its_row_is_in_the_catalogue_afterwards():
    at = timezone.now()
    backup = take(at)
    lost = backup.places[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM backups_backup")
    # As after a restore: the archive lies there and nobody knows it; and one of the places has lost it.
    with house.connect(connection.settings_dict["NAME"], role="superuser") as link, link.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; DELETE FROM backups_backup")
    folder = next(file.parent for file in house.archives() if lost in file.parts)
    folder.chmod(0o700)
    for file in folder.iterdir():
        file.unlink()

    assert services.catalogue(at=at) == 1
    again = Backup.objects.get()
    assert (again.pk, again.seal, again.places) == (backup.pk, backup.seal, backup.places)
    assert len(list(house.archives())) == 2
    assert services.catalogue(at=at) == 0


def test_a_backup_that_cannot_be_made_says_why_in_one_line_and_leaves_nothing(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(places, "put", lambda *_args: (_ for _ in ()).throw(PlaceRefused("full")))
        with pytest.raises(CommandError, match=r"^No backup was made: there is no room for it \(full\)\.$"):
            call_command("backup")
    with monkeypatch.context() as patch:
        patch.setattr(postgres, "environment", lambda database: {"PATH": "/usr/bin", "PGDATABASE": "nowhere", "PGHOST": "/nowhere"})
        with pytest.raises(CommandError, match=r"^No backup was made: see the log \(refused\)\.$"):
            call_command("backup")

    assert (Backup.objects.count(), list(house.archives())) == (0, [])
    assert list(Attempt.objects.order_by("pk").values_list("error", flat=True)) == ["full", "refused"]
    assert Event.objects.filter(action="backup.failed").count() == 2
    assert list(sealing.folder().iterdir()) == []


@pytest.mark.promise("P054")
def test_the_checks_notice_a_missing_an_old_and_a_late_backup():
    at = timezone.now()

    def found() -> set[str]:
        return {error.id for error in checks.check_backups(databases=["default"])}

    assert found() == set()
    backup = take(at - timedelta(days=3))
    assert found() == {"backups.E001"}
    take(at)
    assert found() == set()
    folder = next(file.parent for file in house.archives() if backup.pk.hex in str(file))
    folder.chmod(0o700)
    for file in folder.iterdir():
        file.unlink()
    assert found() == {"backups.E002"}
    made(expires_at=at - timedelta(days=1))
    assert "backups.E003" in found()


def test_the_ledger_of_the_moment_is_told_with_the_backup():
    journal.append([{"kind": "TOMBSTONE", "key": "x", "expires_at": (timezone.now() - timedelta(days=1)).isoformat(), "digest": ""}],
                   at=timezone.now(), expires_at=timezone.now() + timedelta(days=400))  # fmt: skip
    backup = take()
    manifest = places.manifest_of(backup.name, places.get(backup.places[0]))
    assert (backup.ledger, manifest.label.details["ledger"], manifest.label.details["ledger_digest"]) == (1, 1, journal.mark().digest)
