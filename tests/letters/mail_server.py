"""A small real SMTP server on loopback that fails where a test says."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import ClassVar


class Fault(Enum):
    NONE = "takes the letter"
    DROP_AT_CONNECT = "hangs up before a word"
    BUSY = "421 at the greeting"
    DROP_AT_MAIL = "hangs up at MAIL"
    DROP_AT_RCPT = "hangs up at RCPT"
    DROP_AT_DATA = "hangs up at DATA, before the text"
    LATER_AT_RCPT = "451 at RCPT"
    NEVER_AT_RCPT = "550 at RCPT"
    LATER_AFTER_TEXT = "452 after the text"
    NEVER_AFTER_TEXT = "554 after the text"
    DROP_IN_TEXT = "hangs up within the text, which it does not keep"
    DROP_AFTER_TEXT = "keeps the text and hangs up before it says so"


REPLIES = {
    Fault.LATER_AT_RCPT: b"451 4.7.1 later\r\n",
    Fault.NEVER_AT_RCPT: b"550 5.1.1 nobody here\r\n",
    Fault.LATER_AFTER_TEXT: b"452 4.3.1 full\r\n",
    Fault.NEVER_AFTER_TEXT: b"554 5.7.1 no\r\n",
}


class HangUp(Exception):
    pass


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.connections += 1
        try:
            self._talk()
        except (HangUp, ConnectionError):
            return

    def _talk(self) -> None:
        self._break_at(Fault.DROP_AT_CONNECT)
        if self._takes(Fault.BUSY):
            self.wfile.write(b"421 busy\r\n")
            return
        self._say(b"220 loopback")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                self._say(b"221 bye")
                return
            self._answer(verb)

    def _answer(self, verb: bytes) -> None:
        if verb == b"MAIL":
            self._break_at(Fault.DROP_AT_MAIL)
        if verb == b"RCPT":
            self._break_at(Fault.DROP_AT_RCPT)
            for fault in (Fault.LATER_AT_RCPT, Fault.NEVER_AT_RCPT):
                if self._takes(fault):
                    self.wfile.write(REPLIES[fault])
                    return
        if verb == b"DATA":
            self._data()
        else:
            self._say(b"250 loopback" if verb in {b"EHLO", b"HELO"} else b"250 ok")

    def _data(self) -> None:
        self._break_at(Fault.DROP_AT_DATA)
        self._say(b"354 go on")
        if self._takes(Fault.DROP_IN_TEXT):
            self.rfile.read(64)
            raise HangUp
        lines = list(iter(self.rfile.readline, b".\r\n"))
        for fault in (Fault.LATER_AFTER_TEXT, Fault.NEVER_AFTER_TEXT):
            if self._takes(fault):
                self.wfile.write(REPLIES[fault])
                return
        self.server.taken.append(b"".join(lines))
        self._break_at(Fault.DROP_AFTER_TEXT)
        self._say(b"250 taken")
        self.server.next_letter()

    def _takes(self, fault: Fault) -> bool:
        if self.server.fault is not fault:
            return False
        self.server.next_letter()
        return True

    def _break_at(self, fault: Fault) -> None:
        if self._takes(fault):
            raise HangUp

    def _say(self, words: bytes) -> None:
        self.wfile.write(words + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    address: ClassVar = ("127.0.0.1", 0)

    def __init__(self) -> None:
        super().__init__(self.address, _Talk)
        self.taken: list[bytes] = []
        self.plan: deque[Fault] = deque()
        self.fault = Fault.NONE
        self.connections = 0

    def fail(self, *faults: Fault) -> None:
        """One fault for each try, in order; none after."""
        self.plan = deque(faults)
        self.next_letter()

    def next_letter(self) -> None:
        self.fault = self.plan.popleft() if self.plan else Fault.NONE

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def message_ids(self) -> list[str]:
        parsed = [email.message_from_bytes(text, policy=email.policy.default) for text in self.taken]
        return [str(message["Message-ID"]) for message in parsed]


@contextmanager
def running() -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
