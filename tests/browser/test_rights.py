"""The four other rights, each from filing to its end: one in French, one in Dutch, and an agent at the desk."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acts import Portal, follow, go, press
from tests.browser.people import AMINA, IRIS, JONAS, MANON, WANNES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.acts import Agent

PHONE = "+32 470 99 88 77"


def test_a_value_is_corrected_for_somebody_who_writes_french(open_page, watch, desk):
    portal = Portal(page=open_page(locale="fr"), watch=watch, customer=MANON, language="fr")
    reference = portal.file("Corriger quelque chose", words=f"Mon numéro est maintenant le {PHONE}.")
    portal.confirm(reference)
    watch.inspect(portal.page, "case-rectification")

    agent = desk.agent(JONAS)
    agent.open(reference)
    agent.await_link("Answer…")
    _put_on_the_list(agent)
    go(agent.page.get_by_role("link", name=re.compile("^Decide")))
    watch.inspect(agent.page, "desk-correction-decide")
    press(agent.page, "Accept")
    follow(agent.page, "Answer…")
    press(agent.page, "Answer")

    assert PHONE in portal.open_mail("Nous avons rectifié vos données", reference)
    agent.page.goto(f"/desk/requests/{reference}/sources/accounts.contacts/")
    expect(agent.page.locator("main")).to_contain_text(PHONE)
    portal.page.goto(f"/fr/cases/{reference}/")
    expect(portal.page.get_by_role("link", name="Nous avons rectifié vos données")).to_be_visible()
    watch.inspect(portal.page, "case-rectified")


def test_data_are_taken_elsewhere_by_somebody_who_writes_dutch(open_page, watch, desk, tmp_path):
    portal = Portal(page=open_page(locale="nl", accept_downloads=True), watch=watch, customer=WANNES, language="nl")
    reference = portal.file("Mijn gegevens meenemen naar een andere dienst")
    portal.confirm(reference)

    agent = desk.agent(AMINA)
    agent.open(reference)
    agent.await_link("Answer…")
    watch.inspect(agent.page, "desk-request-portability")
    follow(agent.page, "Answer…")
    press(agent.page, "Answer")

    portal.open_mail("Uw gegevens liggen klaar om mee te nemen", reference)
    portal.page.goto(f"/nl/cases/{reference}/")
    watch.inspect(portal.page, "case-portable")
    _see_what_is_taken(portal.download(tmp_path))


def test_data_are_set_aside_until_the_person_was_told_that_it_ends(open_page, watch, desk):
    portal = Portal(page=open_page(), watch=watch, customer=IRIS)
    wish = "Freeze my data while something is settled"
    reference = portal.file(wish, choice="You no longer need it, but I need it for a legal claim")
    portal.confirm(reference)

    agent = desk.agent(JONAS)
    agent.open(reference)
    agent.await_link("Set the data aside…")
    follow(agent.page, "Set the data aside…")
    watch.inspect(agent.page, "desk-restrict")
    press(agent.page, "Set it aside and write the letter")
    portal.open_mail("We have set your data aside", reference)
    agent.page.reload()
    expect(agent.page.locator("main")).to_contain_text("While one stands, the data is stored and nothing else is done with it.")
    watch.inspect(agent.page, "desk-request-restricted")

    follow(agent.page, "Announce the end…")
    watch.inspect(agent.page, "desk-end-restriction")
    agent.page.get_by_label("Why it ends").fill("The court has decided about the claim.")
    press(agent.page, "Write the letter")
    assert "The court has decided" in portal.open_mail("We are about to end the restriction of your data", reference)
    agent.await_words("Ended on")


def test_a_use_ends_after_it_was_weighed_and_marketing_at_once(open_page, watch, desk):
    portal = Portal(page=open_page(), watch=watch, customer=IRIS)
    at_once = portal.file("Stop marketing")
    watch.inspect(portal.page, "request-sent-at-once")
    portal.open_mail("We have stopped", at_once)
    wish = "Stop another use of my data"
    reference = portal.file(wish, choice="Improving the service", words="My visits tell which cases I work on.")
    portal.confirm(reference)

    agent = desk.agent(AMINA)
    agent.page.goto(f"/desk/requests/{at_once}/")
    expect(agent.page.locator("main")).to_contain_text("Answered")
    expect(agent.page.get_by_role("link", name="Refuse…")).to_have_count(0)
    agent.open(reference)
    agent.await_link("Uphold…")
    expect(agent.page.locator("main")).to_contain_text("While one stands, the data is stored and nothing else is done with it.")
    follow(agent.page, "Uphold…")
    watch.inspect(agent.page, "desk-uphold")
    go(agent.page.get_by_role("button", name="Uphold", exact=True))
    assert "Improving the service" in portal.open_mail("We have stopped what you objected to", reference)
    agent.await_words("Ended on")
    watch.inspect(agent.page, "desk-request-upheld")


def _put_on_the_list(agent: Agent) -> None:
    follow(agent.page, "Customer contacts")
    go(agent.page.get_by_role("link", name="Correct… Telephone number").first)
    agent.watch.inspect(agent.page, "desk-correction-add")
    agent.page.get_by_label("What it should be").fill("call me")
    press(agent.page, "Put it on the list")
    expect(agent.page.get_by_label("What it should be")).to_have_attribute("aria-invalid", "true")
    agent.page.get_by_label("What it should be").fill(PHONE)
    press(agent.page, "Put it on the list")
    expect(agent.page.locator("main")).to_contain_text(PHONE)


def _see_what_is_taken(package: Path) -> None:
    """What the person gave, by the published schema, and why the rest is not in it."""
    with zipfile.ZipFile(package) as opened:
        assert "schemas/portability-1.json" in opened.namelist()
        contacts = json.loads(opened.read("data/accounts.contacts.contacts.json"))
        manifest = json.loads(opened.read("manifest.json"))
    (row,) = contacts["rows"]
    assert (row["name"], row["email"]) == (WANNES.name, WANNES.email)
    assert {file["path"] for file in manifest["files"]} >= {"data/accounts.contacts.contacts.json"}
    assert manifest["left_out"]
