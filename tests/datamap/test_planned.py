from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection

from datamap import planned


def plans() -> list[tuple[str, int]]:
    """Of this connection: by name, how often each was used."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, generic_plans + custom_plans FROM pg_prepared_statements ORDER BY name")
        return cursor.fetchall()


@pytest.fixture(autouse=True)
def _fresh(transactional_db) -> Iterator[None]:
    connection.close()
    yield
    connection.close()


def test_a_statement_is_planned_once_for_all_who_ask():
    assert [planned.one_row("SELECT %s::int + 1", [number]) for number in (1, 2, 3)] == [(2,), (3,), (4,)]

    assert plans() == [("planned_0", 3)]


def test_another_connection_plans_anew():
    planned.one_row("SELECT %s::int + 1", [1])
    connection.close()

    assert plans() == []
    assert planned.one_row("SELECT %s::int + 2", [1]) == (3,)
    assert planned.one_row("SELECT %s::int + 1", [1]) == (2,)


def test_a_plan_outlives_the_transaction_that_made_it():
    connection.set_autocommit(False)
    planned.one_row("SELECT %s::int + 1", [1])
    connection.rollback()
    connection.set_autocommit(True)

    assert planned.one_row("SELECT %s::int + 1", [2]) == (3,)


def test_only_places_are_filled_in():
    assert planned.one_row("SELECT 'a%%s' || %s::text || '%%', %s::int", ["%s$1", 2]) == ("a%s%s$1%", 2)
    assert planned.one_row("SELECT '5 %%'", []) == ("5 %",)


def test_no_more_plans_are_kept_than_a_connection_may_have():
    answers = [planned.one_row(f"SELECT %s::int + {number}", [1]) for number in range(planned.MOST + 2)]

    assert answers == [(number + 1,) for number in range(planned.MOST + 2)]
    assert len(plans()) == planned.MOST


def test_what_the_database_does_not_understand_is_an_error_of_django():
    with pytest.raises(ProgrammingError):
        planned.one_row("SELECT %s FROM nowhere", [1])
