from __future__ import annotations

import pytest
from django.utils import timezone, translation

from datamap import registry
from datamap.enums import Role
from tests.retention.house import set_period

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P002")
@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/fr", "fr"), ("/nl", "nl")])
def test_every_category_is_on_the_page_with_its_rules(client, prefix, language, django_assert_num_queries):
    client.get("/policy/data/")
    with django_assert_num_queries(12):
        page = client.get(f"{prefix}/policy/data/").content.decode()

    with translation.override(language):
        from django.utils.html import escape

        for source in registry.all_sources():
            assert escape(str(source.label)) in page
            if source.role == Role.CONTROLLER:
                for rule in source.retention:
                    assert escape(str(rule.label)) in page


@pytest.mark.promise("P002")
def test_a_shortened_period_is_shorter_on_the_page_at_once(client):
    before = client.get("/policy/data/").content.decode()
    assert "Contacts from whom we have heard nothing: 3 years" in before

    set_period(at=timezone.now(), code="accounts.contacts.quiet", months=24)

    assert "Contacts from whom we have heard nothing: 2 years" in client.get("/policy/data/").content.decode()
