"""The sales system that the demo is connected with: its people are the demo's, and no purge takes them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datamap import registry
from demo import sales
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts.factories import make_contact, make_user

if TYPE_CHECKING:
    from datetime import datetime

    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db


def test_it_holds_every_fourth_contact_and_whoever_signs_in_and_nobody_who_is_due(crm: Crm, at: datetime) -> None:
    for number in range(30):
        make_contact(f"person{number:02}@customer.example", number=f"C-{number:02}")
    user = make_user("person05@customer.example")

    with crm.made.cursor() as writing:
        assert sales._fill(writing, at=at) == 9
    source = registry.get("crm")
    assert [source.due(rule, at=at, limit=9).keys for rule in source.retention] == [(), ()]
    person = subjects.subject_for(identifiers=[(IdentifierKind.ACCOUNT, str(user.pk))], method=IdentityMethod.SIGNED_IN, at=at)
    assert source.count(person) == {"person": 1, "interaction": 1, "invoice": 1, "invoice_line": 1, "survey": 1}
    assert crm.person("new@customer.example") > 9, "the next one gets a number of its own"


def test_outside_the_demo_nothing_is_made(at: datetime) -> None:
    """The tests share the embedded server with the demo of the same folder."""
    assert sales.load(at=at) == 0
    assert "crm" not in {source.key for source in registry.all_sources()}
