"""That something was refused is kept although all else is rolled back; and what is not watched, or not refused, leaves nothing."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from audit import refusals
from audit.models import Event


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(refusals, "_watched", {"audit_event": "test.refused"})


@pytest.mark.parametrize(
    ("sql", "verb", "table"),
    [
        ("DELETE FROM a_b WHERE x", "DELETE FROM", "a_b"),
        ('  update ONLY "a_b" SET x = 1', "update", "a_b"),
        ("TRUNCATE TABLE public.a_b", "TRUNCATE TABLE", "a_b"),
        ("WITH x AS (SELECT 1) DELETE FROM a_b", "DELETE FROM", "a_b"),
        ("DROP TABLE IF EXISTS a_b", "DROP TABLE", "a_b"),
        ("ALTER TABLE a_b DISABLE TRIGGER ALL", "ALTER TABLE", "a_b"),
    ],
)
def test_what_a_statement_does_to_which_table(sql, verb, table):
    found = refusals.DOES.match(sql)
    assert found is not None
    assert (found["verb"], found["table"]) == (verb, table)


@pytest.mark.parametrize("sql", ["SELECT * FROM a_b FOR UPDATE", "INSERT INTO a_b VALUES (1)", "SELECT 'DELETE FROM a_b'"])
def test_what_only_reads_or_adds_is_no_attempt(sql):
    assert refusals.DOES.match(sql) is None


@pytest.mark.django_db(transaction=True)
def test_an_attempt_outlives_the_transaction_in_which_it_was_made(watched):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET action = 'x.y'")
    kept = Event.objects.get()
    assert (kept.action, kept.about, kept.details) == (
        "test.refused",
        "table:audit_event",
        {"tried": "update", "by": "database", "role": "default"},
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql", ["UPDATE audit_leaf SET index = 1", "UPDATE audit_event SET no_such_column = 1", "SELECT 1 FROM no_such_table"]
)
def test_what_is_not_watched_and_what_is_only_wrong_leaves_nothing(watched, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_cannot_write_it_down_refuses_all_the_same(watched, monkeypatch, caplog):
    def fails(**_told: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(refusals, "record", fails)
    with pytest.raises(DatabaseError, match=r"never change|permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET action = 'x.y'")
    assert "could not be written down: test.refused" in caplog.text
