"""What `make run` need not do again, and what it must: a demo company that was not loaded to its end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from oxyprivacy.embedded import fresh
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here(tmp_path, settings):
    """The test's own database, as libpq is told of it."""
    told = settings.DATABASES["default"]
    parts = {"host": told["HOST"], "port": told["PORT"], "user": told["USER"], "password": told["PASSWORD"], "dbname": told["NAME"]}
    url = " ".join(f"{name}='{value}'" for name, value in parts.items() if value)
    return SimpleNamespace(var=tmp_path, database_url=url)


def test_a_database_without_accounts_is_new(here):
    assert fresh.is_demo_wanted(here)
    make_user("noor@customer.example")
    assert not fresh.is_demo_wanted(here)


def test_a_company_that_is_there_is_not_loaded_again(here):
    with fresh.loading_demo(here):
        make_user("noor@customer.example")

    assert not fresh.is_demo_wanted(here)


def test_a_load_that_broke_off_is_taken_up_although_the_database_is_not_new(here):
    make_user("noor@customer.example")
    with pytest.raises(KeyboardInterrupt), fresh.loading_demo(here):
        raise KeyboardInterrupt

    assert fresh.is_demo_wanted(here)
