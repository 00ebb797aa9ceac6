"""What the database itself refuses about databases, accesses, orders and backups, each by the name of what refuses it: whoever takes one out
sees its line here fail.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint, UniqueConstraint
from django.utils import timezone

from accounts.enums import UserRole
from hosting.enums import Region, RegionAnswer, State, StepStatus, Verb
from hosting.models import Deletion, RegionRequest, Step
from tests.accounts.factories import make_company, make_staff
from tests.hosting import cast
from tests.hosting.source_casts import make_database

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)
ONE, OTHER = uuid4(), uuid4()
GRANTED = {"approved_by": OTHER, "approved_at": NOW, "ends_at": NOW + HOUR, "opened_at": NOW}
CONFIRMED = {"confirmed_by": OTHER, "confirmed_at": NOW, "carry_out_at": NOW + DAY}
BEGUN = {**CONFIRMED, "begun_at": NOW + DAY}
APPROVED = {"approved_by": OTHER, "approved_at": NOW, "ends_at": NOW + HOUR}
SERVED = {**APPROVED, "restored_at": NOW, "served_at": NOW, "ledger": 1}


def database(**fields):
    return make_database(fields.pop("company", None) or make_company(), at=NOW, **fields)


def step(**fields):
    return Step.objects.create(**{"database": database(), "verb": Verb.BACKUP, "next_try_at": NOW, "created_at": NOW, **fields})


def region(**fields):
    return RegionRequest.objects.create(**{"database": database(), "region": Region.FR, "asked_at": NOW, **fields})


def deletion(**fields):
    return Deletion.objects.create(**{"database": database(), "asked_by": ONE, "asked_at": NOW, **fields})


def grant(**fields):
    made = cast.make_grant(database(), make_staff(UserRole.HELPDESK), at=NOW)
    type(made).objects.filter(pk=made.pk).update(**{"staff_id": ONE, **fields})
    return made


def backup(**fields):
    return cast.make_backup(database(), at=NOW, **fields)


def restoration(**fields):
    made = cast.make_restoration(backup(), make_staff(UserRole.HELPDESK), at=NOW)
    type(made).objects.filter(pk=made.pk).update(**{"asked_by": ONE, **fields})
    return made


#: What refuses it, a row that is right, and what would make it wrong.
CHANGES = [
    ("hosting_database_destroyed_says_when", database, {}, {"state": State.DESTROYED}),
    ("hosting_database_destroyed_says_when", database, {}, {"destroyed_at": NOW}),
    ("hosting_region_answer_has_reasons", region, {}, {"status": RegionAnswer.REFUSED, "answered_at": NOW}),
    ("hosting_region_answer_has_reasons", region, {}, {"status": RegionAnswer.ACCEPTED, "answer": "Room there."}),
    ("hosting_deletion_two_eyes_or_factor", deletion, CONFIRMED, {"confirmed_by": ONE}),
    ("hosting_deletion_begins_confirmed", deletion, BEGUN, {"confirmed_by": None}),
    ("hosting_deletion_begins_confirmed", deletion, BEGUN, {"carry_out_at": None}),
    ("hosting_deletion_begins_confirmed", deletion, BEGUN, {"begun_at": NOW + DAY - SECOND}),
    ("hosting_deletion_begins_confirmed", deletion, BEGUN, {"cancelled_at": NOW}),
    ("hosting_grant_has_a_reason", grant, {}, {"reason": "CURIOUS"}),
    ("hosting_grant_approved_by_another", grant, GRANTED, {"approved_by": ONE}),
    ("hosting_grant_has_an_end", grant, GRANTED | {"opened_at": None}, {"ends_at": None}),
    ("hosting_grant_has_an_end", grant, GRANTED | {"opened_at": None}, {"ends_at": NOW}),
    ("hosting_grant_has_an_end", grant, GRANTED | {"opened_at": None}, {"ends_at": NOW + timedelta(days=365)}),
    ("hosting_grant_has_an_end", grant, GRANTED | {"opened_at": None}, {"approved_by": None}),
    ("hosting_grant_opened_while_it_stands", grant, {}, {"opened_at": NOW}),
    ("hosting_grant_opened_while_it_stands", grant, GRANTED, {"opened_at": NOW - SECOND}),
    ("hosting_grant_opened_while_it_stands", grant, GRANTED, {"opened_at": NOW + HOUR}),
    ("hosting_restoration_has_a_ground", restoration, {}, {"reference": ""}),
    ("hosting_restoration_has_a_ground", restoration, {}, {"ground": "CUSTOMER"}),
    ("hosting_restoration_has_a_ground", restoration, {}, {"ground": "CURIOUS"}),
    ("hosting_restoration_two_persons", restoration, APPROVED, {"approved_by": ONE}),
    ("hosting_restoration_two_persons", restoration, APPROVED, {"approved_by": None}),
    ("hosting_restoration_two_persons", restoration, APPROVED, {"ends_at": NOW + timedelta(days=14, seconds=1)}),
    ("hosting_restoration_two_persons", restoration, {}, {"restored_at": NOW}),
    ("hosting_restoration_serves_caught_up", restoration, SERVED, {"ledger": None}),
    ("hosting_restoration_serves_caught_up", restoration, SERVED, {"restored_at": NOW + SECOND}),
]
#: Two that may not be there at once, and what makes the second one right.
TWICE = [
    ("hosting_database_label_once", database, {"label": "A"}, {"label": "B"}),
    ("hosting_database_label_once", database, {"label": "A"}, {"state": State.DESTROYED, "destroyed_at": NOW}),
    ("hosting_step_once", step, {}, {"verb": Verb.EXPORT}),
    ("hosting_step_once", step, {}, {"about": OTHER}),
    ("hosting_step_once", step, {}, {"status": StepStatus.DONE}),
    ("hosting_region_open_once", region, {}, {"status": RegionAnswer.REFUSED, "answer": "No.", "answered_at": NOW}),
    ("hosting_deletion_open_once", deletion, {}, {"cancelled_at": NOW}),
    ("hosting_deletion_open_once", deletion, {}, BEGUN),
]


@pytest.mark.parametrize(("name", "make", "right", "wrong"), CHANGES)
def test_what_is_wrong_is_refused_by_name(name, make, right, wrong):
    row = make(**right)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**wrong)


@pytest.mark.parametrize(("name", "make", "same", "other"), TWICE)
def test_what_may_be_there_once_is_refused_twice(name, make, same, other):
    first = make(**same)
    same = same | ({"company": first.company} if make is database else {"database": first.database})
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make(**same)
    assert make(**same | other).pk != first.pk


@pytest.mark.parametrize("expires_at", [NOW, NOW + relativedelta(months=12) + DAY])
def test_a_backup_that_never_ends_or_ends_too_late_is_refused(expires_at):
    made = backup()
    told = {field.name: getattr(made, field.name) for field in type(made)._meta.concrete_fields}
    with pytest.raises(IntegrityError, match="hosting_backup_twelve_months"), transaction.atomic():
        type(made).objects.create(**told | {"id": uuid4(), "name": "another", "expires_at": expires_at})


def test_a_place_has_a_backup_once():
    replica = backup().replicas.first()
    replica.pk = uuid4()
    with pytest.raises(IntegrityError, match="hosting_replica_once"), transaction.atomic():
        replica.save(force_insert=True)


def test_no_constraint_is_without_a_line_here():
    named = {constraint.name for model in apps.get_app_config("hosting").get_models() for constraint in model._meta.constraints}
    assert {type(one) for model in apps.get_app_config("hosting").get_models() for one in model._meta.constraints} <= {
        CheckConstraint,
        UniqueConstraint,
    }
    assert named == {name for name, *_rest in [*CHANGES, *TWICE]} | {"hosting_backup_twelve_months", "hosting_replica_once"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE NOT tgisinternal"
            " AND (tgrelid::regclass::text LIKE 'hosting%%' OR tgrelid::regclass::text LIKE 'backups%%') GROUP BY 1 ORDER BY 1"
        )
        # Each is tried in ``tests/audit/test_guard.py``.
        assert cursor.fetchall() == [("backups_backup", 2), ("hosting_backup", 2), ("hosting_instruction", 2)]
