from __future__ import annotations

import pytest

from rights_requests.offers import OFFERS

pytestmark = pytest.mark.django_db


@pytest.mark.promise("P035")
@pytest.mark.parametrize("prefix", ["", "/fr", "/nl"])
def test_each_right_is_explained_with_a_way_to_ask_for_it(client, prefix, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = client.get(f"{prefix}/rights/").content.decode()

    for offer in OFFERS:
        assert f'href="{prefix}/request/details/?right={offer.code}"' in page
        assert f'id="{offer.code.lower()}"' in page


def test_what_acts_at_once_says_so_and_has_no_limit(client):
    page = client.get("/rights/").content.decode()
    marketing = page[page.index('id="marketing"') : page.index('id="objection"')]

    assert "It takes effect at once." in marketing
    assert "Nobody here can refuse it." in marketing
    assert "One month at most" not in marketing
