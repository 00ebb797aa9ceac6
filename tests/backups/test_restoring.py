"""A backup of six months ago, and what was erased and said since: at no moment is anybody served from what it brings back."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Contact
from audit.actor import Actor
from backups import postgres, restoring, services
from backups.models import Backup
from datamap.archives import sealing
from datamap.backups import LONGEST, last_copy_at
from datamap.erasure import delete_rows
from letters import services as letters
from letters.models import Letter
from subjects import escrow, journal, orders
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts.factories import make_contact
from tests.backups import house
from tests.letters import samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "retention"])

ACTOR = Actor.system("test")
NORA, JAN = "nora@firm.example", "jan@firm.example"


@pytest.fixture
def then():
    return timezone.now() - timedelta(days=183)


def known(email, at):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)


def wrote_to(email, at):
    told = {
        "event": "request_refused",
        "language": "en",
        "to": email,
        "name": "Nora",
        "about": "R-OLD",
        "values": samples.VALUES["request_refused"],
    }
    letter = letters.write(at=at, **told)
    Letter.objects.filter(pk=letter.pk).update(status="SENT", sent_at=at)
    return letter


@transaction.atomic
def erase(*contacts: Contact, letter=None, at, about="R-1"):
    delete_rows(Contact.objects.filter(pk__in=[c.pk for c in contacts]), source="accounts.contacts", part="contacts", at=at, about=about)
    if letter is not None:
        subjects.bury(source="letters.letters", part="letters/emptied", row_keys=[letter.pk], about=about, at=at)
        letters.empty(Letter.objects.filter(pk=letter.pk))
    escrow.copy_out(about=about, at=at)


@pytest.fixture
def story(then):
    """Taken six months ago; since then Nora was erased and came back, and Jan said what binds us."""
    nora, jan = make_contact(email=NORA), make_contact(email=JAN)
    letter = wrote_to(NORA, then)
    subject = known(JAN, then)
    backup = services.take(clock=lambda: then)
    now = timezone.now()
    erase(nora, letter=letter, at=now)
    again = make_contact(email=NORA, number="back")
    subjects.restrict(subject_id=subject.pk, ground=RestrictionGround.CLAIMS, about="R-2", actor=ACTOR, at=now)
    subjects.object_to(subject_id=subject.pk, purpose="statistics", actor=ACTOR, at=now)
    held = {"ground": HoldGround.LITIGATION, "owner_id": "officer", "review_on": now.date(), "source": "accounts.contacts"}
    subjects.hold(subject_id=subject.pk, actor=ACTOR, at=now, **held)
    subjects.suppress(value=JAN, purposes=["marketing"], about="R-2", actor=ACTOR, at=now)
    subjects.block_import(values=[NORA], at=now)
    orders.copy_out(at=now)
    name = f"{settings.DATABASES['default']['NAME']}_{then:%Y%m%d}_{backup.pk.hex[:8]}"
    return {"backup": backup, "nora": nora, "jan": jan, "again": again, "letter": letter, "name": name}


def restore(story, *more: str):
    return house.manage("restore", str(story["backup"].pk), "--without-files", *more)


class Watch:
    """Somebody who tries, all the time, as the app's role and through the web's handler, whether anything of Nora can be read."""

    def __init__(self, name, nora) -> None:
        self.name, self.nora = name, nora
        self.seen, self.refused, self.statuses = [], 0, set()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._look), threading.Thread(target=self._ask)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for role in ("app", "retention"):
                try:
                    with closing(house.connect(self.name, role=role)) as link, link.cursor() as cursor:
                        cursor.execute("SELECT count(*) FROM accounts_contact WHERE id = %s", [self.nora.pk])
                        self.seen.append(cursor.fetchone()[0])
                except psycopg2.OperationalError as error:
                    self.refused += "permission denied for database" in str(error)
                except psycopg2.Error:
                    continue
            time.sleep(0.01)

    def _ask(self) -> None:
        connection.settings_dict = {**connection.settings_dict, "NAME": self.name}
        client = Client(raise_request_exception=False)
        while not self._over.is_set():
            if self.name in house.databases():
                self.statuses.add(client.get("/").status_code)
                assert client.get("/health/").status_code == 200
            time.sleep(0.02)
        connection.close()


@pytest.mark.promise("P085")
@pytest.mark.promise("P045")
@pytest.mark.promise("P054")
def test_at_no_moment_is_anybody_erased_since_readable_from_a_restored_backup(story):
    with Watch(story["name"], story["nora"]) as watch:
        done = restore(story)
    assert done.returncode == 0, done.stdout + done.stderr

    assert watch.refused > 0
    assert set(watch.seen) <= {0}
    assert watch.statuses <= {503, 200}
    assert 503 in watch.statuses
    name = story["name"]
    assert house.rows(name, "SELECT id::text, email FROM accounts_contact ORDER BY email") == [(str(story["jan"].pk), JAN)]
    assert house.rows(name, "SELECT recipient, body FROM letters_letter WHERE id = %s", str(story["letter"].pk)) == [("", [])]
    for table in ("subjects_restriction", "subjects_objection", "subjects_legalhold", "subjects_suppression", "subjects_importblock"):
        assert house.rows(name, f"SELECT count(*) FROM {table}") == [(1,)], table
    ((backup,),) = house.rows(name, "SELECT about FROM audit_event WHERE action = 'database.replayed'")
    assert backup == f"backup:{story['backup'].pk}"
    opened = house.rows(name, "SELECT details->>'backup', details->>'ledger' FROM audit_event WHERE action = 'database.opened' ORDER BY at")
    assert opened[-1] == (str(story["backup"].pk), str(journal.newest()))
    # The one that serves was not touched.
    assert set(Contact.objects.values_list("pk", flat=True)) == {story["jan"].pk, story["again"].pk}


def is_open(name):
    try:
        house.rows(name, "SELECT 1")
    except psycopg2.OperationalError:
        return False
    return True


@pytest.mark.faults
@pytest.mark.promise("P085")
def test_a_power_cut_at_every_step_serves_nothing_and_the_next_run_finishes(story):
    def again() -> None:
        found = restoring.choose(str(story["backup"].pk))
        restoring.restore(found=found, clock=timezone.now, tell=lambda _line: None)

    for fault in count(1):
        if not house.cut_off(again, at=fault):
            break
        assert not is_open(story["name"]), fault
    assert fault > 6
    assert house.rows(story["name"], "SELECT count(*) FROM accounts_contact WHERE email = %s", NORA) == [(0,)]
    assert house.databases() == [story["name"]]


def cut_the_last_page(story):
    folder = Path(settings.ENVIRONMENT.escrow)
    max(folder.glob("*.orders"), key=lambda file: file.stem[9:]).unlink()


def roll_back(story):
    """Somebody puts back the escrow as it was: whole in itself, and too old."""
    folder = Path(settings.ENVIRONMENT.escrow)
    newest = max(folder.glob("*.orders"), key=lambda file: file.stem[9:])
    newest.unlink()
    page = journal._read(max(folder.glob("*.orders"), key=lambda file: file.stem[9:]))
    journal._set_head(page.number, page.digest, page.expires_at)


def lose_a_tombstone(story):
    next(Path(settings.ENVIRONMENT.escrow).glob("*.jsonl")).unlink()


def forge_a_tombstone(story):
    """Somebody who may write there and does not know our key names another row."""
    file = next(Path(settings.ENVIRONMENT.escrow).glob("*.jsonl"))
    head, *_keys = file.read_text().splitlines()
    told = json.loads(head) | {"id": str(story["jan"].pk), "rows": 1}
    forged = file.with_name(f"{file.name[:9]}{story['jan'].pk}.jsonl")
    forged.write_text("\n".join([json.dumps(told), json.dumps(str(story["jan"].pk)), ""]))


def empty_it(story):
    for file in Path(settings.ENVIRONMENT.escrow).iterdir():
        file.unlink()


def damage_both(story):
    for file in house.archives():
        file.chmod(0o600)
        file.write_bytes(file.read_bytes()[:-1000])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (cut_the_last_page, "missing"),
        (roll_back, "newest entries of the ledger are missing"),
        (lose_a_tombstone, "tombstone"),
        (forge_a_tombstone, "was changed, or was written by another installation"),
        (empty_it, "ledger"),
        (damage_both, "lies whole in no place"),
    ],
)
def test_what_is_not_whole_is_said_in_one_line_and_nothing_is_made(story, harm, says):
    harm(story)
    with pytest.raises(CommandError) as refused:
        call_command("restore", str(story["backup"].pk), "--without-files")

    assert str(refused.value).startswith("Nothing was restored.")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert house.databases() == []
    assert set(Contact.objects.values_list("pk", flat=True)) == {story["jan"].pk, story["again"].pk}


@pytest.mark.faults
def test_the_names_are_changed_once_and_a_cut_between_them_is_mended(story):
    main = settings.DATABASES["default"]["NAME"]
    assert restore(story).returncode == 0
    connection.close()
    with pytest.raises(CommandError, match="not restored and opened by this command"):
        call_command("restore", switch=main)
    try:
        assert house.cut_off(lambda: restoring.switch(database=story["name"]), at=1)
        assert main not in house.databases(main_too=True, via=story["name"])
        assert not house.cut_off(lambda: restoring.switch(database=story["name"]), at=0)
        assert house.rows(main, "SELECT count(*) FROM accounts_contact WHERE email = %s", NORA) == [(0,)]
        (aside,) = house.databases()
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            house.connect(aside)
    finally:
        house.put_back(main)


def test_of_two_who_restore_the_same_one_is_refused(story):
    found = restoring.choose(story["backup"].name)
    with house.connect(connection.settings_dict["NAME"]) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"backups.restore:{story['name']}"])
        with pytest.raises(restoring.NotRestored, match="Somebody else"), house.as_owner():
            restoring.restore(found=found, clock=timezone.now, tell=lambda _line: None)


def test_nobody_else_begins_until_it_has_ended(story):
    """The connection that works is closed and opened again on the way: what keeps the other out must not go with it."""
    found, main, let_in = restoring.choose(story["backup"].name), connection.settings_dict["NAME"], {}

    def knock(line: str) -> None:
        with house.connect(main) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"backups.restore:{story['name']}"])
            let_in[line] = cursor.fetchone()[0]
        other.close()

    with house.as_owner():
        restoring.restore(found=found, clock=timezone.now, tell=knock)
    knock("It has ended.")
    assert [line for line, is_in in let_in.items() if is_in] == [next(iter(let_in)), "It has ended."], "before and after it alone"
    assert {"Migrating.", "Replaying."} < set(let_in)


def test_what_was_begun_is_dropped_although_the_server_itself_is_still_at_work_there(story):
    """As its vacuum is, which the owner may not end."""
    with house.as_owner():
        restoring._make(story["name"])
        left_behind, vacuum = (house.connect(story["name"], role=role) for role in ("owner", "superuser"))
        leaves = threading.Timer(0.5, vacuum.close)
        leaves.start()
        restoring._drop(story["name"])
    leaves.join()
    left_behind.close()
    assert house.databases() == []


def test_what_is_somebody_elses_is_never_dropped(story):
    with house.as_owner():
        restoring._run("CREATE DATABASE {name} TEMPLATE template0", name=story["name"])
        found = restoring.choose(story["backup"].name)
        with pytest.raises(restoring.NotRestored, match="already"):
            restoring.restore(found=found, clock=timezone.now, tell=lambda _line: None)
    assert house.databases() == [story["name"]]


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("key", "not written under ARCHIVE_KEY"),
        ("half", "cannot be read to its end"),
        ("full", "There is no room for it"),
        ("wanted", "0 backups are called"),
    ],
)
def test_a_wrong_key_half_an_archive_and_a_full_disk_are_one_line_each(story, harm, says, monkeypatch, settings):
    wanted = str(story["backup"].pk)
    if harm == "key":
        settings.ARCHIVE_KEYS = [sealing.new_key()]
    if harm == "half":
        real = sealing.content
        monkeypatch.setattr(sealing, "content", lambda manifest, place: _half(real(manifest, place)))
    if harm == "full":
        monkeypatch.setattr(postgres.subprocess, "Popen", _full_disk(postgres.subprocess.Popen))
    if harm == "wanted":
        wanted = "0198c0de-0000-7000-8000-000000000001"
    with house.as_owner(), pytest.raises(CommandError) as refused:
        call_command("restore", wanted, "--without-files")

    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert house.databases() == []
    assert Contact.objects.filter(pk=story["again"].pk).exists()


def _half(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The file is cut off on the way: its places were read a moment ago and were whole."""
    yield next(pieces)[:20_000]
    raise sealing.Unreadable


def _full_disk(real: Callable[..., Any]) -> Callable[..., Any]:
    """pg_restore as it ends on a server without room; it still says how new it is."""

    def popen(command: Sequence[object], **options: Any) -> Any:
        if "--version" in command:
            return real(command, **options)
        return real(["/bin/sh", "-c", "head -c 1000 >/dev/null; echo 'No space left on device' >&2; exit 1"], **options)

    return popen


@pytest.mark.promise("P083")
def test_a_restored_database_says_twelve_months_until_it_has_found_the_backups_of_the_time_that_was_lost(story):
    lost = services.take(clock=timezone.now)
    assert last_copy_at(at=timezone.now()) == lost.expires_at
    assert restore(story).returncode == 0
    with restoring.on(story["name"]):
        at = timezone.now()
        assert not Backup.objects.filter(name=lost.name).exists()
        assert last_copy_at(at=at) == at + LONGEST
        newest = services.take(clock=timezone.now)
        assert Backup.objects.filter(name=lost.name).exists()
        assert last_copy_at(at=timezone.now()) == newest.expires_at
