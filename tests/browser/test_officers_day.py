"""One day of the privacy officer, as the README tells it: five pages with what the demo has for them, and what is done on each."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.acts import follow, go, press
from tests.browser.people import HELENE, JONAS


def day(ahead: int) -> str:
    return (timezone.localdate() + timedelta(days=ahead)).isoformat()


@pytest.mark.promise("P036", "P054")
def test_one_day_of_the_privacy_officer(watch, desk):
    page = desk.agent(HELENE).page
    hand_over_the_late_case(page, watch)
    see_the_promise_that_it_breaks(page, watch)
    look_at_a_measure_again(page)
    move_the_review_of_a_hold(page, watch)
    add_the_new_certificate(page, watch)
    begin_the_next_policy(page, watch)


def hand_over_the_late_case(page, watch):
    page.goto("/desk/")
    go(page.locator(".queue-row", has_text="overdue").first.locator(".queue-reference a"))
    expect(page.get_by_text(re.compile(r"\d days? overdue")).first).to_be_visible()
    watch.inspect(page, "desk-late")
    follow(page, "Hand over")
    page.get_by_label("Hand over to").select_option(label=JONAS.name)
    press(page, "Hand over")
    expect(page.locator(".facts").first).to_contain_text(JONAS.name)


def see_the_promise_that_it_breaks(page, watch):
    page.goto("/desk/promises/?show=needy")
    broken = page.locator(".verdict", has_text="Not kept since").filter(has_text="P036")
    expect(broken).to_contain_text("of these past their date: 1")
    go(broken.get_by_role("link"))
    watch.inspect(page, "promise-broken")


def look_at_a_measure_again(page):
    page.goto("/desk/measures/")
    stale = page.locator("main tbody tr", has_text="To be seen again")
    before = stale.count()
    assert before
    go(stale.first.get_by_role("link"))
    page.get_by_label("What did you see?").fill("The report of the yearly test.")
    page.get_by_label("Seen on").fill(day(0))
    page.get_by_label("To be seen again by").fill(day(180))
    press(page, "Record it")
    page.goto("/desk/measures/")
    expect(stale).to_have_count(before - 1)


def move_the_review_of_a_hold(page, watch):
    page.goto("/desk/visits/holds/")
    hold = page.locator("main tbody tr", has_text="INC-2026-097")
    expect(hold).to_contain_text("Today")
    go(hold.get_by_role("link", name="Review"))
    watch.inspect(page, "visits-hold-review")
    page.get_by_text("The inquiry is not finished yet", exact=True).click()
    page.get_by_label("To be reviewed on").fill(day(60))
    press(page, "The hold goes on")
    expect(hold).not_to_contain_text("Today")


def add_the_new_certificate(page, watch):
    page.goto("/desk/registers/")
    over = page.get_by_role("listitem").filter(has_text="Kinsta").filter(has_text="a paper that is over")
    go(over.get_by_role("link"))
    page.get_by_label("Kind").select_option(label="Certificate")
    page.get_by_label("Reference").fill("SOC 2 Type II")
    page.get_by_label("Valid from").fill(day(0))
    page.get_by_label("Valid until").fill(day(365))
    watch.inspect(page, "register-paper-over")
    press(page, "Add the paper")
    page.goto("/desk/registers/")
    expect(over).to_have_count(0)


def begin_the_next_policy(page, watch):
    page.goto("/desk/policy/")
    page.get_by_label("In force from").fill(day(30))
    page.get_by_label("What changes").fill("Another host for Infocenter.")
    press(page, "Begin")
    expect(page.get_by_text("Being written")).to_be_visible()
    watch.inspect(page, "policy-draft")
