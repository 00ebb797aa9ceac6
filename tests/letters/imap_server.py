"""A small mail server that speaks as much IMAP as a client needs to read one folder."""

from __future__ import annotations

import re
import socketserver
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Folder:
    """Mails by their numbers, and the flags that a client set."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = dict(enumerate(mails, start=1))
        self.flags: dict[int, str] = {}
        self.said: list[str] = []


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, command = line.split(" ", 1)
            folder: Folder = self.server.folder  # type: ignore[attr-defined]
            folder.said.append(command)
            self._answer(folder, command)
            ok = "NO" if "wrong" in command else "OK"
            self._say(f"{tag} {ok} done")
            if command == "LOGOUT":
                return

    def _answer(self, folder: Folder, command: str) -> None:
        if command.startswith("CAPABILITY"):
            self._say("* CAPABILITY IMAP4rev1")
        elif command.startswith("UID SEARCH UNSEEN"):
            not_wanted = ("Seen", "Flagged") if command.endswith("UNFLAGGED") else ("Seen",)
            found = [str(number) for number in folder.mails if not any(flag in folder.flags.get(number, "") for flag in not_wanted)]
            self._say(f"* SEARCH {' '.join(found)}".rstrip())
        elif matched := re.match(r"UID FETCH (\d+)", command):
            raw = folder.mails[int(matched[1])]
            self.wfile.write(f"* 1 FETCH (UID {matched[1]} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        elif matched := re.match(r"UID STORE (\d+) \+FLAGS (.+)", command):
            folder.flags[int(matched[1])] = matched[2]

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving(folder: Folder) -> Iterator[str]:
    """The address of a server with this folder."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as server:
        server.daemon_threads = True
        server.folder = folder  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"imap://noor:secret@127.0.0.1:{server.server_address[1]}/Privacy%20requests"
        server.shutdown()
