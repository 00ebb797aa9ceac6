"""Security keys in a real browser: Chromium's own virtual authenticator signs, and our server looks whether it is the right one.

A key belongs to a name, and an IP address is none: this play reaches the same web by ``localhost``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import expect

from tests.browser import watching
from tests.browser.acts import press
from tests.browser.people import PASSWORD, SARAH
from tests.browser.watching import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

    from tests.browser.stack import Stack

KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
DESK = re.compile(r"/desk/$")
SECOND_FACTOR = re.compile(r"/account/2fa/authenticate/")


@pytest.fixture
def page(stack: Stack, chromium: Browser) -> Iterator[Page]:
    watch = Watch(f"http://localhost:{stack.port}")
    with watching.opened(chromium, watch) as page:
        yield page
    assert not watch.complaints, "\n".join(watch.complaints)


def plug_in(page: Page) -> tuple[CDPSession, str]:
    """A security key that is touched whenever it blinks."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]


def credentials_of(session: CDPSession, key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    return found


def forge(credential: dict[str, Any]) -> dict[str, Any]:
    """What somebody has who knows all about a key but its secret."""
    secret = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return credential | {"privateKey": base64.b64encode(secret).decode(), "signCount": credential["signCount"] + 50}


def give_password(page: Page) -> None:
    page.goto("/desk/")
    page.get_by_label("E-mail address").fill(SARAH.email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.locator("main form button").first.click()
    page.goto("/desk/")
    expect(page).to_have_url(re.compile("/account/login/"))


def test_a_colleague_registers_a_security_key_and_signs_in_with_that_key_alone(page: Page) -> None:
    session, key = plug_in(page)
    give_password(page)
    page.goto("/desk/")
    expect(page).not_to_have_url(DESK)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your second factor")

    page.get_by_role("link", name="Add a security key").click()
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Continue")
    page.get_by_label("Name").fill("Key on my ring")
    press(page, "Add this key")
    expect(page).not_to_have_url(re.compile("/add/"))
    (registered,) = credentials_of(session, key)
    assert registered["rpId"] == "localhost"
    page.goto("/desk/")
    expect(page).to_have_url(DESK)

    sign_out(page)
    give_password(page)
    expect(page).to_have_url(SECOND_FACTOR)
    page.goto("/desk/")
    expect(page).not_to_have_url(DESK)
    page.goto("/account/2fa/authenticate/")
    press(page, "Use a security key")
    expect(page).to_have_url(DESK)
    (used,) = credentials_of(session, key)
    assert used["signCount"] > registered["signCount"]

    sign_out(page)
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    other = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]
    session.send("WebAuthn.addCredential", {"authenticatorId": other, "credential": forge(used)})
    give_password(page)
    press(page, "Use a security key")
    expect(page.locator("main").get_by_text("Incorrect code.")).to_be_visible()
    expect(page).to_have_url(SECOND_FACTOR)
    page.goto("/desk/")
    expect(page).not_to_have_url(DESK)
