"""A server that lets everybody in and has no room for anything: it answers every statement with the error of a full disk."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE = b"Z" + struct.pack("!I", 5) + b"I"


@contextmanager
def full_server() -> Iterator[str]:
    """The URL of one, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening,), daemon=True).start()
        yield f"postgresql://somebody:word@127.0.0.1:{listening.getsockname()[1]}/full?sslmode=disable&gssencmode=disable"


def _serve(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            client, _address = listening.accept()
            threading.Thread(target=_answer, args=(client,), daemon=True).start()


def _answer(client: socket.socket) -> None:
    with client, suppress(OSError, struct.error):
        client.recv(struct.unpack("!I", client.recv(4))[0] - 4)
        welcome = _message(b"R", struct.pack("!I", 0))
        told = {"client_encoding": "UTF8", "server_version": "18.0", "standard_conforming_strings": "on", "DateStyle": "ISO, MDY"}
        for name, value in told.items():
            welcome += _message(b"S", name.encode() + b"\0" + value.encode() + b"\0")
        client.sendall(welcome + IDLE)
        while kind := client.recv(1):
            client.recv(struct.unpack("!I", client.recv(4))[0] - 4)
            if kind == b"X":
                return
            client.sendall(_message(b"E", b"SERROR\0C53100\0MNo space left on device: what somebody wrote\0\0") + IDLE)


def _message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content


@contextmanager
def silent_server() -> Iterator[str]:
    """One that takes calls and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://somebody:word@127.0.0.1:{listening.getsockname()[1]}/silent?sslmode=disable&gssencmode=disable"
