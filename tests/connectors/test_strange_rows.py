"""Rows as no declaration says they are: under somebody else's key, of other letters, of days that no calendar of ours has, changed meanwhile."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from connectors.outside.faults import SystemAway
from datamap import registry
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.connectors import systems
from tests.connectors.crm import NOON, ROLE
from tests.connectors.test_declarations import LOOSE
from tests.connectors.test_mysql import DECLARATION as SHOP
from tests.connectors.test_mysql import shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subjects.models import Subject
    from tests.connectors.crm import Crm
    from tests.connectors.test_mysql import Shop

__all__ = ["shop"]

pytestmark = pytest.mark.django_db

NOOR, STRANGER = "noor@customer.example", "elnoor@customer.example"


def person(email: str = NOOR) -> Subject:
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=NOON)


@pytest.mark.parametrize("email", ["nöor@customer.example", "noor@customér.example"])
@pytest.mark.parametrize("how", ["", ", exact = true"])
def test_another_letter_is_another_address_in_mysql(shop: Shop, email: str, how: str) -> None:
    shop.everything_of(NOOR)
    text = SHOP.replace('key = "shop"', 'key = "other"').replace('kind = "EMAIL" }', f'kind = "EMAIL"{how} }}')
    with systems.declared(text, file="shop.toml"):
        assert registry.get("other").count(person(email)) == {}


@pytest.fixture
def loose(crm: Crm) -> Iterator[Crm]:
    crm.run("CREATE TABLE sales.loose (id integer, email text)")
    crm.run(f"GRANT SELECT, UPDATE, DELETE ON sales.loose TO {ROLE}")
    with systems.declared(LOOSE.replace('key = "crm"', 'key = "loose"'), file="loose.toml"):
        yield crm
    crm.run("DROP TABLE sales.loose")


def test_a_strangers_row_under_the_same_key_stays(loose: Crm) -> None:
    loose.run("INSERT INTO sales.loose VALUES (1, %s), (1, %s)", NOOR, STRANGER)
    with pytest.raises(SystemAway, match=r"^no-key$"):
        registry.get("loose").erase(person(), at=NOON)
    assert sorted(loose.run("SELECT email FROM sales.loose")) == [(STRANGER,), (NOOR,)]


def test_a_row_without_a_key_is_not_told_as_gone(loose: Crm) -> None:
    loose.run("INSERT INTO sales.loose VALUES (NULL, %s)", NOOR)
    with pytest.raises(SystemAway, match=r"^no-key$"):
        registry.get("loose").erase(person(), at=NOON)
    assert loose.run("SELECT email FROM sales.loose") == [(NOOR,)]


def test_what_is_kept_since_it_was_prepared_is_not_told_as_gone(crm: Crm) -> None:
    noor, row = person(), crm.person(NOOR)
    source = registry.get("crm")
    source.prepare_erasure(noor, at=NOON)
    crm.invoice(row, "F-1")
    outcome = source.erase(noor, at=NOON)
    assert crm.rows()["person"] == 1
    assert ([kept.rows for kept in outcome.kept if kept.part == "person"], outcome.erased.get("person", [])) == ([1], [])


def test_what_is_somebody_elses_since_it_was_prepared_is_not_told_as_gone(crm: Crm) -> None:
    noor = person()
    crm.interaction(crm.person(NOOR))
    stranger = crm.person(STRANGER)
    source = registry.get("crm")
    source.prepare_erasure(noor, at=NOON)
    crm.run("UPDATE sales.interaction SET person_id = %s", stranger)
    outcome = source.erase(noor, at=NOON)
    assert crm.rows()["interaction"] == 1
    assert "interaction" not in outcome.erased


@pytest.mark.parametrize("day", ["9999-12-31", "infinity"])
def test_a_day_at_the_end_of_time_keeps_its_row(crm: Crm, day: str) -> None:
    crm.invoice(crm.person(NOOR), "F-1", on=date(2026, 3, 1))
    crm.run("UPDATE sales.invoice SET issued_on = %s", day)
    assert {kept.part for kept in registry.get("crm").preview(person(), at=NOON).kept} == {"person", "invoice", "invoice_line"}


def test_a_day_that_is_none_keeps_its_row_in_mysql(shop: Shop) -> None:
    client = shop.everything_of(NOOR)
    shop.run("SET SESSION sql_mode = ''")
    shop.run("UPDATE buy SET bought_on = '0000-00-00' WHERE client_id = %s", client)
    assert {kept.part for kept in registry.get("shop").preview(person(), at=NOON).kept} == {"client", "buy"}


@pytest.mark.parametrize("day", ["12000-01-01", "0044-03-15 BC"])
def test_a_day_that_python_does_not_have_is_handed_over(crm: Crm, day: str) -> None:
    crm.invoice(crm.person(NOOR), "F-1")
    crm.run("UPDATE sales.invoice SET issued_on = %s::date", day)
    parts = {part.name: list(part.rows) for part in registry.get("crm").export(person())}
    assert len(parts["invoice"]) == 1
