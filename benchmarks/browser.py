"""Somebody's browser, as far as a server can tell: an address of its own, cookies, forms with their tokens, redirects followed."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

HOST = "127.0.0.1"
PATIENCE = 60
REDIRECTS = {301, 302, 303}
_HIDDEN = re.compile(r'name="(csrfmiddlewaretoken|nonce)" value="([^"]*)"')
_REFERENCE = re.compile(r"R-[0-9A-Z]{4}-[0-9A-Z]{2}")
#: Answers that mean "too often from here".
LIMITED = 429


class Limited(Exception):
    """The server has had enough from this address for a while."""


class Broken(Exception):
    """The server did not answer as it answers a browser."""


def addresses(network: int) -> Iterator[str]:
    """Addresses on the loopback, which is a whole network of sixteen million: the server counts each by itself."""
    for third in range(256):
        for last in range(1, 255):
            yield f"127.{network}.{third}.{last}"


class Browser:
    """``seconds``: how long each request took, from the first byte sent to the last one read."""

    def __init__(self, port: int, *, address: str) -> None:
        self._port, self._address = port, address
        self._connection = HTTPConnection(HOST, port, timeout=PATIENCE, source_address=(address, 0))
        self._cookies: dict[str, str] = {}
        self._hidden: dict[str, str] = {}
        self.seconds: list[float] = []
        self.page = ""

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> None:
        self._request("GET", path, None)

    def send(self, path: str, answers: Mapping[str, str]) -> None:
        """Send the form of the page that is open."""
        self._request("POST", path, {**self._hidden, **answers})

    def file(self, email: str, *, right: str = "ACCESS") -> str:
        """Make a request from the first page to the last, as a person does; the reference that the last page names.

        Raises:
            Limited: too many from this address.
        """
        self.get("/request/")
        self.send("/request/", {"right": right})
        self.send("/request/details/", {"right": right, "text": "The mails about my order of May."})
        person = {"name": "Noor Vermeulen", "email": email, "requester": "CUSTOMER", "country": "BE", "claims": ""}
        self.send("/request/you/", person)
        self.send("/request/check/", {"is_mine": "on", "subject_line": ""})
        found = _REFERENCE.search(self.page)
        if found is None:
            raise Broken
        return found[0]

    def _request(self, method: str, path: str, form: Mapping[str, str] | None) -> None:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{HOST}:{self._port}"}
        start = time.perf_counter()
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        self.seconds.append(time.perf_counter() - start)
        self._keep(answer.headers.get_all("Set-Cookie") or ())
        if answer.status == LIMITED:
            raise Limited
        if answer.status in REDIRECTS:
            self._request("GET", answer.headers["Location"], None)
            return
        if answer.status != 200:
            raise Broken(answer.status, path)
        self.page = text
        self._hidden = dict(_HIDDEN.findall(text))

    def _keep(self, cookies: Iterable[str]) -> None:
        for cookie in cookies:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
