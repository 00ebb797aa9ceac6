"""Somebody on the way to a server, who hides from the client that it could speak encrypted."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class Server(Protocol):
    @property
    def port(self) -> int: ...
    def hide_encryption(self, between: Between) -> None: ...


class Between:
    """``port``: where clients meet it; to one of them it listens."""

    def __init__(self, server: Server, listening: socket.socket) -> None:
        self.server, self._listening = server, listening
        self.port: int = listening.getsockname()[1]
        self._heard = b""
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def of_client(self, size: int) -> bytes:
        return self._client.recv(size)

    def of_server(self) -> bytes:
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as there:
            return there.recv(4096)

    def to_client(self, said: bytes) -> None:
        self._client.sendall(said)

    def heard(self) -> bytes:
        """What the client said then, until it went away."""
        self._serving.join(20)
        assert not self._serving.is_alive()
        return self._heard

    def _serve(self) -> None:
        self._client, _address = self._listening.accept()
        self._client.settimeout(10)
        with self._client, suppress(ConnectionError):
            self.server.hide_encryption(self)
            while said := self._client.recv(4096):
                self._heard += said


@contextmanager
def in_between(server: Server) -> Iterator[Between]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Between(server, listening)


def spare_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
