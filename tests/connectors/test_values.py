"""What other databases hold that no file of ours can: it is handed over as text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from connectors.sources.values import given
from datamap import registry
from rights_requests.packages.tables import plain
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.connectors.crm import NOON

if TYPE_CHECKING:
    from tests.connectors.crm import Crm


@pytest.mark.parametrize(
    ("value", "as_given"),
    [
        (Decimal("121.50"), Decimal("121.50")),
        (0.1, Decimal("0.1")),
        (Decimal("NaN"), "NaN"),
        (Decimal("Infinity"), "Infinity"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (True, True),
        (date(2026, 3, 1), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 9, 0, tzinfo=UTC).replace(tzinfo=None), datetime(2026, 3, 1, 9, 0, tzinfo=UTC)),
        ({"a": [1]}, '{"a": [1]}'),
        (memoryview(b"\x00\xff"), "00ff"),
        (timedelta(hours=2), "2:00:00"),
    ],
)
def test_each_value_is_one_that_a_file_can_hold(value: object, as_given: object) -> None:
    found = given(value, zone=UTC)
    assert (type(found), found) == (type(as_given), as_given)
    assert plain(found)


@pytest.mark.django_db
def test_a_number_that_is_none_leaves_files_that_can_be_read(crm: Crm) -> None:
    crm.invoice(crm.person("noor@customer.example"), "F-1")
    crm.run("UPDATE sales.invoice SET total = 'NaN'")
    named = [(IdentifierKind.EMAIL, "noor@customer.example")]
    noor = subjects.subject_for(identifiers=named, method=IdentityMethod.MAILBOX, at=NOON)
    (row,) = next(list(part.rows) for part in registry.get("crm").export(noor) if part.name == "invoice")
    assert "NaN" in row
    assert json.dumps([value for value in row if not isinstance(value, date)], allow_nan=False)
