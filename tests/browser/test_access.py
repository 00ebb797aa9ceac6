"""An access request from filing to the opened package: a customer without an account, and an agent."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.acts import ACCESS, Agent, OpenPage, Portal, follow, go, press
from tests.browser.people import HOSTILE, JONAS, NOOR
from tests.browser.watching import Watch


def test_a_copy_is_asked_for_answered_downloaded_and_read(open_page, watch, desk, tmp_path):
    portal = Portal(page=open_page(accept_downloads=True), watch=watch, customer=NOOR)
    reference = portal.file(ACCESS, words="My card is 4111 1111 1111 1111, and all my messages please.")
    watch.inspect(portal.page, "request-sent")
    _confirm(portal, reference)
    _answer(desk.agent(JONAS), reference)
    _read_letters(portal, reference)
    package = portal.download(tmp_path)
    portal.open_mail("was downloaded", reference)
    watch.inspect(portal.page, "mailbox-downloaded")
    _read_index(open_page, watch, _see_inside(package, tmp_path / "package"))


def _confirm(portal: Portal, reference: str) -> None:
    portal.open_mail("Please confirm your request", reference)
    portal.watch.inspect(portal.page, "mailbox-message")
    portal.follow_link("confirm")
    address = portal.page.url
    portal.watch.inspect(portal.page, "link-confirm")
    press(portal.page, "Confirm my request")
    expect(portal.page).to_have_url(re.compile(f"/cases/{reference}/"))
    portal.watch.inspect(portal.page, "case-confirmed")
    portal.page.goto(address)
    expect(portal.page.get_by_role("heading", level=1)).to_contain_text("does not work")
    portal.watch.inspect(portal.page, "link-not-valid")


def _answer(agent: Agent, reference: str) -> None:
    agent.open(reference)
    agent.await_link("Answer…")
    main = agent.page.locator("main")
    expect(main).not_to_contain_text("4111 1111 1111 1111")
    expect(main).not_to_contain_text(NOOR.email)
    agent.watch.inspect(agent.page, "desk-request-access")
    press(agent.page, "Show name")
    expect(main).to_contain_text(NOOR.email)
    follow(agent.page, "Messages sent by a contact form")
    expect(main).to_contain_text(HOSTILE)
    agent.watch.inspect(agent.page, "desk-source")
    go(agent.page.get_by_role("button", name=re.compile("Withhold ?: Message")).first)
    expect(main).to_contain_text("Left out: rights of others")
    agent.watch.inspect(agent.page, "desk-source-withheld")
    follow(agent.page, reference)
    follow(agent.page, "Answer…")
    press(agent.page, "Show the letter")
    expect(main).to_contain_text("[counted when it is made]")
    agent.watch.inspect(agent.page, "desk-answer-shown")
    press(agent.page, "Answer")
    agent.await_words("Downloads left")
    agent.watch.inspect(agent.page, "desk-request-answered")


def _read_letters(portal: Portal, reference: str) -> None:
    portal.open_by_code(reference)
    expect(portal.page.get_by_role("button", name="Download")).to_be_visible()
    portal.watch.inspect(portal.page, "case-ready")
    follow(portal.page, "The copy of your data is ready")
    portal.watch.inspect(portal.page, "case-letter")
    with portal.page.expect_download() as pdf:
        portal.page.evaluate("() => { const link = document.querySelector('a[href$=\"/pdf/\"]'); link.download = ''; link.click() }")
    assert pdf.value.path().read_bytes().startswith(b"%PDF-")
    portal.page.goto(f"/cases/{reference}/")


def _see_inside(package: Path, folder: Path) -> Path:
    """Every file is what the manifest says it is, and nothing is there that it does not name."""
    with zipfile.ZipFile(package) as opened:
        manifest = json.loads(opened.read("manifest.json"))
        named = {file["path"]: file["sha256"] for file in manifest["files"]}
        assert set(opened.namelist()) == {*named, "manifest.json"}
        assert {path: hashlib.sha256(opened.read(path)).hexdigest() for path in named} == named
        opened.extractall(folder)
    messages = json.loads((folder / "data/accounts.messages/messages.json").read_text())
    texts = {row["text"] for row in messages["rows"]} if isinstance(messages["rows"][0], dict) else {str(row) for row in messages["rows"]}
    assert len(texts) == 2
    assert manifest["withheld"][0]["source"] == "accounts.messages"
    return folder / "index.html"


def _read_index(open_page: OpenPage, watch: Watch, index: Path) -> None:
    """From the disk, as the person opens it: nothing runs, nobody is asked for anything."""
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    watch.origin = index.parent.as_uri()
    page.goto(index.as_uri())
    watch.inspect(page, "package-index")
    expect(page.locator("body")).to_contain_text(NOOR.name)
    follow(page, "What we use your data for")
    watch.inspect(page, "package-information")
    assert [urlsplit(url).scheme for url in asked] == ["file", "file"]
