"""A power cut at every step of making, closing, copying and destroying: nothing is lost, nothing happens twice, and no state is a lie."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from audit.models import Event
from hosting import services
from hosting.enums import State, StepStatus
from hosting.models import Export, Step
from hosting.services import exporting
from letters.models import Letter
from retention.services import keep_periods
from tests.hosting import cast

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "retention"]), pytest.mark.faults]


@pytest.fixture
def boss():
    return cast.make_administrator()


def work(*what: str, fault: int = 0) -> bool:
    """Let a worker in a process of its own do it; whether it lived to the end."""
    given = os.environ | {"HOSTING_FAULT_AT": str(fault), "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings", "OXYPRIVACY_PROCESS": "worker"}
    command = [sys.executable, "-m", "tests.hosting.fault_worker", *what]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode == -signal.SIGKILL:
        assert "FAULT" in done.stderr
        return False
    assert done.returncode == 0, done.stderr
    return True


def is_said_truly(database):
    """Nothing is called made or destroyed that is not; what is being destroyed may be gone before it is called so."""
    row, there = cast.fresh(database), cast.is_there(database.name)
    if row.state == State.DESTROYED:
        return not there
    return row.state == State.ORDERED or there or row.is_gone(timezone.now())


def test_making_one_survives_a_cut_at_every_point(boss):
    for fault in count(1):
        database = cast.order(boss, label=f"Cut {fault}", at=timezone.now())
        lived = work("run", str(database.pk), fault=fault)
        assert is_said_truly(database)
        if lived:
            break
        cast.run(database)
        assert cast.fresh(database).state == State.ACTIVE
        assert cast.is_there(database.name)
        assert Step.objects.filter(database=database, status=StepStatus.DONE).count() == 1
        assert Event.objects.filter(action="customer_database.create", about=database.about).count() == 1
    assert fault > 5


def test_closing_and_bringing_back_survive_a_cut_at_every_point(boss):
    database = cast.make(boss, at=timezone.now())
    who = {"database": database.name, "user": database.name, "password": cast.give_password(database, boss, at=timezone.now())}
    for fault in count(1):
        services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=timezone.now())
        lived = work("run", str(database.pk), fault=fault)
        cast.run(database)
        assert cast.fresh(database).state == State.DEACTIVATED
        with pytest.raises(Exception, match=r"not currently accepting|not permitted to log in"):
            cast.connect(**who)
        services.reactivate(database_id=database.pk, actor=cast.actor(boss), at=timezone.now())
        lived = work("run", str(database.pk), fault=fault) and lived
        cast.run(database)
        assert cast.fresh(database).state == State.ACTIVE
        cast.connect(**who).close()
        if lived:
            break
    assert fault > 3


def test_copying_survives_a_cut_at_every_point(boss):
    database = cast.make(boss, at=timezone.now())
    cast.fill(database, cast.give_password(database, boss, at=timezone.now()))
    for fault in count(1):
        export = exporting.ask(database_id=database.pk, actor=cast.actor(boss), at=timezone.now())
        lived = work("run", str(database.pk), fault=fault)
        cast.run(database)
        export.refresh_from_db()
        assert export.ready_at is not None
        assert (exporting.folder() / export.file_name).exists()
        assert b"PGDMP" in b"".join(exporting.stream(export))[:5]
        if lived:
            break
    assert fault > 2
    assert Export.objects.filter(ready_at=None).count() == 0


def test_destroying_by_the_rule_survives_a_cut_at_every_point(boss):
    at = timezone.now()
    for fault in count(1):
        database = cast.make(boss, label=f"Cut {fault}", at=at)
        past = at - timedelta(days=22)
        services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=past)
        cast.run(database, at=at)
        lived = work("keep", at.isoformat(), fault=fault)
        assert is_said_truly(database)
        keep_periods(at=at)
        assert cast.fresh(database).state == State.DESTROYED
        assert not cast.is_there(database.name)
        assert cast.roles(database.name) == 0
        assert Event.objects.filter(action="customer_database.destroy", about=database.about).count() == 1
        assert Letter.objects.filter(event="database_destroyed", about=database.about).count() == 1
        if lived:
            break
    assert fault > 3
