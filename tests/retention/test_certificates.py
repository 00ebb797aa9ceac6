"""What a run leaves: its certificate, the keys it wrote down, and what the command says of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audit import sealing
from audit.models import Event
from audit.proofs import ProofBroken
from datamap.declaration import Lot, PurgePlan
from retention import certificates, keys, services
from retention.models import Run
from tests.retention.house import MANY, RULE, Rows, block_rule, make_blocks, planned, stopped

AT = datetime(2026, 3, 29, 1, 30, 0, 5, tzinfo=UTC)
LOT = Lot("browsing_visit_2024w24", 40, "ab" * 32, AT, AT)


@pytest.fixture
def certified(transactional_db):
    make_blocks(4)
    source, rule = block_rule()
    services.keep_rule(source=source, rule=rule, at=timezone.now())
    sealing.seal_all(at=timezone.now())
    return Run.objects.get()


def test_a_certificate_shows_what_went_and_is_checked_without_the_database(certified, tmp_path, capsys):
    call_command("retention", "certificate", str(certified.pk))
    text = capsys.readouterr().out
    found = json.loads(text)
    assert found["states"]["deleted"] == 4
    assert found["states"]["digest"] == certified.digest
    assert found["states"]["version"] == certified.fingerprint
    file = tmp_path / "certificate.json"
    file.write_text(text, encoding="utf-8")

    with connection.execute_wrapper(no_database):
        call_command("retention", "check", str(file))

    assert "4 of 4 rows" in capsys.readouterr().out


def no_database(*_of: object) -> None:
    raise AssertionError


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["states"].update(deleted=5),
        lambda found: found.update(rule="another.rule"),
        lambda found: (found["states"].update(deleted=5), found["proof"]["event"]["details"].update(deleted=5)),
        lambda found: found["proof"]["seal"].update(root="00" * 32),
        lambda found: found.pop("proof"),
    ],
)
def test_a_certificate_that_was_changed_is_found_out(certified, change):
    found = json.loads(json.dumps(certificates.certificate(certified)))
    certificates.check(found)
    change(found)
    with pytest.raises(ProofBroken):
        certificates.check(found)


def test_the_proof_of_another_event_is_no_certificate(certified):
    found = certificates.certificate(certified)
    other = certificates.proofs.prove(Event.objects.exclude(pk=certified.event_id).first())
    with pytest.raises(ProofBroken, match="states something else"):
        certificates.check(found | {"proof": other})


@pytest.mark.django_db
def test_a_run_that_was_not_applied_has_no_certificate(at):
    _source, run = stopped(at)
    with pytest.raises(CommandError, match="nothing that could be certified"):
        call_command("retention", "certificate", str(run.pk))


@pytest.mark.django_db
def test_the_command_plans_without_writing_lists_and_applies(capsys, only):
    source = Rows([1, 2])
    only(source)
    call_command("retention", "plan", "--at", "2026-03-02T09:30:00+01:00", "--json")
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["rule"], told["rows"], told["at"], told["stops"]) == (RULE.code, 2, "2026-03-02T09:30:00+01:00", None)
    assert told["digest"] == keys.digest(["int:1", "int:2"])
    assert source.rows == [1, 2]
    assert not Run.objects.exists()
    with pytest.raises(CommandError, match="offset"):
        call_command("retention", "plan", "--at", "2026-03-02T09:30:00")
    with pytest.raises(CommandError, match="No rule is called"):
        call_command("retention", "plan", "--rule", "no.such")

    run = planned(source, RULE, timezone.now())
    call_command("retention", "runs")
    assert f"{run.pk}" in capsys.readouterr().out
    call_command("retention", "apply", str(run.pk))
    assert "2 of 2 rows deleted, 0 left" in capsys.readouterr().out
    assert source.rows == []
    with pytest.raises(CommandError, match="cannot be applied now"):
        call_command("retention", "apply", str(run.pk))


@pytest.mark.django_db
def test_the_command_applies_no_stopped_plan(at, only):
    source, run = stopped(at)
    only(source)
    with pytest.raises(CommandError, match="cannot be applied now"):
        call_command("retention", "apply", str(run.pk))
    assert len(source.rows) == MANY


@pytest.mark.parametrize("key", [uuid4(), 7, "a:b", b"\x00\xff", LOT])
def test_keys_of_any_table_are_written_down_and_read_back(key):
    assert keys.read(keys.written(key)) == key


def test_a_lot_is_one_key_of_many_rows():
    written = [keys.written(key) for key in (1, LOT, 2)]
    assert [keys.is_lot(key) for key in written] == [False, True, False]
    assert PurgePlan("a", AT, (1, LOT, 2)).rows == 42


def test_a_key_of_an_unknown_kind_is_refused():
    with pytest.raises(keys.UnknownKey):
        keys.written(1.5)
