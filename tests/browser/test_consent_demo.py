"""The banner on the demo's website, against the server itself; and our own page about cookies, without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.acts import until


def test_a_newcomer_tries_the_banner_and_reads_the_receipt(open_page, watch):
    page = open_page()
    page.goto("/website/")
    bar = page.locator("section.bar")
    bar.wait_for()
    watch.inspect(page, "website")
    assert page.locator("[data-tag]:visible").count() == 0
    with page.expect_response("**/api/v1/consents") as answered:
        page.get_by_role("button", name="Accept all").click()
    assert answered.value.status == 201
    receipt = answered.value.request.post_data_json["receipt"]
    expect(page.locator("[data-tag]:visible")).to_have_count(4)
    page.frame_locator("iframe").get_by_role("heading", name="A calendar").wait_for()
    page.get_by_role("button", name="Cookie choices").click()
    page.get_by_role("link", name="Receipt of your choice").click()
    expect(page).to_have_url(re.compile("/consent/receipts/"))
    expect(page.locator("main")).to_contain_text("oxygis.be")
    watch.inspect(page, "receipt")
    assert page.url.endswith(f"/consent/receipts/{receipt}/"), "the number of the browser is not in the address that may be copied"
    expect(page.get_by_role("heading", name="Keep it with your account")).to_be_visible()
    page.goto("/website/")
    # The page begins anew while the answer is on its way, and may not hear it: what counts is what is kept.
    with page.expect_request(lambda found: '"withdrawal"' in (found.post_data or "")) as sent:
        page.get_by_role("button", name="Withdraw everything").click()
    expect(page.locator("iframe")).to_be_hidden()
    expect(page.locator("[data-tag]:visible")).to_have_count(0)
    withdrawn = f"/consent/receipts/{sent.value.post_data_json['receipt']}/"
    until(page, lambda: page.request.get(withdrawn).ok)
    page.goto(withdrawn)
    expect(page.locator("main")).to_contain_text("Withdrawn")
    assert {cookie["name"] for cookie in page.context.cookies()} <= {"oxyconsent", "session"}


def test_the_page_about_cookies_works_without_scripts(open_page, watch):
    page = open_page(java_script_enabled=False)
    page.goto("/")
    assert page.context.cookies() == []
    page.get_by_role("link", name="Cookies", exact=True).click()
    page.get_by_role("radio", name="Allow").check()
    page.get_by_role("button", name="Save my choices").click()
    expect(page).to_have_url(re.compile("/consent/receipts/"))
    expect(page.locator("main")).to_contain_text("Preferences")
    page.goto("/cookies/")
    expect(page.get_by_role("radio", name="Allow")).to_be_checked()
