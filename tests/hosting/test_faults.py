"""A power cut at every step of making, closing, copying and destroying: nothing is lost, nothing happens twice, and no state is a lie."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import psycopg2
import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from audit.models import Event
from datamap.archives import places
from hosting import faults, services
from hosting.enums import State, StepStatus, Verb
from hosting.models import Backup, ErasureOrder, Export, Replica, Restoration, Step
from hosting.services import backing, exporting, looking, running, steps
from letters.models import Letter
from retention.services import keep_periods
from tests.accounts.factories import make_staff
from tests.hosting import cast
from tests.power_cut import survives

LONG_AGO = timezone.now().replace(microsecond=0) - timedelta(days=400)

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "retention"]), pytest.mark.faults]


#: After every point: the worker lives.
NEVER = 1000


def trials(points: int) -> list[int]:
    """Two of the points at which a worker may be cut off, by a seed, and one trial in which it lives."""
    return [*sorted(random.Random(5).sample(range(1, points + 1), 2)), NEVER]


@pytest.fixture
def boss():
    return cast.make_administrator()


def work(what: str, value: str, *, fault: int = 0) -> bool:
    """Let a worker keep the periods of an instant, or do what is due with a database; whether it lived to the end."""

    def deed() -> None:
        faults.end_at(fault)
        if what == "keep":
            keep_periods(at=datetime.fromisoformat(value))
        else:
            running.run_database(database_id=UUID(value), clock=timezone.now)

    return survives(deed)


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


def test_backing_up_survives_a_cut_at_every_point(boss):
    """Nothing counts that is not whole; what was whole and written down by nobody is found."""
    database = cast.make(boss, at=timezone.now())
    cast.fill(database, cast.give_password(database, boss, at=timezone.now()))
    for fault in trials(5):
        at = timezone.now()
        steps.open_step(database, Verb.BACKUP, at=at)
        lived = work("run", str(database.pk), fault=fault)
        backing.adopt(at=timezone.now())
        for replica in Replica.objects.filter(stored_at__isnull=False):
            places.check(backing.manifest_of(replica.backup), places.get(replica.place))
        cast.run(database)
        assert database.backups.filter(taken_at__gte=at).exists()
        assert not Replica.objects.filter(stored_at=None).exists()
        assert lived == (fault == NEVER)


def test_restoring_a_backup_survives_a_cut_at_every_point_and_lets_nobody_in_early(boss):
    now = timezone.now()
    database = cast.make(boss, at=now)
    cast.fill(database, cast.give_password(database, boss, at=now), rows=20)
    steps.open_step(database, Verb.BACKUP, at=now)
    cast.run(database)
    backup, one, other = Backup.objects.get(), make_staff(), make_staff()
    ErasureOrder.objects.create(database=database, relation="people", row_keys=["7"], erased_at=now, expires_at=now)
    approved = {"approved_by": other.pk, "approved_at": now, "ends_at": now + timedelta(days=1)}
    for fault in trials(10):
        restoration = cast.make_restoration(backup, one, at=now, **approved)
        steps.open_step(database, Verb.RESTORE, at=now, about=restoration.pk)
        lived = work("run", str(database.pk), fault=fault)
        restoration.refresh_from_db()
        if restoration.served_at is None and cast.is_there(restoration.name):
            with pytest.raises(psycopg2.OperationalError):
                cast.connect(database=restoration.name, user=restoration.name, password="guessed")
        cast.run(database)
        restoration.refresh_from_db()
        assert (restoration.is_open(timezone.now()), restoration.rows_erased) == (True, 1)
        looking.end(restoration_id=restoration.pk, by=Restoration.EndedBy.STAFF, actor=cast.actor(one), at=timezone.now())
        cast.run(database)
        assert not cast.is_there(restoration.name)
        assert lived == (fault == NEVER)


def test_destroying_what_expired_survives_a_cut_at_every_point(boss):
    database = cast.make(boss, at=LONG_AGO)
    at = LONG_AGO + relativedelta(months=12)
    for fault in trials(2):
        backup = cast.catalogued(database, at=LONG_AGO)
        lived = work("keep", at.isoformat(), fault=fault)
        for replica in Replica.objects.all():
            assert replica.stored_at is not None
        keep_periods(at=at + timedelta(hours=1))
        assert not Backup.objects.filter(pk=backup.pk).exists()
        assert not any(places.has(backup.name, place) for place in places.of_zone("BE"))
        assert lived == (fault == NEVER)
