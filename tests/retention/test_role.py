"""What the retention role may do, asked of the server: read and delete evidence that has expired, and nothing else."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.actor import Actor
from audit.services import record
from oxyprivacy import environment
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_contact
from tests.audit.test_guard import GUARDED, connect, run
from tests.rights_requests.desk_cast import make_case

pytestmark = pytest.mark.django_db(transaction=True)

ROLE = "oxyprivacy_retention"
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
DENIED = psycopg2.errors.InsufficientPrivilege


def rows_of(statement: str, values: list[object]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def tables_with(privilege: str) -> list[str]:
    """Tables on which the role holds it as a whole, or on a single column."""
    column = " OR has_any_column_privilege(%s, c.oid, %s)" if privilege in {"SELECT", "INSERT", "UPDATE", "REFERENCES"} else ""
    found = rows_of(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')"
        f" AND (has_table_privilege(%s, c.oid, %s){column}) ORDER BY c.relname",
        [ROLE, privilege] * (2 if column else 1),
    )
    return [name for (name,) in found]


@pytest.mark.parametrize("privilege", PRIVILEGES)
def test_the_role_reads_and_deletes_where_the_guard_stands_and_nowhere_else(privilege):
    # Whether the database is in service it may ask as well.
    wanted = {"SELECT": sorted([*GUARDED, "subjects_home"]), "DELETE": GUARDED}
    assert tables_with(privilege) == wanted.get(privilege, [])


def test_no_sequence_is_the_roles():
    assert not rows_of(
        "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
        " AND (has_sequence_privilege(%s, oid, 'USAGE') OR has_sequence_privilege(%s, oid, 'SELECT'))",
        [ROLE, ROLE],
    )


def test_the_state_of_a_case_is_not_the_roles_to_change():
    case = make_case()

    for statement in ("UPDATE {} SET status = 'ANSWERED'", "UPDATE {} SET due_on = now()", "DELETE FROM {}", "SELECT email FROM {}"):
        with pytest.raises(DENIED):
            run(settings.ENVIRONMENT.retention_url, statement.format("rights_requests_rightsrequest"))

    assert RightsRequest.objects.get().status == case.status


def test_an_event_is_not_the_roles_to_change_or_to_invent():
    record(action="a.b", about="R-1", actor=Actor.person(), at=timezone.now())

    for statement in ("UPDATE audit_event SET about = 'R-2'", "INSERT INTO audit_event SELECT * FROM audit_event"):
        with pytest.raises(DENIED):
            run(settings.ENVIRONMENT.retention_url, statement)


def test_customers_are_none_of_the_roles_business():
    make_contact()

    with pytest.raises(DENIED):
        run(settings.ENVIRONMENT.retention_url, "SELECT name FROM accounts_contact")


def test_a_table_that_comes_later_is_the_apps_and_not_the_roles():
    with closing(connect(settings.ENVIRONMENT.owner_url)) as opened, opened.cursor() as cursor:
        assert may_after_a_new_table(cursor) == (True, False)
        opened.rollback()


def test_the_script_of_the_roles_run_once_more_gives_the_role_nothing():
    script = (environment.ROOT / "deploy" / "postgres" / "database.sql").read_text(encoding="utf-8")
    with closing(connect(settings.ENVIRONMENT.test_superuser_url)) as opened, opened.cursor() as cursor:
        cursor.execute(script)
        cursor.execute("SET ROLE oxyprivacy_owner")
        assert may_after_a_new_table(cursor) == (True, False)
        opened.rollback()


def test_the_migration_takes_from_a_database_of_before_what_the_role_had_and_gives_it_back():
    migration = import_module("retention.migrations.0001_least_privilege")
    with closing(connect(settings.ENVIRONMENT.owner_url)) as opened, opened.cursor() as cursor:
        cursor.execute(migration.WIDEN)
        assert may_change_cases(cursor)
        assert may_after_a_new_table(cursor) == (True, True)
        cursor.execute("DROP TABLE of_tomorrow")

        cursor.execute(migration.NARROW)
        assert not may_change_cases(cursor)
        assert may_after_a_new_table(cursor) == (True, False)
        opened.rollback()


def may_change_cases(cursor) -> bool:
    cursor.execute("SELECT has_table_privilege(%s, 'rights_requests_rightsrequest', 'UPDATE')", [ROLE])
    return bool(cursor.fetchone()[0])


def may_after_a_new_table(cursor) -> tuple[bool, ...]:
    """Whether the app, and whether the role, may read a table that its owner makes now."""
    cursor.execute("CREATE TABLE public.of_tomorrow (id bigint GENERATED ALWAYS AS IDENTITY)")
    cursor.execute("SELECT has_table_privilege(role, 'of_tomorrow', 'SELECT') FROM unnest(%s) AS role", [["oxyprivacy_app", ROLE]])
    return tuple(may for (may,) in cursor.fetchall())
