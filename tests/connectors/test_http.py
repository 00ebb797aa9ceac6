"""One call to somebody else's server, whatever that answers: an answer or one word, within its time."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from connectors.outside import http
from connectors.outside.faults import SystemAway
from policy import links

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CONNECTORS, "networks", ("127.0.0.0/8",))


@contextmanager
def server(*pieces: bytes, pause: float = 0.0, heard: list[bytes] | None = None) -> Iterator[str]:
    """Says these bytes to whoever connects, whatever was asked (``heard``); then nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    there, _address = listening.accept()
                    with there, suppress(OSError):
                        asked = there.recv(65536)
                        if heard is not None:
                            heard.append(asked)
                        for piece in pieces:
                            there.sendall(piece)
                            time.sleep(pause)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "http://",
        "http://somebody@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "http://[::1/",
        "http://[no]/",
    ],
)
def test_what_is_no_address_is_told_in_one_word(url: str) -> None:
    with pytest.raises(SystemAway, match=r"^wrong-url$"):
        http.call("GET", url, headers={}, seconds=1)


def test_a_name_is_asked_once_and_the_server_hears_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: whoever connects, connects to the address that was checked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: object, *of: object, **more: object) -> object:
        if host != "rebound.example":
            return real(host, *of, **more)  # type: ignore[arg-type]
        asked.append(str(host))
        return real("127.0.0.1" if len(asked) == 1 else "127.9.9.9", *of, **more)  # type: ignore[arg-type]

    heard: list[bytes] = []
    with server(b"HTTP/1.1 204 No Content\r\n\r\n", heard=heard) as url:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        port = url.rpartition(":")[2]
        assert http.call("GET", f"http://rebound.example:{port}/", headers={}, seconds=2).status == 204
    assert asked == ["rebound.example"]
    assert b"Host: rebound.example" in heard[0]


@pytest.mark.promise("P123")
@pytest.mark.parametrize("location", ["/caf\xc3\xa9", "http://127.0.0.1:port/", "http://[::1/", "ftp://there.example/", "/a b", "/\x7f"])
def test_whoever_is_sent_nowhere_says_so_and_the_next_link_is_opened(location: str) -> None:
    with server(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.encode("latin-1") + b"\r\n\r\n") as url:
        assert links.open_link(f"{url}/").fault in {"wrong-url", "unreachable"}


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000])
def test_what_is_no_answer_is_nobody_there(said: bytes) -> None:
    with server(said) as url, pytest.raises(SystemAway, match=r"^unreachable$"):
        http.call("GET", f"{url}/", headers={}, seconds=2)


def test_of_an_endless_answer_nobody_reads_the_rest() -> None:
    with server(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 100_000] * 50) as url:
        assert len(http.call("GET", f"{url}/", headers={}, seconds=5).body) == http.LONGEST


@pytest.mark.parametrize("begun", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_ends_with_its_time(begun: bytes) -> None:
    since = time.monotonic()
    with server(begun, *[b"x"] * 60, pause=0.1) as url, pytest.raises(SystemAway, match=r"^too-slow$"):
        http.call("GET", f"{url}/", headers={}, seconds=0.5)
    assert time.monotonic() - since < 3
