"""What is recorded about a database outlives it, each record for its own period; the database's own record goes last."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta

from datamap import registry
from hosting.models import AccessGrant, CustomerDatabase, Deletion
from tests.accounts.factories import make_company, make_staff
from tests.hosting import cast
from tests.hosting.cast import NOON
from tests.hosting.source_casts import make_destroyed

pytestmark = pytest.mark.django_db

LONG_AFTER = NOON + relativedelta(years=10)


@pytest.fixture
def destroyed() -> CustomerDatabase:
    return make_destroyed(make_company(), at=NOON)


def purge(key: str, code: str, *, at: datetime) -> int:
    source = registry.get(key)
    rule = next(rule for rule in source.retention if rule.code == code)
    return source.destroy(source.due(rule, at=at, limit=100), at=at)


def test_the_record_of_a_database_takes_no_record_of_an_access_along(destroyed):
    late = LONG_AFTER - timedelta(days=1)
    grant = cast.make_grant(destroyed, make_staff(), at=late, ended_at=late)

    assert purge("hosting.databases", "hosting.databases.records", at=LONG_AFTER) == 0
    assert AccessGrant.objects.filter(pk=grant.pk).exists()

    assert purge("hosting.access", "hosting.access.grants", at=late + relativedelta(years=5)) == 1
    assert purge("hosting.databases", "hosting.databases.records", at=late + relativedelta(years=5)) == 1


def test_an_order_that_nobody_confirmed_ends_with_its_database(destroyed):
    Deletion.objects.create(database=destroyed, asked_by=uuid4(), asked_at=NOON)

    assert purge("hosting.databases", "hosting.databases.records", at=LONG_AFTER) == 0
    assert purge("hosting.access", "hosting.access.deletions", at=NOON + relativedelta(years=5) - timedelta(seconds=1)) == 0
    assert purge("hosting.access", "hosting.access.deletions", at=NOON + relativedelta(years=5)) == 1
    assert purge("hosting.databases", "hosting.databases.records", at=LONG_AFTER) == 1
