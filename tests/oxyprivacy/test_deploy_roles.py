"""What our roles may do on the server: the guards bind nobody who is superuser, so nobody is."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.db.utils import ProgrammingError


@pytest.mark.django_db
def test_tests_run_as_the_app() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("oxyprivacy_app",)


@pytest.mark.django_db(databases=["default", "retention"])
def test_retention_is_a_role_of_its_own() -> None:
    with connections["retention"].cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == ("oxyprivacy_retention", connection.settings_dict["NAME"])


@pytest.mark.django_db
def test_no_role_is_superuser_and_the_web_makes_no_databases() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname LIKE 'oxyprivacy%' ORDER BY rolname",
        )
        found = cursor.fetchall()
        # A server of yours need not take customer databases.
        hosting = ("oxyprivacy_hosting", False, True, True, False, False)
        # Nor has it met the system that tests of connectors play (``tests/connectors/crm.py``).
        played = ("oxyprivacy_test_crm", False, False, False, False, False)
        assert [row for row in found if row not in (hosting, played)] == [
            ("oxyprivacy_app", False, False, False, False, False),
            ("oxyprivacy_owner", False, True, False, False, False),
            ("oxyprivacy_retention", False, False, False, False, False),
        ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (a int)",
        "TRUNCATE django_content_type",
        "ALTER TABLE django_content_type ADD COLUMN a int",
        "DROP TABLE django_content_type",
        "SET session_replication_role = replica",
        "ALTER TABLE django_content_type DISABLE TRIGGER ALL",
    ],
)
def test_app_cannot_change_the_shape_of_the_database_or_switch_a_guard_off(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        cursor.execute(statement)


@pytest.mark.django_db
def test_passwords_are_kept_as_scram_and_never_plain() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW password_encryption")
        assert cursor.fetchone() == ("scram-sha-256",)
