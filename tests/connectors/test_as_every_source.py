"""A declared database keeps what every source keeps: the same checks, over rows that lie with somebody else."""

from __future__ import annotations

import inspect
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import tables, test_erasing, test_handing_over
from tests.conformance.casting import EMAIL, STRANGER, Cast, Person
from tests.conformance.conftest import Stage
from tests.connectors.crm import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db

#: What asks for a model of ours is shown of such rows in ``tests/connectors``.
CHECKS = [
    test_handing_over.test_a_person_is_found_and_counted_part_by_part,
    test_handing_over.test_of_somebody_unknown_there_is_nothing,
    test_handing_over.test_what_is_handed_over_is_what_is_counted,
    test_handing_over.test_every_declared_field_is_handed_over_and_no_other,
    test_handing_over.test_every_declared_field_says_something,
    test_handing_over.test_values_are_plain_and_moments_have_a_zone,
    test_handing_over.test_rows_are_streamed,
    test_handing_over.test_nothing_of_the_stranger_is_handed_over,
    test_handing_over.test_files_are_those_of_the_person_and_can_be_read,
    test_handing_over.test_what_can_be_corrected_is_checked_first_written_once_and_said_twice,
    test_handing_over.test_nobody_elses_row_can_be_corrected,
    test_erasing.test_what_goes_and_what_is_kept_is_everything,
    test_erasing.test_what_is_kept_has_a_ground_an_article_and_an_end_to_come,
    test_erasing.test_the_deed_is_what_the_preview_said,
    test_erasing.test_erasing_twice_is_erasing_once,
    test_erasing.test_a_hold_keeps_everything_until_it_is_released,
    test_erasing.test_a_restriction_stops_every_use_and_no_access,
    test_erasing.test_ending_a_use_touches_nobody_else,
]


class Sales(Cast):
    """The invented sales system of the demo."""

    key = "crm"
    holds = dict.fromkeys(TABLES, 1)
    kept = dict.fromkeys(("person", "invoice", "invoice_line"), 1)
    is_emptied_as_erased = True
    corrections = {"person.full_name": "Noor Peeters"}

    def __init__(self, made: Crm) -> None:
        self.made = made

    def fill(self, person: Person, *, at: datetime) -> None:
        self.made.everything_of(person.email, on=at.date() - timedelta(days=30))


@pytest.fixture
def outside(crm: Crm, at: datetime, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """What stands over there is looked at beside what stands here."""
    ours = tables.dump

    def both() -> tables.Rows:
        return ours() + Counter((f"crm.{table}", row) for table, rows in crm.dump().items() for row in rows)

    cast = Sales(crm)
    stranger = Person.called(STRANGER, at=at)
    cast.fill(stranger, at=at)
    monkeypatch.setattr(tables, "dump", both)
    monkeypatch.setattr(test_handing_over, "column", value_of)
    rows = both()
    person = Person.called(EMAIL, at=at)
    cast.fill(person, at=at)
    return Stage(cast=cast, person=person, stranger=stranger, strangers_rows=rows)


def value_of(stage: Stage, part: str, key: str, field: str) -> str:
    return stage.source.value_of(stage.subject, part=part, row_key=key, field=field)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_declared_database_keeps_what_every_source_keeps(
    check: Callable[..., None], outside: Stage, at: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    at_hand = {"stage": outside, "at": at, "django_capture_on_commit_callbacks": django_capture_on_commit_callbacks}
    check(**{name: at_hand[name] for name in inspect.signature(check).parameters})
