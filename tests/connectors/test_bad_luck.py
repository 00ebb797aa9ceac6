"""What other people's databases do between two steps of ours: whatever it is, nothing of a stranger goes, and nothing is told that is not so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from audit.actor import Actor
from connectors.models import Prepared
from connectors.outside import sessions
from connectors.outside.faults import SystemAway
from connectors.services import stopping
from connectors.sources.sql import SqlSource
from subjects.suppressing import suppress
from tests.connectors.crm import NOON, NOOR, ROLE

if TYPE_CHECKING:
    from subjects.models import Subject
    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db

STRANGER = "elnoor@customer.example"


def test_a_row_that_is_somebody_elses_by_now_stays(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    stranger = crm.everything_of(STRANGER)
    source.prepare_erasure(noor, at=NOON)
    crm.run("UPDATE sales.interaction SET person_id = %s", stranger)
    source.erase(noor, at=NOON)
    assert crm.rows()["interaction"] == 2


@pytest.mark.parametrize(
    ("lost", "back"),
    [
        (
            "ALTER TABLE sales.interaction RENAME COLUMN person_id TO owner",
            "ALTER TABLE sales.interaction RENAME COLUMN owner TO person_id",
        ),
        ("ALTER TABLE sales.invoice RENAME TO bill", "ALTER TABLE sales.bill RENAME TO invoice"),
        ("ALTER SCHEMA sales RENAME TO shop", "ALTER SCHEMA shop RENAME TO sales"),
    ],
)
def test_what_is_not_there_any_more_stops_the_deed_and_it_is_done_when_it_is_back(
    crm: Crm, source: SqlSource, noor: Subject, lost: str, back: str
) -> None:
    crm.everything_of(NOOR)
    before = crm.dump()
    source.prepare_erasure(noor, at=NOON)
    prepared = Prepared.objects.count()
    crm.run(lost)
    try:
        with pytest.raises(SystemAway, match=r"^missing$"):
            source.erase(noor, at=NOON)
    finally:
        crm.run(back)
    assert (crm.dump(), Prepared.objects.count()) == (before, prepared)
    assert {part: len(rows) for part, rows in source.erase(noor, at=NOON + timedelta(minutes=1)).erased.items()} == {
        "interaction": 1,
        "survey": 1,
    }


def test_without_the_right_to_delete_nothing_is_told_as_gone(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    before = crm.dump()
    crm.run(f"REVOKE DELETE ON sales.interaction FROM {ROLE}")
    try:
        with pytest.raises(SystemAway, match=r"^no-rights$"):
            source.erase(noor, at=NOON)
    finally:
        crm.run(f"GRANT DELETE ON sales.interaction TO {ROLE}")
    assert crm.dump() == before


def test_a_server_without_a_connection_left_is_full(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    crm.run(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    sessions.forget("crm")
    try:
        with pytest.raises(SystemAway, match=r"^full$"):
            source.count(noor)
        with pytest.raises(SystemAway, match=r"^resting$"):
            source.count(noor)
    finally:
        crm.run(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")
        sessions.forget("crm")
    assert source.count(noor)["person"] == 1


def test_who_said_nothing_over_there_is_told_no_too(crm: Crm) -> None:
    crm.person(NOOR)
    crm.run("ALTER TABLE sales.person ALTER COLUMN wants_offers DROP NOT NULL")
    crm.run("UPDATE sales.person SET wants_offers = NULL")
    suppress(value=NOOR, purposes={"newsletter"}, about="R-1", actor=Actor.person(), at=NOON)
    try:
        assert (stopping.carry_over(at=NOON), crm.run("SELECT wants_offers FROM sales.person")) == (1, [(False,)])
    finally:
        crm.run("ALTER TABLE sales.person ALTER COLUMN wants_offers SET NOT NULL")
