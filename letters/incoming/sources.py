"""Where mails come from: files as they were saved, and a folder of a mail server. Bytes alone; what they say is read elsewhere."""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

import redis
from django.core.cache import cache
from django.db import InterfaceError, OperationalError

from letters.incoming.reading import MOST_BYTES, NotAMail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNSEEN, UNFLAGGED = "UNSEEN", "UNSEEN UNFLAGGED"
#: A folder that is read at once; the next call goes on behind the last one that was tried.
MOST_AT_ONCE = 500
SECONDS = 30
PORTS = {"imaps": 993, "imap": 143}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CHUNK = 1 << 20
#: What an mbox puts before each mail: who, and when. A line that merely begins with the word is part of a mail.
_BEGINS = re.compile(rb"From \S* .*\d:\d\d.*")

logger = logging.getLogger(__name__)


class NoMailServer(ValueError):
    """The address is not one of a folder that can be read safely."""


class LeftThere(Exception):
    """The mail is nothing of ours: it stays unread, and is flagged for whoever reads the folder."""


@dataclass(frozen=True, slots=True)
class FoundMail:
    """``position``: where it begins in its file, in bytes."""

    position: int
    raw: bytes


def mails_in(file: BinaryIO) -> Iterator[FoundMail]:
    """The mails of an mbox, one after the other, or the one of an ``.eml``; of each no more in memory than is read of it."""
    begin, held, was_blank, is_line_start = 0, bytearray(), True, True
    position = 0
    while line := file.readline(_CHUNK):
        if is_line_start and was_blank and _BEGINS.match(line):
            if held:
                yield FoundMail(begin, bytes(held))
            begin, held = position, bytearray()
        elif len(held) < MOST_BYTES:
            held += line[1:] if is_line_start and line.startswith(b">From ") else line
        if is_line_start:
            was_blank = not line.strip()
        position += len(line)
        is_line_start = line.endswith(b"\n")
    if held or not position:
        yield FoundMail(begin, bytes(held))


def fetch(url: str, *, take: Callable[[bytes], object], only: str = UNSEEN) -> int:
    """Hand each unseen mail of the folder to ``take``, and mark it as seen once that came back; how many.

    What is no mail is flagged as well, for a person to look at. What ``take`` says is ``LeftThere`` is flagged and stays unseen:
    ask for ``UNFLAGGED`` ones only, or it comes again. If ``take`` fails the mail stays unseen, and comes again; those behind it are
    handed over all the same, and what failed first is raised at the end. However many fail, each has its turn (``_in_turn``).

    Raises:
        NoMailServer: see there.
        OSError, imaplib.IMAP4.error: the server cannot be reached, or says no.
    """
    with _folder(url) as server:
        numbers = _in_turn(url, _found(server, only))
        failed = [error for number in numbers if (error := _tried(server, number, take=take, place=_place(url)))]
    if failed:
        raise failed[0]
    return len(numbers)


def _in_turn(url: str, numbers: list[str]) -> list[str]:
    """Those behind the last one that was tried, then those before it. Where nobody knows any more which one that was: from the front."""
    last = 0
    with suppress(redis.RedisError):
        last = cache.get(_place(url), 0)
    return sorted(numbers, key=lambda number: (int(number) <= last, int(number)))[:MOST_AT_ONCE]


def _place(url: str) -> str:
    """Where it is kept how far a folder was read: without the password."""
    parts = urlsplit(url)
    return f"letters.incoming:{parts.username}@{parts.hostname}{parts.path}"


def _tried(server: imaplib.IMAP4, number: str, *, take: Callable[[bytes], object], place: str) -> Exception | None:
    """What made one mail fail; where the server or the database is gone, the others would fail as well. Noted before it is tried: one that
    breaks the line each time keeps none behind it waiting either.
    """
    with suppress(redis.RedisError):
        cache.set(place, int(number), timeout=None)
    try:
        _hand_over(server, number, take=take)
    except (OSError, imaplib.IMAP4.error, InterfaceError, OperationalError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a stranger's mail makes fail
        logger.warning("mail %s of the folder could not be taken in: it stays unread", number)
        return error
    return None


def _hand_over(server: imaplib.IMAP4, number: str, *, take: Callable[[bytes], object]) -> None:
    _answer, parts = server.uid("FETCH", number, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
    if raw is None:  # somebody deleted it meanwhile
        return
    try:
        take(raw)
    except NotAMail:
        logger.warning("mail %s of the folder cannot be read: it is flagged there", number)
        server.uid("STORE", number, "+FLAGS", r"(\Seen \Flagged)")
        return
    except LeftThere:
        server.uid("STORE", number, "+FLAGS", r"(\Flagged)")
        return
    server.uid("STORE", number, "+FLAGS", r"(\Seen)")


def _found(server: imaplib.IMAP4, only: str) -> list[str]:
    _answer, found = server.uid("SEARCH", only)
    return (found[0] or b"").decode("ascii").split()


@contextmanager
def _folder(url: str) -> Iterator[imaplib.IMAP4]:
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "imaps" or (parts.scheme == "imap" and parts.hostname in LOOPBACK)):
        message = "IMAP_URL is imaps://user:password@host/folder."
        raise NoMailServer(message)
    server = _connected(parts.scheme, parts.hostname, parts.port)
    try:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        answer, _data = server.select(_quoted(unquote(parts.path.lstrip("/")) or "INBOX"))
        if answer != "OK":
            message = "There is no such folder."
            raise NoMailServer(message)
        yield server
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _connected(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    if scheme == "imaps":
        return imaplib.IMAP4_SSL(host, port or PORTS[scheme], ssl_context=ssl.create_default_context(), timeout=SECONDS)
    return imaplib.IMAP4(host, port or PORTS[scheme], timeout=SECONDS)
