"""Two erasures, each from filing on: one that two colleagues carry out, one that its person stops by the link."""

from __future__ import annotations

import json
import re

from playwright.sync_api import expect

from tests.browser.acts import ERASURE, Agent, Desk, Portal, follow, press, until
from tests.browser.people import AMINA, EVA, HELENE, JONAS, LUCAS, RUTH
from tests.browser.stack import Stack


def test_an_erasure_takes_two_colleagues_tells_the_person_and_keeps_what_the_law_keeps(open_page, watch, desk, stack):
    portal = Portal(page=open_page(), watch=watch, customer=LUCAS)
    reference = portal.file(ERASURE)
    portal.confirm(reference)
    _prepare(desk.agent(JONAS), reference)
    _approve(desk.agent(AMINA), reference)
    _read_notice(portal, reference)
    _tell(desk.agent(JONAS), reference)
    _see_it_carried_out(desk.agent(AMINA), reference)
    _read_answer(portal, reference)
    _see_escrow(stack, reference)
    _see_records(desk)


def test_an_erasure_is_stopped_by_the_link_in_its_notice(open_page, watch, desk):
    portal = Portal(page=open_page(), watch=watch, customer=EVA)
    reference = portal.file(ERASURE)
    portal.confirm(reference)
    _propose(desk.agent(JONAS), reference)
    _press_approve(desk.agent(AMINA), reference)
    portal.open_mail("We will erase your data", reference)
    portal.follow_link("cancel")
    press(portal.page, "Stop the erasure")
    expect(portal.page.get_by_role("heading", level=1)).to_have_text("The erasure is stopped")
    watch.inspect(portal.page, "link-cancelled")
    portal.open_mail("has been taken back", reference)
    _see_nothing_was_erased(desk.agent(AMINA), reference)


def _prepare(agent: Agent, reference: str) -> None:
    """The list is shown before anything is asked; who prepared it is offered no approval."""
    agent.open(reference)
    agent.await_link("Prepare the erasure")
    agent.watch.inspect(agent.page, "desk-request-erasure")
    follow(agent.page, "Prepare the erasure")
    _see_plan(agent)
    agent.page.get_by_label("Ground of the erasure").select_option("OBJECTION")
    agent.watch.inspect(agent.page, "desk-propose")
    press(agent.page, "Ask for approval")
    expect(agent.page.locator("main")).to_contain_text("You prepared this, so someone else approves.")
    expect(agent.page.get_by_role("link", name="Approve the erasure")).to_have_count(0)
    agent.watch.inspect(agent.page, "desk-request-prepared")
    agent.page.goto(f"/desk/requests/{reference}/approve/")
    press(agent.page, "Approve the erasure")
    expect(agent.page.get_by_role("alert")).to_contain_text(re.compile("prepared"))
    agent.watch.inspect(agent.page, "desk-approve-refused")


def _see_plan(agent: Agent) -> None:
    row = agent.page.get_by_role("row").filter(has=agent.page.get_by_role("rowheader", name=re.compile("Invoices")))
    expect(row.get_by_role("cell").nth(0)).to_have_text("0")
    expect(row.get_by_role("cell").nth(1)).to_have_text("3")
    expect(row).to_contain_text(re.compile("Until .*2035"))


def _propose(agent: Agent, reference: str) -> None:
    agent.open(reference)
    agent.await_link("Prepare the erasure")
    follow(agent.page, "Prepare the erasure")
    agent.page.get_by_label("Ground of the erasure").select_option("OBJECTION")
    press(agent.page, "Ask for approval")


def _press_approve(agent: Agent, reference: str) -> None:
    agent.open(reference)
    follow(agent.page, "Approve the erasure")
    press(agent.page, "Approve the erasure")


def _approve(agent: Agent, reference: str) -> None:
    agent.open(reference)
    agent.watch.inspect(agent.page, "desk-request-to-approve")
    follow(agent.page, "Approve the erasure")
    _see_plan(agent)
    agent.watch.inspect(agent.page, "desk-approve")
    press(agent.page, "Approve the erasure")
    expect(agent.page.locator("main")).to_contain_text("The person is told first")


def _read_notice(portal: Portal, reference: str) -> None:
    """Opening the link stops nothing: mail scanners open every link."""
    portal.open_mail("We will erase your data", reference)
    portal.follow_link("cancel")
    expect(portal.page.get_by_role("button", name="Stop the erasure")).to_be_visible()
    portal.watch.inspect(portal.page, "link-cancel")


def _tell(agent: Agent, reference: str) -> None:
    """No mail reaches the number in the account: nothing is erased before somebody called it."""
    agent.open(reference)
    expect(agent.page.locator("main")).to_contain_text("Somebody has to tell the person first")
    agent.watch.inspect(agent.page, "desk-request-to-tell")
    press(agent.page, "Told by telephone")
    expect(agent.page.locator("main")).to_contain_text("The waiting time runs from now.")


def _see_it_carried_out(agent: Agent, reference: str) -> None:
    agent.page.goto(f"/desk/requests/{reference}/")
    agent.await_words("What was erased")
    agent.await_words("Second look")
    until(agent.page, lambda: agent.page.get_by_text(re.compile("^Closed ")).count() > 0)
    agent.watch.inspect(agent.page, "desk-request-erased")


def _read_answer(portal: Portal, reference: str) -> None:
    assert "31 December 2035" in portal.open_mail("We have erased your data", reference)
    portal.open_by_code(reference)
    portal.watch.inspect(portal.page, "case-erased")
    follow(portal.page, "We have erased your data")
    expect(portal.page.locator("main")).to_contain_text("31 December 2035")
    portal.watch.inspect(portal.page, "case-letter-erased")


def _see_escrow(stack: Stack, reference: str) -> None:
    """What was erased is noted outside the database, by keys alone."""
    texts = [path.read_text() for path in stack.escrow.glob("*.jsonl")]
    heads = [head for text in texts if (head := json.loads(text.splitlines()[0]))["about"] == reference]
    assert {(head["source"], head["rows"]) for head in heads} >= {
        ("accounts.contacts", 1),
        ("accounts.messages", 2),
        ("accounts.profile", 1),
    }
    assert not {head["source"] for head in heads} & {"accounts.invoices"}
    assert not [text for text in texts if LUCAS.email in text or LUCAS.name in text]


def _see_records(desk: Desk) -> None:
    """No account and no contact is left; the invoices are, and only the privacy officer sees them now."""
    page = desk.agent(RUTH, start="/admin/").page
    page.goto("/admin/")
    desk.watch.inspect(page, "admin-index")
    for name, address in (("users", "user"), ("contacts", "contact"), ("messages", "contactmessage"), ("invoices", "invoice")):
        page.goto(f"/admin/accounts/{address}/?q={LUCAS.email}")
        expect(page.locator(".paginator"), name).to_contain_text(re.compile(r"^\s*0 "))
    desk.watch.inspect(page, "admin-list-empty")
    page = desk.agent(HELENE, start="/admin/").page
    page.goto(f"/admin/accounts/invoice/?q={LUCAS.email}")
    expect(page.locator(".paginator")).to_contain_text(re.compile(r"^\s*3 "))
    desk.watch.inspect(page, "admin-invoices")
    follow(page, "F-LD-1")
    desk.watch.inspect(page, "admin-invoice")


def _see_nothing_was_erased(agent: Agent, reference: str) -> None:
    agent.page.goto(f"/desk/requests/{reference}/")
    expect(agent.page.locator("main")).to_contain_text("Closed")
    expect(agent.page.get_by_role("heading", name="What was erased")).to_have_count(0)
    agent.watch.inspect(agent.page, "desk-request-stopped")
