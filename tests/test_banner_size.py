"""What a visitor is sent for the banner: all of it together, for every site and language."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import brotli
import pytest

from consent import catalog

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent
BANNER = ROOT / "static" / "consent" / "v1" / "banner.js"
CLIENT = ROOT / "consent" / "client"
LIMIT = 8 * 1024


def squeezed(content: bytes) -> int:
    return len(brotli.compress(content, quality=11))


def test_banner_centre_placeholders_styles_and_one_language_stay_within_8_kb():
    script = squeezed(BANNER.read_bytes())
    notices = {key: squeezed(served.content) for key, served in catalog.current().in_force.items()}
    assert len(notices) >= 15
    assert {key: script + size for key, size in notices.items() if script + size > LIMIT} == {}


def test_the_budget_counts_what_does_not_compress():
    assert squeezed(bytes(range(256)) * 2) < 512 < squeezed(secrets.token_bytes(600))


@pytest.mark.parametrize(
    "forbidden",
    [r"\beval\b", r"new Function", r"innerHTML", r"insertAdjacentHTML", r"document\.write", r"cssText", r"\.style\b", r"createPolicy"],
)
def test_the_script_holds_nothing_that_a_strict_policy_refuses(forbidden):
    assert not re.search(forbidden, BANNER.read_text(encoding="utf-8"))


def test_the_lock_names_no_address():
    for lock in (CLIENT / "package-lock.json", ROOT / "benchmarks" / "peers" / "package-lock.json"):
        assert '"resolved"' not in lock.read_text(encoding="utf-8"), lock
        assert '"integrity"' in lock.read_text(encoding="utf-8")
