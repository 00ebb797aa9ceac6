"""Every other page of ours, in the states that the lives of the requests do not pass."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from demo.periods import CERTIFIED, STOPPED, WAITING
from tests.browser import watching
from tests.browser.acts import ACCESS, REFERENCE, Portal, follow, go, press
from tests.browser.people import HELENE, JONAS, NOOR, PASSWORD, PETRA, RUTH, TOM, Customer

#: Address, name, and whether something of it must be sent empty first.
PUBLIC = (
    ("/", "home"),
    ("/accessibility/", "accessibility"),
    ("/policy/", "policy"),
    ("/policy/promises/", "promises"),
    ("/policy/data/", "policy-data"),
    ("/rights/", "rights"),
    ("/processors/", "processors"),
    ("/cookies/?site=oxygis.be", "cookies"),
    ("/newsletter/", "newsletter"),
    ("/newsletter/sent/", "newsletter-sent"),
    ("/events/", "events"),
    ("/events/maps/", "event"),
    ("/partners/", "partners"),
    ("/trends/", "trends"),
    ("/security/", "security"),
    ("/api/", "developers"),
    ("/follow/", "follow"),
    ("/contact/", "contact"),
    ("/account/login/", "sign-in"),
    ("/account/signup/", "sign-up"),
    ("/account/password/reset/", "password-reset"),
    ("/mailbox/", "mailbox"),
    ("/mailbox/codes/", "mailbox-codes"),
    ("/cases/R-0000-00/", "case-locked"),
    ("/nowhere/", "not-found"),
)
EMPTY = {
    "newsletter": "Send me the link to confirm",
    "event": "Register",
    "partners": "Send",
    "security": "Send me a link to it",
    "follow": "Send me the code",
    "contact": "Send",
    "sign-in": "Sign in",
    "sign-up": "Sign up",
    "password-reset": "",
}
OWN = (
    ("/me/", "account"),
    ("/me/edit/", "account-edit"),
    ("/account/email/", "account-email"),
    ("/account/password/change/", "account-password"),
    ("/account/2fa/", "account-second-factor"),
    ("/account/logout/", "account-sign-out"),
    ("/account/choices/", "account-choices"),
    ("/request/you/", "request-person-signed-in"),
)
DESK = (
    ("/desk/", "desk-queue"),
    ("/desk/?q=nobody", "desk-queue-nothing"),
    ("/desk/?state=CLOSED&sort=-received", "desk-queue-closed"),
    ("/desk/letters/", "desk-letters"),
    ("/desk/requests/new/", "desk-record"),
)
#: For the privacy officer: figures, periods, a plan that waits for two people, a change that waits for one.
OFFICER = (
    ("/desk/choices/", "desk-choices"),
    ("/desk/registers/", "registers"),
    ("/desk/registers/processors/cloudflare/", "register"),
    ("/desk/registers/processing/", "processing"),
    ("/desk/retention/", "retention"),
    (f"/desk/retention/rules/{WAITING}/", "retention-rule"),
    (f"/desk/retention/rules/{WAITING}/period/", "retention-period"),
    ("/desk/retention/runs/", "retention-runs"),
)
#: For the privacy officer too: each room that opens by the menu, and where a name of its page that is opened next is given, by its first link.
ROOMS = (
    ("/desk/promises/", "desk-promises", "promise"),
    ("/desk/policy/", "desk-policy", ""),
    ("/desk/registers/changes/", "changes", "change"),
    ("/desk/breaches/", "breaches", "breach"),
    ("/desk/breaches/report/", "breach-report", ""),
    ("/desk/measures/", "measures", "measure"),
    ("/desk/trends/", "desk-trends", "desk-trend"),
    ("/desk/tokens/", "tokens", ""),
    ("/desk/systems/", "systems", ""),
    ("/desk/visits/", "desk-visits", ""),
    ("/desk/visits/links/", "visits-links", "visits-link"),
    ("/desk/visits/holds/", "visits-holds", ""),
)
#: Of a customer's database, after its own address.
DATABASE = (
    ("", "database"),
    ("cancel/", "database-cancel"),
    ("region/", "database-region"),
    ("zone/", "database-zone"),
    ("backups/", "backups"),
    ("backups/rows/", "backups-rows"),
)
#: Of the admin's lists, those that are looked at closely; each of them is opened.
ADMIN = ("accounts/user", "accounts/invoice", "rights_requests/rightsrequest", "letters/letter", "audit/event")


def test_public_pages(open_page, watch):
    page = open_page()
    for address, name in PUBLIC:
        page.goto(address)
        watch.inspect(page, name)
        if name in EMPTY:
            go(page.locator("main form button.button").first)
            watch.inspect(page, f"{name}-wrong")


def test_a_wrong_code_opens_nothing(open_page, watch):
    page = open_page()
    page.goto("/follow/")
    page.get_by_label("Your reference").fill("R-0000-00")
    press(page, "Send me the code")
    page.get_by_label("The six digits").fill("000000")
    press(page, "Open my request")
    expect(page).to_have_url(re.compile("/follow/code/$"))
    expect(page.get_by_label("The six digits")).to_have_attribute("aria-invalid", "true")
    watch.inspect(page, "code-wrong")


def test_an_expired_form_says_so(open_page, watch):
    page = open_page()
    page.goto("/request/")
    page.context.clear_cookies()
    page.get_by_text(ACCESS, exact=True).click()
    press(page, "Continue")
    watch.inspect(page, "form-expired")


def test_a_message_reaches_us_from_the_contact_page(open_page, watch):
    page = open_page()
    page.goto("/contact/")
    page.get_by_label("Name", exact=True).fill("Wout Maes")
    page.get_by_label("E-mail address").fill("wout.maes@nobody.example")
    page.get_by_role("textbox", name="Message").fill("Do you also draw maps of ponds?")
    go(page.locator("main form button.button"))
    expect(page).to_have_url(re.compile("/contact/sent/$"))
    watch.inspect(page, "contact-sent")


def test_the_pages_of_an_account(open_page, watch):
    page = open_page()
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill(NOOR.email)
    page.get_by_label("Password").fill("not the password")
    press(page, "Sign in")
    watch.inspect(page, "sign-in-refused")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    expect(page).to_have_url(re.compile("/me/$"))
    for address, name in OWN:
        page.goto(address)
        watch.inspect(page, name)
    page.goto("/me/edit/")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_label("Telephone number").fill("call me")
    go(page.locator("main form button.button"))
    expect(page.get_by_label("Telephone number")).to_have_value("call me")
    watch.inspect(page, "account-edit-wrong")


def test_the_pages_of_a_customers_databases(open_page, watch, desk):
    page = open_page()
    page.goto("/account/login/?next=/databases/")
    page.get_by_label("E-mail address").fill(PETRA.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    page.goto("/databases/")
    watch.inspect(page, "databases")
    follow(page, "Atelier")
    address = page.url
    for tail, name in DATABASE:
        page.goto(f"{address}{tail}")
        watch.inspect(page, name)
    page.get_by_label("Table", exact=True).fill("people")
    page.get_by_label("Keys of the rows").fill("petra.vos@atelier.example")
    press(page, "Name these rows")
    watch.inspect(page, "backups-rows-wrong")
    page = desk.agent(JONAS).page
    page.goto("/desk/databases/")
    watch.inspect(page, "desk-databases")
    page.goto(f"/desk{address[address.index('/databases/') :]}")
    watch.inspect(page, "desk-database")
    go(page.get_by_role("region", name="Ask for access").get_by_role("button", name="Ask a colleague to approve"))
    watch.inspect(page, "desk-database-wrong")


def test_staff_without_a_second_factor_set_one_up_first(open_page, watch):
    page = open_page()
    page.goto("/desk/")
    page.get_by_label("E-mail address").fill(TOM.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    page.goto("/desk/")
    expect(page).to_have_url(re.compile("/account/2fa/$"))
    watch.inspect(page, "second-factor-set-up")
    follow(page, "Set up an app")
    watch.inspect(page, "second-factor-app")
    go(page.locator("main form button.button"))
    watch.inspect(page, "second-factor-app-wrong")
    page.goto("/account/2fa/webauthn/add/")
    watch.inspect(page, "second-factor-key")


def test_the_pages_of_the_desk(open_page, watch, desk):
    portal = Portal(page=open_page(), watch=watch, customer=Customer("Ilse Wouters", "ilse.wouters@nobody.example", ""))
    reference = portal.file(ACCESS)
    portal.confirm(reference)
    page = desk.agent(JONAS).page
    for address, name in DESK:
        page.goto(address)
        watch.inspect(page, name)
    page.goto("/desk/requests/new/")
    press(page, "Record the request")
    watch.inspect(page, "desk-record-wrong")
    page.goto("/desk/letters/")
    go(page.locator("main table a").first)
    watch.inspect(page, "desk-letter")
    page.goto(f"/desk/requests/{reference}/")
    page.get_by_role("link", name="Answer…", exact=True).wait_for()
    assert watching.covered_by_the_foot(page) == []
    for action in ("assign", "withdraw", "refuse", "answer"):
        page.goto(f"/desk/requests/{reference}/{action}/")
        watch.inspect(page, f"desk-{action}")
    page.goto("/desk/letters/")
    posted = REFERENCE.search(page.locator("main tr", has_text="By post or telephone").first.inner_text())
    assert posted
    page.goto(f"/desk/requests/{posted[0]}/")
    watch.inspect(page, "desk-by-post")
    follow(page, "Identity shown…")
    watch.inspect(page, "desk-identity")
    page.goto(f"/desk/requests/{reference}/refuse/")
    press(page, "Refuse and write the letter")
    watch.inspect(page, "desk-refuse-wrong")


def test_a_refused_disclosure_is_said_and_stands_in_the_ledger(watch, desk):
    """A partner works in another country than the person: nothing leaves."""
    page = desk.agent(JONAS).page
    page.goto("/desk/events/")
    watch.inspect(page, "desk-events")
    follow(page, "Maps on Monday")
    watch.inspect(page, "desk-event")
    page.goto("/desk/interests/")
    watch.inspect(page, "desk-interests")
    go(page.locator("main table a").first)
    page.get_by_role("combobox", name="Partner").select_option(label="Cadastre NV (France)")
    press(page, "Pass on to this partner")
    watch.inspect(page, "desk-interest-refused")
    expect(page.get_by_role("combobox", name="Partner")).to_have_attribute("aria-invalid", "true")
    page.goto("/desk/disclosures/?what=refused")
    expect(page.locator("main table")).to_contain_text("A person of another country")
    watch.inspect(page, "desk-disclosures-refused")
    page.goto("/desk/disclosures/")
    watch.inspect(page, "desk-disclosures")


def test_the_pages_about_retention(watch, desk):
    page = desk.agent(HELENE).page
    for address, name in OFFICER:
        page.goto(address)
        watch.inspect(page, name)
    page.goto(f"/desk/retention/rules/{WAITING}/period/")
    press(page, "Show what it would remove")
    watch.inspect(page, "retention-period-wrong")
    page.goto(f"/desk/retention/rules/{WAITING}/")
    go(page.locator("section[aria-labelledby='changes'] th a").first)
    watch.inspect(page, "retention-change")
    page.goto(f"/desk/retention/rules/{STOPPED}/")
    go(page.locator("section[aria-labelledby='runs'] th a").first)
    expect(page.get_by_role("heading", name="This plan was stopped: nothing was deleted")).to_be_visible()
    press(page, "Ask a colleague to approve")
    watch.inspect(page, "retention-run-wrong")
    page.goto(f"/desk/retention/rules/{CERTIFIED}/")
    # The oldest: the worker may have found nothing more since.
    go(page.locator("section[aria-labelledby='runs'] th a").last)
    follow(page, "Certificate")
    expect(page.get_by_text("Checked just now: the sealed evidence says the same")).to_be_visible()
    watch.inspect(page, "retention-certificate")


def test_the_rooms_of_the_officer(watch, desk):
    page = desk.agent(HELENE).page
    for address, name, first in ROOMS:
        page.goto(address)
        watch.inspect(page, name)
        if first:
            go(page.locator(".verdicts a, main tbody th a").first)
            watch.inspect(page, first)


def test_the_pages_of_the_records(watch, desk):
    page = desk.agent(RUTH, start="/admin/").page
    page.goto("/admin/")
    watch.inspect(page, "admin-index")
    for address in ADMIN:
        page.goto(f"/admin/{address}/")
        watch.inspect(page, f"admin-{address.replace('/', '-')}")
    for address in ("mfa/authenticator", "account/emailaddress", "auth/group"):
        assert page.request.get(f"/admin/{address}/").status == 404, address
    page.goto("/admin/accounts/user/")
    go(page.locator("#result_list a").first)
    watch.inspect(page, "admin-user")


def test_every_list_and_one_row_of_each_opens_without_a_word_in_the_console(desk):
    """Errors of the console, refused styles and scripts, and other hosts fail the play: see ``Watch``."""
    page = desk.agent(RUTH, start="/admin/").page
    page.goto("/admin/")
    lists = page.locator(".app-list, #content-main").locator("th a[href$='/']").evaluate_all("links => links.map(link => link.pathname)")
    assert len(set(lists)) >= len(ADMIN)
    rows = 0
    for address in dict.fromkeys(lists):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        first = page.locator("#result_list tbody th a").first
        if first.count():
            answer = page.goto(str(first.get_attribute("href")))
            assert answer is not None
            assert answer.status == 200, page.url
            rows += 1
    assert rows >= len(ADMIN)


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_longer_words_are_cut_off_nowhere(watch, desk, language):
    page = desk.agent(HELENE).page
    for address, name, *_first in (*DESK, *OFFICER, *ROOMS):
        page.goto(f"/{language}{address}")
        watch.measure(page, f"{name}-{language}")
