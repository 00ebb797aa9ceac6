"""The guard as the database keeps it, with the roles that the processes have."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, migrations
from django.utils import timezone

from audit.actor import Actor
from audit.guard import protect
from audit.models import Event
from audit.services import record
from oxyprivacy import environment

pytestmark = pytest.mark.django_db(transaction=True)

GUARDED = [
    "audit_event",
    "audit_leaf",
    "audit_seal",
    "backups_backup",
    "consent_notice",
    "consent_record",
    "datamap_policyversion",
    "hosting_backup",
    "hosting_instruction",
    "policy_promisestate",
    "subjects_suppression",
]


def connect(url: str):
    config = environment.database(url)
    return psycopg2.connect(
        host=config["HOST"],
        port=config["PORT"] or None,
        user=config["USER"],
        password=config["PASSWORD"],
        dbname=connection.settings_dict["NAME"],
    )


def run(url: str, statement: str, values: list | None = None) -> int:
    with closing(connect(url)) as opened, opened, opened.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@pytest.fixture
def here():
    return settings.ENVIRONMENT


@pytest.fixture
def event():
    return record(action="a.b", about="R-1", actor=Actor.person(), at=timezone.now())


@pytest.fixture
def expired(event):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event SELECT gen_random_uuid(), at, 'a.old', about, actor_kind, actor_id, actor_role, actor_entity,"
            " actor_country, details, now() - interval '1 second' FROM audit_event",
        )
    return Event.objects.get(action="a.old")


def test_the_app_is_no_superuser_and_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("oxyprivacy_app", False)


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("role", ["database_url", "retention_url"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET expires_at = now()", "TRUNCATE {}"])
def test_no_process_may_change_or_truncate(here, event, table, role, statement):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(getattr(here, role), statement.format(table))


@pytest.mark.parametrize("table", GUARDED)
def test_the_app_may_not_delete_and_retention_may_not_insert(here, table):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(here.database_url, f"DELETE FROM {table}")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(here.retention_url, f"INSERT INTO {table} DEFAULT VALUES")


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET about = 'R-2'", "TRUNCATE audit_event", "DELETE FROM audit_event"])
def test_the_trigger_refuses_the_owner_too(here, event, statement):
    with pytest.raises(psycopg2.errors.RaiseException, match="audit_event"):
        run(here.owner_url, statement)

    assert Event.objects.get() == event


@pytest.mark.parametrize("url", ["owner_url", "retention_url"])
def test_delete_is_refused_before_and_done_after_the_row_expires(here, event, expired, url):
    with pytest.raises(psycopg2.errors.RaiseException, match="kept until they expire"):
        run(getattr(here, url), "DELETE FROM audit_event WHERE id = %s", [str(event.pk)])

    assert run(getattr(here, url), "DELETE FROM audit_event WHERE id = %s", [str(expired.pk)]) == 1
    assert Event.objects.get() == event


def test_a_row_expires_at_its_instant_and_not_before(here, event):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_event SELECT gen_random_uuid(), at, 'a.soon', about, actor_kind, actor_id, actor_role,"
                       " actor_entity, actor_country, details, now() + interval '1 hour' FROM audit_event")  # fmt: skip
    soon = Event.objects.get(action="a.soon")

    assert soon.expires_at - timezone.now() < timedelta(hours=1)
    with pytest.raises(psycopg2.errors.RaiseException):
        run(here.retention_url, "DELETE FROM audit_event WHERE action = 'a.soon'")


def test_every_guarded_table_carries_both_triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgfoid IN ('oxyprivacy_guard'::regproc, 'subjects_suppression_guard'::regproc)"
            " AND tgenabled = 'O' GROUP BY 1 ORDER BY 1",
        )
        assert dict(cursor.fetchall()) == dict.fromkeys(GUARDED, 2)


def test_protect_takes_the_plain_name_of_a_table():
    assert isinstance(protect("consent_record"), migrations.RunSQL)
    with pytest.raises(ValueError, match="plain name"):
        protect("audit_event; DROP TABLE x")
