"""Backups: whole, encrypted, in several places, unalterable, gone after twelve months from every place alike."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from datamap.archives import places, sealing
from datamap.archives.places import NotYet, PlaceRefused
from datamap.archives.storage import ArchiveStorage, Unalterable
from hosting import checks, services
from hosting.enums import State, StepStatus, Verb
from hosting.models import Backup, CustomerDatabase, Replica
from hosting.postgres import databases, tools
from hosting.postgres.connecting import Target
from hosting.services import alarming, backing, regions, steps, sweeping
from letters.models import Letter
from retention.services import keep_periods
from tests.accounts.factories import make_staff
from tests.hosting import cast
from tests.hosting.source_casts import make_database

pytestmark = pytest.mark.django_db(databases=["default", "retention"])

#: Long enough ago for what expires to have done so by the database's own clock.
LONG_AGO = timezone.now().replace(microsecond=0) - timedelta(days=400)
OVER = LONG_AGO + relativedelta(months=12)


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.fixture
def database(boss):
    """An active one with people in it."""
    made = cast.make(boss, at=LONG_AGO)
    cast.fill(made, cast.give_password(made, boss, at=LONG_AGO), rows=500)
    return made


def backed_up(database, *, at=LONG_AGO) -> Backup:
    steps.open_step(database, Verb.BACKUP, at=at)
    cast.run(database, at=at)
    return Backup.objects.filter(database=database, taken_at=at).get()


def dumped(backup, place="be-1") -> bytes:
    return b"".join(sealing.content(backing.manifest_of(backup), places.get(place)))


def contents(dump: bytes) -> str:
    version = databases.meet(Target(secret=cast.SECRET))[1]
    return subprocess.run(
        [tools.program_for("pg_restore", version=version), "--file=-"], input=dump, capture_output=True, check=True
    ).stdout.decode()


@pytest.fixture
def broken(monkeypatch):
    """Places that refuse: to write, or to let go."""
    words: dict[str, OSError] = {}
    for verb in ("_save", "destroy", "_open", "exists"):
        real = getattr(ArchiveStorage, verb)

        def refusing(self, name, *args: object, _real=real, _verb=verb, **options: object) -> object:
            error = words.get(f"{self.location.name} {_verb}")
            if error:
                raise error
            return _real(self, name, *args, **options)

        monkeypatch.setattr(ArchiveStorage, verb, refusing)
    return words


FULL = OSError(28, "No space left on device")
AWAY = OSError(5, "Input/output error")


@pytest.mark.promise("P082")
@pytest.mark.promise("P089")
def test_a_backup_is_the_whole_database_encrypted_in_two_data_centres_of_its_zone(database):
    backup = backed_up(database)

    replicas = list(backup.replicas.all())
    assert [(replica.place, replica.zone) for replica in replicas] == [("be-1", "BE"), ("be-2", "BE")]
    assert all(replica.stored_at for replica in replicas)
    for replica in replicas:
        text = contents(dumped(backup, replica.place))
        assert "Person 500" in text
        assert "CREATE TABLE own.orders" in text
    assert backup.tool.startswith("pg_dump ")
    assert Event.objects.filter(action="backup.made", about=backup.about, details__replicas=2).count() == 1


@pytest.mark.promise("P090")
def test_the_customer_has_backups_kept_in_another_zone_besides(database, boss):
    regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=LONG_AGO)

    backup = backed_up(database)

    assert [replica.place for replica in backup.replicas.all()] == ["be-1", "be-2", "ie-1", "ie-2"]
    assert contents(dumped(backup, "ie-2")).count("Person 500")


@pytest.mark.promise("P090")
@pytest.mark.promise("P082")
def test_the_backups_that_stand_follow_to_a_zone_chosen_later_and_stay_where_they_were(database, boss):
    first, second = backed_up(database), backed_up(database, at=LONG_AGO + timedelta(days=1))
    later = LONG_AGO + timedelta(days=2)
    regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=later)
    assert database.steps.filter(verb=Verb.REPLICATE).count() == 1
    cast.run(database, at=later)

    for backup in (first, second):
        assert [replica.place for replica in backup.replicas.exclude(stored_at=None)] == ["be-1", "be-2", "ie-1", "ie-2"]
        assert contents(dumped(backup, "ie-2")).count("Person 500")
    regions.replicate(database_id=database.pk, region="FR", actor=cast.actor(boss), at=later)
    cast.run(database, at=later)
    assert [replica.zone for replica in first.replicas.exclude(stored_at=None)] == ["BE", "BE", "FR", "FR", "IE", "IE"]
    assert contents(dumped(first, "ie-1")).count("Person 500")


def test_a_zone_that_is_full_gets_the_backups_later_and_keeps_no_new_one_from_being_made(database, boss, broken):
    old = backed_up(database)
    broken["ie-1 _save"] = broken["ie-2 _save"] = FULL
    regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=LONG_AGO)
    cast.run(database, at=LONG_AGO)
    assert {replica.error for replica in old.replicas.filter(stored_at=None)} == {"full"}
    new = backed_up(database, at=LONG_AGO + timedelta(days=1))
    assert new.replicas.exclude(stored_at=None).count() == 2

    broken.clear()
    for days in (2, 3):
        cast.run(database, at=LONG_AGO + timedelta(days=days))
    for backup in (old, new):
        assert backup.replicas.exclude(stored_at=None).count() == 4


def test_a_copy_that_is_not_what_was_written_goes_to_no_other_zone(database, boss):
    backup = backed_up(database)
    for code in ("be-1", "be-2"):
        file = ArchiveStorage(location=places.get(code).storage.location).location / backup.name / "archive.age"
        file.chmod(0o600)
        file.write_bytes(b"something else")
    regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=LONG_AGO)
    cast.run(database, at=LONG_AGO)

    assert backup.replicas.filter(zone="IE", stored_at=None, error="differs").count() == 2
    assert not places.has(backup.name, places.get("ie-1"))


def test_a_backup_that_was_being_written_when_the_zone_was_chosen_follows_too(database, boss):
    made = backing.back_up(cast.fresh(database), target=Target(secret=cast.SECRET), at=LONG_AGO)
    regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=LONG_AGO)
    backup = backing.catalogue(cast.fresh(database), made, at=LONG_AGO)
    cast.run(database, at=LONG_AGO)

    assert [replica.place for replica in backup.replicas.exclude(stored_at=None)] == ["be-1", "be-2", "ie-1", "ie-2"]


def test_a_zone_chosen_while_copies_go_to_another_takes_the_step_from_whoever_is_at_it(database, boss):
    backed_up(database)
    regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=LONG_AGO)
    claim = steps.claim(database_id=database.pk, lane=steps.SPREADING, at=LONG_AGO)
    regions.replicate(database_id=database.pk, region="FR", actor=cast.actor(boss), at=LONG_AGO)
    with pytest.raises(steps.LostClaim):
        steps.finish(claim, at=LONG_AGO)
    cast.run(database, at=LONG_AGO)
    assert not Replica.objects.filter(stored_at=None).exists()


def test_a_zone_with_one_place_is_not_to_be_chosen(database, boss, settings):
    settings.ARCHIVE_PLACES = {code: zone for code, zone in settings.ARCHIVE_PLACES.items() if code != "ie-2"}
    with pytest.raises(regions.NoRoomThere):
        regions.replicate(database_id=database.pk, region="IE", actor=cast.actor(boss), at=LONG_AGO)
    assert cast.fresh(database).replica_region == ""


@pytest.mark.promise("P090")
def test_a_sixth_country_is_refused(database, boss):
    with pytest.raises(regions.NoSuchRegion):
        regions.replicate(database_id=database.pk, region="US", actor=cast.actor(boss), at=LONG_AGO)


def test_active_databases_are_backed_up_once_a_day(database, boss):
    closed = cast.make(boss, label="Closed", at=LONG_AGO)
    services.cancel(database_id=closed.pk, is_switching=False, actor=cast.actor(boss), at=LONG_AGO)

    assert backing.schedule(at=LONG_AGO) == 1
    assert backing.schedule(at=LONG_AGO) == 0
    cast.run(database, at=LONG_AGO)
    for hours, made in ((23, 0), (24, 1)):
        at = LONG_AGO + timedelta(hours=hours)
        assert backing.schedule(at=at) == made
        cast.run(database, at=at)
    assert database.backups.count() == 2
    assert not closed.backups.exists()


@pytest.mark.promise("P082")
@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_the_database_and_the_storage_let_nobody_change_or_delete_a_backup_early_and_keep_that_it_was_tried(database):
    """What is rolled back is what was tried: the event of it stays."""
    backup = backed_up(database, at=timezone.now())
    rows, by_retention = Backup.objects.filter(pk=backup.pk), Backup.objects.using("retention").filter(pk=backup.pk)
    storage, file = places.get("be-1").storage, f"{backup.name}/archive.age"

    for change in (lambda: rows.update(size=1), rows.delete, by_retention.delete):
        with pytest.raises(DatabaseError, match=r"never change|kept until|permission denied"), transaction.atomic():
            change()
    with pytest.raises(NotYet), transaction.atomic():
        places.destroy(backup.name, places.get("be-1"), at=timezone.now())
    for attempt in (lambda: storage.delete(file), lambda: storage.save(file, ContentFile(b"other")), lambda: storage.open(file, "wb")):
        with pytest.raises(Unalterable), transaction.atomic():
            attempt()
    with pytest.raises(NotYet):
        storage.destroy(file, at=timezone.now())

    kept = (
        Event.objects.filter(action="backup.refused").order_by("id").values_list("about", "details__tried", "details__by", "details__role")
    )
    assert list(kept) == [
        ("table:hosting_backup", "update", "database", "default"),
        ("table:hosting_backup", "delete", "database", "default"),
        ("table:hosting_backup", "delete", "database", "retention"),
        *((f"archive:{backup.name}", tried, "storage", None) for tried in ("destroy", "delete", "replace", "write", "destroy")),
    ]
    assert contents(dumped(backup)).count("Person 500")


@pytest.mark.promise("P082")
def test_an_attempt_in_the_records_is_refused_and_written_down(database, client):
    from tests.accounts.factories import sign_in

    backup = backed_up(database, at=timezone.now())
    sign_in(client, make_staff(UserRole.ADMIN))
    base = f"/admin/hosting/backup/{backup.pk}"

    assert client.get(f"{base}/change/").status_code == 200
    assert client.post(f"{base}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{base}/change/", {"expires_at_0": "2020-01-01"}).status_code == 403

    replica = backup.replicas.first()
    assert client.post(f"/admin/hosting/replica/{replica.pk}/delete/", {"post": "yes"}).status_code == 403

    tried = Event.objects.filter(action="backup.refused", about=backup.about).values_list("details__tried", "actor_role")
    assert sorted(tried) == [("change", UserRole.ADMIN), ("delete", UserRole.ADMIN), ("delete", UserRole.ADMIN)]
    assert backup.replicas.filter(pk=replica.pk).exists()
    assert Backup.objects.filter(pk=backup.pk).exists()


@pytest.mark.promise("P083")
@pytest.mark.parametrize(
    ("days", "is_refused"),
    [(relativedelta(months=12), False), (relativedelta(months=12, seconds=1), True), (relativedelta(months=13), True)],
)
def test_the_catalogue_takes_nothing_that_stays_for_more_than_twelve_months(database, days, is_refused):
    told = {"name": f"hosting/{days}", "size": 1, "stored": 1, "digest": "", "seal": "", "tool": "", "ledger": 0}
    row = Backup(database=database, taken_at=LONG_AGO, expires_at=LONG_AGO + days, **told)
    if is_refused:
        with pytest.raises(IntegrityError, match="hosting_backup_twelve_months"), transaction.atomic():
            row.save(force_insert=True)
    else:
        row.save(force_insert=True)


@pytest.mark.promise("P089")
def test_two_replicas_in_one_place_are_one(boss):
    backup = cast.make_backup(make_database(boss.company, at=LONG_AGO, label="Listed"), at=LONG_AGO)
    with pytest.raises(IntegrityError, match="hosting_replica_once"), transaction.atomic():
        backup.replicas.create(place="be-1", zone="BE", expires_at=backup.expires_at)


@pytest.mark.promise("P083")
@pytest.mark.promise("P090")
@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_after_twelve_months_it_is_gone_from_every_place(database, boss):
    regions.replicate(database_id=database.pk, region="FR", actor=cast.actor(boss), at=LONG_AGO)
    backup = backed_up(database)
    where = [places.get(replica.place) for replica in backup.replicas.all()]

    assert keep_periods(at=OVER - timedelta(seconds=1))["hosting.backups.replicas"] == 0
    assert all(places.has(backup.name, place) for place in where)

    gone = keep_periods(at=OVER)

    assert (gone["hosting.backups.replicas"], gone["hosting.backups.records"]) == (4, 1)
    assert not any(places.has(backup.name, place) for place in where)
    assert Event.objects.filter(action="backup.destroyed", about=backup.about).count() == 1
    assert not Backup.objects.exists()


@pytest.mark.promise("P083")
def test_a_replica_that_would_not_go_keeps_its_record_is_told_to_staff_and_goes_later(database, broken):
    helpdesk = make_staff(UserRole.HELPDESK)
    backup = backed_up(database)
    broken["be-2 destroy"] = PermissionError(13, "Permission denied")

    gone = keep_periods(at=OVER)

    assert (gone["hosting.backups.replicas"], gone["hosting.backups.records"]) == (1, 0)
    left = Replica.objects.get()
    assert (left.place, left.error, left.failed_at) == ("be-2", "no-rights", OVER)
    later = OVER + timedelta(hours=4)
    assert alarming.trouble(at=later).overdue == 1
    alarming.sound(at=later)
    alarming.sound(at=later)
    assert Letter.objects.filter(event="backups_alarm", recipient=helpdesk.email).count() == 1
    broken.clear()
    assert keep_periods(at=later)["hosting.backups.replicas"] == 1
    assert not places.has(backup.name, places.get("be-2"))


@pytest.mark.promise("P083")
def test_backups_of_a_destroyed_database_end_by_their_own_date(database, boss):
    backup = backed_up(database)
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=LONG_AGO)
    cast.run(database, at=LONG_AGO)

    keep_periods(at=LONG_AGO + timedelta(days=22))

    assert cast.fresh(database).state == State.DESTROYED
    assert places.has(backup.name, places.get("be-1"))
    letter = Letter.objects.get(event="database_destroyed")
    assert f"{timezone.localdate(OVER):%-d %B %Y}" in json.dumps(letter.body).replace("\\u00a0", " ")
    keep_periods(at=OVER)
    assert not places.has(backup.name, places.get("be-1"))


@pytest.mark.promise("P089")
def test_a_place_that_is_full_gets_its_replica_later(database, broken):
    broken["be-2 _save"] = FULL

    backup = backed_up(database)

    missing = backup.replicas.get(stored_at=None)
    assert (missing.place, missing.error) == ("be-2", "full")
    step = database.steps.get(verb=Verb.REPLICATE)
    assert (step.status, step.error) == (StepStatus.WAITING, "full")
    later = LONG_AGO + timedelta(hours=4)
    assert (alarming.trouble(at=later).few, alarming.trouble(at=later).stuck) == (1, 1)
    broken.clear()
    cast.run(database, at=later)
    assert not alarming.trouble(at=later)
    assert backup.replicas.filter(stored_at=later, error="").count() == 1
    assert contents(dumped(backup, "be-2")).count("Person 500")


def test_a_replica_is_copied_from_a_place_that_still_has_what_was_written(database, broken, settings):
    broken["be-2 _save"] = FULL
    backup = backed_up(database)
    broken.clear()
    file = ArchiveStorage(location=places.get("be-1").storage.location).location / backup.name / "archive.age"
    file.chmod(0o600)
    file.write_bytes(b"something else")

    cast.run(database, at=LONG_AGO + timedelta(hours=1))

    assert backup.replicas.get(place="be-2").stored_at is None
    assert not places.has(backup.name, places.get("be-2"))


@pytest.mark.parametrize("word", [FULL, AWAY])
def test_without_any_place_there_is_no_backup_and_it_is_tried_again(database, broken, word):
    broken |= {"be-1 _save": word, "be-2 _save": word}
    steps.open_step(database, Verb.BACKUP, at=LONG_AGO)
    cast.run(database, at=LONG_AGO)

    step = database.steps.get(verb=Verb.BACKUP)
    assert (step.status, step.attempts) == (StepStatus.WAITING, 1)
    assert step.error in {"full", "unreachable"}
    assert not Backup.objects.exists()
    assert list(sealing.folder().iterdir()) == []
    broken.clear()
    cast.run(database, at=step.next_try_at)
    assert Backup.objects.get().replicas.filter(stored_at__isnull=False).count() == 2


def test_a_dump_that_breaks_off_leaves_no_archive(database, monkeypatch):
    def half(target, *, name, version, is_packed) -> object:
        yield b"PGDMP half of it"
        raise tools.ServerRefused("refused")

    monkeypatch.setattr(tools, "dump", half)
    steps.open_step(database, Verb.BACKUP, at=LONG_AGO)
    cast.run(database, at=LONG_AGO)

    assert database.steps.get(verb=Verb.BACKUP).error == "refused"
    assert not Backup.objects.exists()
    assert not places.names("hosting", places.get("be-1"))


def test_who_has_no_recent_backup_is_told_to_staff(database):
    assert alarming.trouble(at=LONG_AGO + timedelta(hours=47)).late == 0
    assert alarming.trouble(at=LONG_AGO + timedelta(hours=48)).late == 1
    backed_up(database, at=LONG_AGO + timedelta(hours=47))
    assert alarming.trouble(at=LONG_AGO + timedelta(hours=48)).late == 0


def test_an_archive_that_no_row_knows_is_written_down(database):
    """Its worker was killed before it could, or our own database was restored."""
    lost = backing.back_up(cast.fresh(database), target=Target(secret=cast.SECRET), at=LONG_AGO)

    assert backing.adopt(at=LONG_AGO) == 2
    assert backing.adopt(at=LONG_AGO) == 0

    backup = Backup.objects.get()
    assert (backup.name, backup.digest, backup.expires_at) == (lost.manifest.name, lost.manifest.digest, OVER)
    assert backup.replicas.filter(stored_at__isnull=False).count() == 2
    assert contents(dumped(backup)).count("Person 500")


def test_what_has_expired_goes_though_no_row_knows_it(database):
    lost = backing.back_up(cast.fresh(database), target=Target(secret=cast.SECRET), at=LONG_AGO)

    assert backing.sweep_expired(at=OVER - timedelta(seconds=1)) == 0
    assert backing.sweep_expired(at=OVER) == 2
    assert not places.has(lost.manifest.name, places.get("be-1"))


def test_the_hourly_round_does_all_of_it(database):
    sweeping.tend(at=LONG_AGO)
    cast.run(database, at=LONG_AGO)
    assert database.backups.count() == 1


def test_a_zone_with_one_place_is_refused(database, settings):
    settings.ARCHIVE_PLACES = {"be-1": "BE"}
    with pytest.raises(PlaceRefused, match="not-configured"):
        backing.places_for(database)


def test_nobody_backs_up_what_is_destroyed(database, boss):
    steps.open_step(database, Verb.BACKUP, at=LONG_AGO)
    CustomerDatabase.objects.filter(pk=database.pk).update(deleted_at=LONG_AGO, state=State.DEACTIVATED)
    steps.open_step(database, Verb.DESTROY, at=LONG_AGO)
    cast.run(database, at=LONG_AGO)

    assert cast.fresh(database).state == State.DESTROYED
    assert database.steps.get(verb=Verb.BACKUP).status == StepStatus.DROPPED


@pytest.mark.promise("P089")
def test_the_health_check_fails_with_one_replica(database):
    backup = cast.make_backup(database, at=timezone.now() - timedelta(hours=4))
    assert checks.check_backups(databases=["default"]) == []

    backup.replicas.filter(place="be-2").update(stored_at=None)

    assert [(error.id, error.msg[:2]) for error in checks.check_backups(databases=["default"])] == [("hosting.E002", "1 ")]
    assert checks.check_backups(databases=[]) == []
