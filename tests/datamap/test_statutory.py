from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from datamap import statutory
from datamap.models import StatutoryPeriod

pytestmark = pytest.mark.django_db
Start = StatutoryPeriod.Start


def period(**changes):
    values = {"country": "BE", "document": "deed", "months": 120, "starts": Start.DOCUMENT, "article": "x", "valid_from": date(2000, 1, 1)}
    return StatutoryPeriod.objects.create(**values | changes)


@pytest.mark.promise("P046")
@pytest.mark.parametrize(
    ("country", "on", "until", "article", "is_confirmed"),
    [
        ("BE", date(2026, 1, 1), date(2036, 12, 31), "Art. 60", False),
        ("BE", date(2026, 12, 31), date(2036, 12, 31), "Art. 60", False),
        ("FR", date(2026, 1, 1), date(2036, 12, 31), "L123-22", True),
        ("FR", date(2025, 6, 30), date(2035, 12, 31), "L123-22", True),
    ],
)
def test_invoices_are_kept_as_the_seeded_laws_say(country, on, until, article, is_confirmed):
    last, law = statutory.keep_until(country=country, document="invoice", on=on)

    assert (last, law.is_confirmed) == (until, is_confirmed)
    assert article in law.article


@pytest.mark.parametrize(
    ("starts", "on", "months", "until"),
    [
        (Start.DOCUMENT, date(2026, 1, 31), 1, date(2026, 2, 28)),
        (Start.DOCUMENT, date(2024, 2, 29), 120, date(2034, 2, 28)),
        (Start.NEXT_YEAR, date(2026, 5, 1), 84, date(2033, 12, 31)),
        (Start.FINANCIAL_YEAR_END, date(2026, 5, 1), 6, date(2027, 6, 30)),
    ],
)
def test_each_start_counts_in_its_own_way(starts, on, months, until):
    assert statutory.last_day(StatutoryPeriod(starts=starts, months=months), on) == until


def test_the_longest_of_several_laws_counts():
    period(months=84)
    long = period(months=120, valid_from=date(2001, 1, 1))

    assert statutory.keep_until(country="BE", document="deed", on=date(2026, 3, 1)) == (date(2036, 3, 1), long)


def test_the_law_in_force_on_the_day_of_the_document_counts():
    old = period(months=84, valid_until=date(2022, 11, 19))
    new = period(months=120, valid_from=date(2022, 11, 20))

    assert statutory.keep_until(country="BE", document="deed", on=date(2022, 11, 19))[1] == old
    assert statutory.keep_until(country="BE", document="deed", on=date(2022, 11, 20))[1] == new


@pytest.mark.parametrize(("country", "document"), [("NL", "invoice"), ("BE", "poem")])
def test_no_law_is_an_error_and_no_guess(country, document):
    with pytest.raises(statutory.NoStatutoryPeriod):
        statutory.keep_until(country=country, document=document, on=date(2026, 1, 1))


def test_many_documents_are_reckoned_from_one_reading():
    with CaptureQueriesContext(connection) as queries:
        periods = statutory.load()
        for day in range(1, 29):
            statutory.keep_until(country="BE", document="invoice", on=date(2026, 2, day), periods=periods)

    assert len(queries) == 1
