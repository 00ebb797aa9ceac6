"""The judge of the scanner, and the command without its tools; tests/browser lets it look at pages."""

from __future__ import annotations

import sys

import pytest
from django.core.management import CommandError, call_command

from consent import scanning
from consent.models import Site
from consent.scanning import Seen

NOTICE = {
    "categories": [
        {
            "code": "session",
            "locked": True,
            "vendors": [],
            "cookies": [{"name": "session", "match": "exact", "store": "cookie"}],
        },
        {
            "code": "analytics",
            "locked": False,
            "vendors": [{"code": "google-analytics"}],
            "cookies": [{"name": "_ga", "match": "prefix", "store": "cookie"}],
        },
    ],
}
GOOGLE = "www.google-analytics.com"


@pytest.mark.promise("P065")
@pytest.mark.promise("P096")
@pytest.mark.promise("P099")
@pytest.mark.parametrize(
    ("names", "hosts", "allowed", "expected"),
    [
        ({("cookie", "session")}, {"site.example"}, (), []),
        ({("cookie", "session2")}, set(), (), ["cookie session2 is not declared"]),
        ({("local", "session")}, set(), (), ["local session is not declared"]),
        ({("database", "x")}, set(), ("analytics",), ["database x is not declared"]),
        ({("cookie", "_ga_1")}, {GOOGLE}, (), ["cookie _ga_1 is not declared", f"{GOOGLE} was asked"]),
        ({("cookie", "_ga_1")}, {GOOGLE}, ("analytics",), []),
        (set(), {f"{GOOGLE}.evil.example"}, ("analytics",), [f"{GOOGLE}.evil.example was asked"]),
        (set(), {"notgoogle-analytics.com"}, ("analytics",), ["notgoogle-analytics.com was asked"]),
    ],
)
def test_what_is_not_declared_for_what_is_allowed_is_named(names, hosts, allowed, expected):
    assert scanning.judge(Seen(frozenset(names), frozenset(hosts)), NOTICE, allowed=allowed, own={"site.example"}) == expected


def test_without_playwright_one_line_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(CommandError, match="needs Playwright"):
        call_command("scan_cookies", "http://127.0.0.1:1/")


def test_without_chromium_one_line_says_what_is_missing(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(CommandError, match="needs Chromium"):
        call_command("scan_cookies", "http://127.0.0.1:1/")


@pytest.mark.django_db
def test_where_no_site_is_ours_it_asks_whose_declaration_counts(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: name)
    Site.objects.update(is_ours=False)
    with pytest.raises(CommandError, match="say with --site"):
        call_command("scan_cookies", "http://127.0.0.1:1/")
