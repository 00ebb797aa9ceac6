"""What stands about a person, and what was erased: the database refuses the app's own role what no service does."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import psycopg2
import pytest
from django.conf import settings
from django.db import InternalError, connection, transaction
from django.utils import timezone

from audit.actor import Actor
from subjects import services
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Restriction, Tombstone
from tests.audit.test_guard import run
from tests.subjects import lifting

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
HOUR = timedelta(hours=1)


@pytest.fixture
def nora(at):
    return services.subject_for(identifiers=[(IdentifierKind.EMAIL, "nora@firm.example")], method=IdentityMethod.MAILBOX, at=at)


@pytest.fixture
def restriction(nora, at):
    return services.restrict(subject_id=nora.pk, ground=RestrictionGround.CLAIMS, about="R-1", actor=ACTOR, at=at)


def bury(*, at) -> Tombstone:
    services.bury(source="a.b", part="c", row_keys=[uuid4()], about="R-1", at=at)
    return Tombstone.objects.get(erased_at=at)


def execute(statement: str, values: list[object]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def test_a_restriction_goes_when_it_was_lifted_and_not_before(restriction, at):
    delete = "DELETE FROM subjects_restriction WHERE id = %s"
    with pytest.raises(InternalError, match="lifted before it goes"):
        execute(delete, [restriction.pk])
    assert Restriction.objects.get() == restriction

    lifting.lift(restriction.pk, told_at=at, at=at)
    assert execute(delete, [restriction.pk]) == 1


@pytest.mark.parametrize("column", ["subject_id", "ground", "about", "since"])
def test_a_restriction_stays_about_whom_and_for_what_it_was_made(restriction, at, column):
    other = services.subject_for(identifiers=[(IdentifierKind.EMAIL, "jan@firm.example")], method=IdentityMethod.MAILBOX, at=at)
    new = {"subject_id": other.pk, "ground": RestrictionGround.ACCURACY, "about": "R-2", "since": at + HOUR}[column]

    with pytest.raises(InternalError, match="never changes"):
        execute(f"UPDATE subjects_restriction SET {column} = %s WHERE id = %s", [new, restriction.pk])


def test_a_tombstone_stays_until_no_backup_has_its_rows():
    now = timezone.now()
    stands, over = bury(at=now), bury(at=now - services.KEEP_TOMBSTONES - HOUR)
    delete = "DELETE FROM subjects_tombstone WHERE id = %s"

    with pytest.raises(InternalError, match="kept until they expire"):
        execute(delete, [stands.pk])
    assert execute(delete, [over.pk]) == 1
    assert list(Tombstone.objects.all()) == [stands]


@pytest.mark.parametrize("column", ["source", "part", "row_keys", "about", "erased_at", "expires_at"])
def test_of_a_tombstone_only_the_copy_is_noted(column):
    now = timezone.now()
    stone = bury(at=now)
    new = {"row_keys": [uuid4()], "erased_at": now - HOUR, "expires_at": now - HOUR}.get(column, "other")

    with pytest.raises(InternalError, match="never changes"):
        execute(f"UPDATE subjects_tombstone SET {column} = %s WHERE id = %s", [new, stone.pk])
    assert execute("UPDATE subjects_tombstone SET escrowed_at = %s WHERE id = %s", [now, stone.pk]) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["subjects_restriction", "subjects_tombstone"])
def test_nobody_who_serves_empties_the_table_and_the_owner_is_bound_by_the_rest(restriction, table):
    bury(at=timezone.now())
    here = settings.ENVIRONMENT
    for role in (here.database_url, here.retention_url):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(role, f"TRUNCATE {table}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(here.retention_url, f"DELETE FROM {table}")
    with pytest.raises(psycopg2.errors.RaiseException, match=table):
        run(here.owner_url, f"DELETE FROM {table}")
