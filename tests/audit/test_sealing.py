"""Sealing, checking and proving; the tampering is done by a superuser, since nobody else could."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from audit import heads, proofs, sealing, signing
from audit.actor import Actor
from audit.models import Event, Leaf
from audit.services import KEEP_EVENTS, record
from audit.verification import Head, verify
from tests.audit.test_guard import connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def keys(tmp_path, monkeypatch):
    monkeypatch.setattr(signing, "folder", lambda: tmp_path / "keys")
    return tmp_path / "keys"


def happen(count: int, at, about: str = "R-1") -> list[Event]:
    return [record(action="a.b", about=about, actor=Actor.system("test"), at=at, number=number) for number in range(count)]


def findings(at: datetime, head: Head | None = None) -> list[str]:
    return [str(finding) for finding in verify(at=at, head=head)]


@pytest.fixture
def chain(at):
    """Three seals over seven events."""
    made = []
    for hour, count in enumerate((3, 1, 3)):
        happen(count, at + timedelta(hours=hour))
        made += sealing.seal_all(at=at + timedelta(hours=hour))
    return made


@pytest.fixture
def later(at):
    return at + timedelta(days=1)


def tamper(statement: str, values: object = None) -> None:
    connections.close_all()
    with closing(connect(settings.ENVIRONMENT.test_superuser_url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)


def test_seals_cover_every_event_once_and_hold(chain, later):
    assert [(seal.number, seal.count) for seal in chain] == [(1, 3), (2, 1), (3, 3)]
    assert Leaf.objects.count() == Event.objects.count() == 7
    assert sealing.seal_all(at=later) == []
    assert findings(later) == []


def test_many_events_make_several_seals(at, later, monkeypatch):
    monkeypatch.setattr(sealing, "EVENTS_PER_SEAL", 2)
    happen(5, at)

    assert [seal.count for seal in sealing.seal_all(at=at)] == [2, 2, 1]
    assert findings(later) == []


def test_an_event_that_commits_late_goes_into_the_next_seal(at, later):
    late = Event(at=at, action="a.late", about="R-1", actor_kind="SYSTEM", details={}, expires_at=at + KEEP_EVENTS)
    happen(2, at)
    sealing.seal_all(at=at)
    late.save(force_insert=True)
    (seal,) = sealing.seal_all(at=at)

    assert late.pk < Event.objects.latest("id").pk, "the key is older than those that are sealed"
    assert list(seal.leaves.values_list("event_id", flat=True)) == [late.pk]
    assert findings(later) == []


def test_one_sealer_at_a_time(at):
    happen(1, at)
    with closing(connect(settings.ENVIRONMENT.database_url)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])
        assert sealing.seal_all(at=at) == []
        other.rollback()

    assert len(sealing.seal_all(at=at)) == 1


def test_sealing_again_reads_no_old_events(chain, later):
    with CaptureQueriesContext(connection) as queries:
        sealing.seal_all(at=later)

    assert any("audit_event" in query["sql"] and '"id" >=' in query["sql"] for query in queries)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit_event SET about = 'R-2' WHERE details->>'number' = '2' AND at = (SELECT max(at) FROM audit_event)", "seal 3"),
        ("UPDATE audit_event SET details = '{\"number\": 99}' WHERE at = (SELECT min(at) FROM audit_event)", "seal 1"),
        ("UPDATE audit_event SET expires_at = expires_at - interval '5 years'", "was changed"),
        ("DELETE FROM audit_event WHERE details->>'number' = '1'", "is gone before its time"),
        ("DELETE FROM audit_leaf WHERE index = 2 AND seal_id = 3", "should have 3 leaves"),
        ("UPDATE audit_leaf SET digest = decode(repeat('00', 32), 'hex') WHERE index = 1 AND seal_id = 2", "do not give its root"),
        ("UPDATE audit_leaf SET event_expires_at = now() - interval '10 years' WHERE seal_id = 1", "do not give its root"),
        ("UPDATE audit_seal SET root = decode(repeat('00', 32), 'hex') WHERE number = 2", "has a wrong signature"),
        ("UPDATE audit_seal SET sealed_at = sealed_at + interval '1 day' WHERE number = 1", "has a wrong signature"),
        ("UPDATE audit_seal SET key_id = repeat('0', 32) WHERE number = 1", "not known here"),
        ("DELETE FROM audit_seal WHERE number = 2", "those between are missing"),
        ("DELETE FROM audit_seal WHERE number = 1", "missing and had not expired"),
        ("DELETE FROM audit_leaf; DELETE FROM audit_seal", "was never sealed"),
        ("UPDATE audit_seal SET number = number + 10 WHERE number = 3", "those between are missing"),
    ],
)
def test_tampering_is_found(chain, later, statement, expected):
    tamper(statement)

    assert any(expected in finding for finding in findings(later))


def test_a_whole_chain_written_anew_is_found_by_the_head_that_was_announced(chain, later, keys):
    head = Head(number=2, root=bytes(chain[1].root))
    assert findings(later, head=head) == []
    tamper("DELETE FROM audit_leaf; DELETE FROM audit_seal; UPDATE audit_event SET about = 'R-9'")
    sealing.seal_all(at=later)
    assert findings(later) == []

    assert findings(later, head=head) == ["seal 2, was announced and is missing"]
    happen(1, later)
    sealing.seal_all(at=later)
    assert findings(later, head=head) == ["seal 2, is not the one that was announced"]


def test_the_root_stands_for_everything_before(at):
    """The same event after another past gives another root: so the root alone is worth announcing."""
    event = Event(at=at, action="a.b", about="R-3", actor_kind="SYSTEM", details={}, expires_at=at + KEEP_EVENTS)
    roots = set()
    for about in ("R-1", "R-2"):
        happen(1, at, about)
        sealing.seal_all(at=at)
        event.save(force_insert=True)
        (seal,) = sealing.seal_all(at=at)
        roots.add(bytes(seal.root))
        empty()

    assert len(roots) == 2


def empty() -> None:
    tamper("DELETE FROM audit_leaf; DELETE FROM audit_seal; DELETE FROM audit_event")


EVENT_CHANGES = [
    "at = at + interval '1 microsecond'",
    "action = action || 'x'",
    "about = about || 'x'",
    "actor_kind = 'PERSON'",
    "actor_id = actor_id || 'x'",
    "actor_role = actor_role || 'x'",
    "actor_entity = actor_entity || 'x'",
    "actor_country = 'XX'",
    "details = details || '{\"more\": true}'",
    "expires_at = expires_at - interval '1 microsecond'",
]
LEAF_CHANGES = [
    "digest = set_byte(digest, 7, get_byte(digest, 7) # 1)",
    "event_expires_at = event_expires_at - interval '1 microsecond'",
    "event_id = gen_random_uuid()",
    "index = index + 100",
]
SEAL_CHANGES = [
    "root = set_byte(root, 0, get_byte(root, 0) # 1)",
    "previous = set_byte(previous, 31, get_byte(previous, 31) # 1)",
    "previous_expires_at = coalesce(previous_expires_at, now()) - interval '1 microsecond'",
    "count = count + 1",
    "sealed_at = sealed_at + interval '1 microsecond'",
    "key_id = repeat('f', 32)",
    "signature = set_byte(signature, 40, get_byte(signature, 40) # 1)",
    "expires_at = expires_at + interval '1 microsecond'",
]


CHANGES = [
    *(f"UPDATE audit_event SET {change} WHERE id = %(event)s" for change in EVENT_CHANGES),
    "DELETE FROM audit_event WHERE id = %(event)s",
    *(f"UPDATE audit_leaf SET {change} WHERE event_id = %(event)s" for change in LEAF_CHANGES),
    "DELETE FROM audit_leaf WHERE event_id = %(event)s",
    *(f"UPDATE audit_seal SET {change} WHERE number = %(seal)s" for change in SEAL_CHANGES),
]


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=3), place=st.integers(0, 14), change=st.sampled_from(CHANGES))
def test_any_change_of_any_row_is_found_and_named(sizes, place, change, at):
    """A property over chains of all shapes: one thing of one row changes or goes, and the check points there."""
    empty()
    for size in sizes:
        happen(size, at)
        sealing.seal_all(at=at)
    assert findings(at) == []
    leaves = list(Leaf.objects.order_by("seal", "index"))
    leaf = leaves[place % len(leaves)]

    tamper(change, {"event": str(leaf.event_id), "seal": leaf.seal_id})

    assert any(finding.seal == leaf.seal_id or finding.event == leaf.event_id for finding in verify(at=at))


def test_what_expired_may_be_gone_and_the_rest_still_holds(chain, at):
    """Each event may go when it expired, then the leaves and the oldest seals: the chain holds at every step."""
    expiry = Event.objects.earliest("at").expires_at
    tamper("DELETE FROM audit_event WHERE at = (SELECT min(at) FROM audit_event)")
    assert findings(expiry - timedelta(microseconds=1)) != []
    assert findings(expiry) == []

    end = chain[0].expires_at
    tamper("DELETE FROM audit_leaf WHERE seal_id = 1 AND index = 2")
    assert findings(end - timedelta(microseconds=1)) != []
    assert [finding for finding in findings(end) if "seal 1" in finding] == []
    tamper("DELETE FROM audit_leaf WHERE seal_id = 1")
    tamper("DELETE FROM audit_seal WHERE number = 1")
    assert findings(end - timedelta(microseconds=1))[0] == "seal 2, the seals before it are missing and had not expired"
    assert not any("missing" in finding for finding in findings(end))


def test_a_proof_shows_one_event_and_no_other(chain, at):
    event = Event.objects.filter(details__number=1).first()
    proof = json.loads(json.dumps(proofs.prove(event)))

    shown = proofs.check(proof)
    assert (shown.event["id"], shown.seal, shown.root) == (str(event.pk), 1, bytes(chain[0].root).hex())
    others = [str(other) for other in Event.objects.exclude(pk=event.pk).values_list("pk", flat=True)]
    assert not any(other in json.dumps(proof) for other in others)


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof["event"].update(about="R-2"),
        lambda proof: proof["event"].update(expires_at="2040-01-01T00:00:00+00:00"),
        lambda proof: proof.update(index=3),
        lambda proof: proof.update(path=proof["path"][:-1]),
        lambda proof: proof["seal"].update(root="00" * 32),
        lambda proof: proof["seal"].update(sealed_at="2020-01-01T00:00:00+00:00"),
        lambda proof: proof["seal"].update(key_id="0" * 32),
        lambda proof: proof.pop("seal"),
    ],
)
def test_a_changed_proof_is_refused(chain, change):
    proof = proofs.prove(Event.objects.filter(details__number=1).first())
    assert proofs.check(proof)
    change(proof)

    with pytest.raises(proofs.ProofBroken):
        proofs.check(proof)


def test_an_unsealed_event_has_no_proof_yet(at):
    (event,) = happen(1, at)

    with pytest.raises(proofs.NotSealedYet):
        proofs.prove(event)


def test_the_key_is_made_once_for_its_owner_alone(keys):
    first = signing.sign(b"x")
    private = keys / signing.PRIVATE

    assert signing.sign(b"x") == first
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert signing.public_key(first[0]) is not None
    assert list(keys.glob("*.new")) == []


def test_a_public_key_under_a_wrong_name_is_none(keys):
    name, _signature = signing.sign(b"x")
    (keys / f"{'0' * 32}.pub").write_bytes((keys / f"{name}.pub").read_bytes())

    assert signing.public_key("0" * 32) is None


def test_announce_hands_over_the_newest_seal(chain, monkeypatch):
    told = []
    monkeypatch.setattr(heads, "on_head", [told.append])

    assert heads.announce() == chain[-1]
    assert told == [chain[-1]]


def test_announce_has_nothing_to_say_before_the_first_seal(monkeypatch):
    monkeypatch.setattr(heads, "on_head", [pytest.fail])

    assert heads.announce() is None


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_command_verifies_proves_and_checks(chain, tmp_path):
    event = Event.objects.first()
    said = run("verify", "--head", f"1:{bytes(chain[0].root).hex()}")
    assert "3 seals over 7 events" in said
    assert f"3:{bytes(chain[2].root).hex()}" in said

    file = tmp_path / "proof.json"
    file.write_text(run("prove", str(event.pk)))
    assert "a.b about R-1" in run("check", str(file))


def test_command_fails_when_the_evidence_does_not_hold(chain):
    tamper("DELETE FROM audit_event WHERE id = %s", [str(Event.objects.first().pk)])

    with pytest.raises(CommandError, match="1 findings"):
        run("verify")


@pytest.mark.parametrize("arguments", [("verify", "--head", "x"), ("prove", "01990000-0000-7000-8000-000000000001"), ("check", "/nowhere")])
def test_command_refuses_what_it_cannot_read(arguments):
    with pytest.raises(CommandError):
        run(*arguments)
