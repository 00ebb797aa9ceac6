from __future__ import annotations

import pytest
from dateutil.relativedelta import relativedelta

from browsing import agents, countries, rules
from browsing.rules import Cell
from tests.browsing.cast import CHROME, FIREFOX, utc


@pytest.mark.promise("P016")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://search.example/find?q=noor%40customer.example&token=abc", "https://search.example/find"),
        ("https://search.example/#noor@customer.example", "https://search.example/"),
        ("HTTPS://Search.Example:8443/Find", "https://search.example:8443/Find"),
        ("https://noor:secret@search.example/a", "https://search.example/a"),
        ("https://news.example/unsubscribe/noor@customer.example", "https://news.example/unsubscribe/…"),
        ("https://news.example/unsubscribe/noor%40customer.example/now", "https://news.example/unsubscribe/…/now"),
        ("https://app.example/reset/4f9c2d7b8a1e6035/", "https://app.example/reset/…/"),
        ("https://app.example/u/6f1c9a52-7d3e-4b8f-9a10-2c5d7e8f9012", "https://app.example/u/…"),
        ("https://app.example/pay/4111111111111111", "https://app.example/pay/…"),
        ("https://app.example/how-to-write-a-privacy-policy-2024", "https://app.example/how-to-write-a-privacy-policy-2024"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("https://www.ours.example/cases/R-1/", ""),
        ("android-app://com.google.android.gm/", ""),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("https://[", ""),
        ("https://a.example:99999/", ""),
        ("-", ""),
        ("", ""),
    ],
)
def test_a_referring_page_is_origin_and_path_and_names_nobody(given, kept):
    assert rules.referrer(given, frozenset({"www.ours.example"})) == kept


def test_a_long_referring_page_fits():
    assert len(rules.referrer("https://a.example/" + "x/" * 1000)) == rules.LONGEST_REFERRER


@pytest.mark.promise("P029")
@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("198.51.100.255", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8::1", "2001:db8::/48"),
    ],
)
def test_an_address_is_truncated_to_24_and_48_bits(address, network):
    assert rules.truncated(address) == network


@pytest.mark.parametrize(
    ("given", "stored"), [("192.0.2.1", "192.0.2.1"), ("::FFFF:192.0.2.1", "192.0.2.1"), ("2001:DB8::A", "2001:db8::a")]
)
def test_an_address_is_stored_in_one_way(given, stored):
    assert rules.address(given) == stored


@pytest.mark.parametrize("given", ["", "www.customer.example", "300.0.0.1", "fe80::1%eth0", "192.0.2.1/24", "192.0.2.1, 192.0.2.2"])
def test_what_is_no_address_is_none(given):
    with pytest.raises(ValueError, match=r".*"):
        rules.address(given)


@pytest.mark.parametrize(
    ("header", "language"),
    [("nl-BE,nl;q=0.9,en;q=0.8", "nl"), ("FR", "fr"), ("de-Latn-AT;q=1", "de"), ("*", ""), ("", ""), ("<script>", "")],
)
def test_the_first_language_without_its_region(header, language):
    assert rules.language(header) == language


@pytest.mark.parametrize(
    ("names", "hosts"),
    [
        (("https://privacy.oxygis.example",), {"privacy.oxygis.example"}),
        (("127.0.0.1", "[::1]", ".oxygis.example", ""), {"127.0.0.1", "::1", "oxygis.example"}),
    ],
)
def test_hosts_of_ours_are_read_from_origins_and_allowed_hosts(names, hosts):
    assert rules.own_hosts(*names) == hosts


YEAR = relativedelta(months=12)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (utc(2025, 3, 2, 9, 30), utc(2026, 3, 2, 9, 30)),
        # 29 February has no year: its period ends on the 28th.
        (utc(2024, 2, 29, 9, 30), utc(2025, 2, 28, 9, 30)),
        # By the clock of Brussels: summer began in between, or not yet.
        (utc(2026, 3, 28, 12, 0), utc(2027, 3, 28, 11, 0)),
        (utc(2025, 3, 30, 11, 0), utc(2026, 3, 30, 11, 0)),
        (utc(2025, 10, 25, 12, 0), utc(2026, 10, 25, 13, 0)),
    ],
)
def test_a_period_ends_by_the_calendar_and_the_clock_of_brussels(at, ends):
    second = relativedelta(seconds=1)
    assert not rules.is_over(at, keep_for=YEAR, now=ends - second)
    assert rules.is_over(at, keep_for=YEAR, now=ends)
    assert rules.is_over(at, keep_for=YEAR, now=ends + second)


def fold(cells, fewest=10):
    return rules.to_fold(cells, fewest=fewest, together=lambda folded: sum(cell.networks for cell in folded))


def test_small_cells_are_folded_and_large_ones_stand():
    large, small, tiny = Cell("Firefox", 100, 40), Cell("Lynx", 30, 7), Cell("Mosaic", 9, 5)

    assert fold([large, small, tiny]) == ([large], [tiny, small])


def test_one_small_cell_takes_the_next_larger_along_or_the_total_would_give_it_away():
    large, next_larger, small = Cell("Firefox", 100, 40), Cell("Chrome", 30, 12), Cell("Mosaic", 2, 1)

    assert fold([large, next_larger, small]) == ([large], [small, next_larger])


def test_where_nothing_is_small_nothing_is_folded():
    cells = [Cell("Chrome", 30, 12), Cell("Firefox", 100, 40)]

    assert fold(cells) == (cells, [])


def test_what_nobody_can_name_is_never_a_cell_of_its_own():
    unnamed = Cell("", 500, 90)

    assert fold([unnamed, Cell("Firefox", 100, 40)]) == ([Cell("Firefox", 100, 40)], [unnamed])


@pytest.mark.parametrize(
    ("agent", "read"),
    [
        (FIREFOX, ("Firefox 128", "Linux")),
        (CHROME, ("Chrome 126", "Windows 10")),
        ("nothing known", ("", "")),
        ("", ("", "")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
            ("Mobile Safari 17", "iOS 17"),
        ),
    ],
)
def test_browser_and_platform_are_read_from_what_the_browser_says(agent, read):
    assert agents.read(agent) == read


@pytest.mark.promise("P015")
@pytest.mark.parametrize(
    ("network", "country"),
    [("81.246.0.0/24", "BE"), ("90.1.1.0/24", "FR"), ("2a02:a03f::/48", "BE"), ("192.0.2.0/24", ""), ("2001:db8::/48", "")],
)
def test_a_network_is_in_a_country_and_nothing_finer(network, country):
    assert countries.country_of(network) == country
