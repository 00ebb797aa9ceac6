"""A mail as bytes, read into what a room needs. Nothing of it is trusted, and hardly anything makes the reading fail."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from datamap import pan
from letters.incoming.words import language_of, plain_from_html, tidy, without_keys
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

#: What is longer is read up to here: nothing is lost for its size.
MOST_BYTES = 30_000_000
MOST_HEADER = 4_000
MOST_TEXT = 10_000
MOST_HTML = 200_000
MOST_PARTS = 200
MOST_THREAD = 50
MOST_LOGO = 20_000
WITHIN = "message/rfc822"
#: Before this day nobody wrote to us: the clock of the sender was wrong.
FIRST_DAY = datetime(2018, 5, 25, tzinfo=UTC)

_BROKEN = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError, MessageError)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,200}>")
_REFERENCE = re.compile(r"\b[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{2}\b", re.IGNORECASE)
_MASS = frozenset({"bulk", "list", "junk", "auto_reply"})
_MACHINES = ("mailer-daemon@", "postmaster@")


class _CutHeaders(policy.Compat32):
    """Headers as the structure of a mail is read from them: the library takes hours over the parameters of a long one."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:MOST_HEADER])


_CUT = _CutHeaders()


class NotAMail(ValueError):
    """These bytes have neither sender nor subject nor date."""


@dataclass(frozen=True, slots=True)
class MailedFile:
    """A file of a mail as it came; neither name nor content is trusted."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadMail:
    """``digest``: SHA-256 of the Message-ID, or of all of it where it has none. ``sender`` is as it was claimed, or empty.

    ``thread`` are Message-IDs that it answers to, ``references`` what looks like one of ours in its subject, ``files`` what was attached.
    """

    digest: str
    sender: str
    sender_name: str
    subject: str
    text: str
    language: str
    received_at: datetime
    is_automatic: bool
    thread: tuple[str, ...]
    references: tuple[str, ...]
    files: tuple[MailedFile, ...] = ()


def read(raw: bytes, *, at: datetime) -> ReadMail:
    """Read a mail that is in our hands at ``at``.

    Raises:
        NotAMail: there is nothing in it by which it could be one.
    """
    message = _parsed(raw[:MOST_BYTES])
    if not any(message.get_all(name) for name in ("From", "Subject", "Date", "Message-ID")):
        raise NotAMail
    sender, sender_name = _sender(message)
    subject = tidy(_header(message, "Subject"), most=200).replace("\n", " ")
    text = without_keys(_text(message))
    return ReadMail(
        digest=_digest(message, raw),
        sender=sender,
        sender_name=sender_name,
        subject=subject,
        text=text,
        language=language_of(f"{subject}\n{text}"),
        received_at=_received_at(message, at=at),
        is_automatic=_is_automatic(message, sender),
        thread=_thread(message),
        references=tuple(dict.fromkeys(found.upper() for found in _REFERENCE.findall(subject))),
        files=tuple(_files(message)),
    )


def address_of(claimed: str) -> str:
    """A sender's address as we write to it; nothing where it is none."""
    email = normalise_email(claimed)
    try:
        validate_email(email)
        pan.refuse_in_address(email)
    except ValidationError:
        return ""
    return email


def _parsed(raw: bytes) -> Message:
    """What is nested beyond reason is read by its header alone. Structure is found by the rules that know no grammar of headers:
    those that do fail on some.
    """
    try:
        return message_from_bytes(raw, policy=_CUT)
    except _BROKEN:
        return BytesHeaderParser(policy=_CUT).parsebytes(raw)


def _raw_headers(message: Message, name: str) -> list[str]:
    """Unfolded and cut, before any parser sees them: some take their time with long ones."""
    return [_decoded_header(str(value)) for key, value in message.raw_items() if key.lower() == name.lower()]


def _decoded_header(value: str) -> str:
    """Bytes that no header may hold are mostly UTF-8 all the same."""
    held = value[:MOST_HEADER].encode("utf-8", "surrogateescape")
    try:
        words = held.decode("utf-8")
    except UnicodeDecodeError:
        words = held.decode("cp1252", "replace")
    return re.sub(r"[\r\n]+[ \t]*", " ", words)


def _header(message: Message, name: str) -> str:
    found = _raw_headers(message, name)
    if not found:
        return ""
    try:
        return str(policy.default.header_factory(name, found[0]))
    except _BROKEN:
        return found[0]


def _sender(message: Message) -> tuple[str, str]:
    found = _raw_headers(message, "From")
    if not found:
        return "", ""
    try:
        addresses = policy.default.header_factory("From", found[0]).addresses
    except _BROKEN:
        return "", ""
    if not addresses:
        return "", ""
    return tidy(addresses[0].addr_spec, most=254), tidy(addresses[0].display_name, most=120).replace("\n", " ")


def _text(message: Message) -> str:
    """The plain words; those of the HTML where there are none."""
    plain, html, left = [], [], MOST_HTML
    for part in _parts(message):
        if _is_file(part):
            continue
        if part.get_content_type() == "text/plain":
            plain.append(_decoded(part))
        elif part.get_content_type() == "text/html":
            html.append(_decoded(part)[:left])
            left -= len(html[-1])
    words = tidy("\n\n".join(plain), most=MOST_TEXT)
    return words or tidy("\n\n".join(map(plain_from_html, html)), most=MOST_TEXT)


def _parts(message: Message) -> Iterator[Message]:
    """Leaves in their order. A mail inside the mail is somebody else's words: at most a file."""
    waiting = [message]
    for _number in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting[:0] = [child for child in part.get_payload() if not isinstance(child, str)]
        else:
            yield part


def _files(message: Message) -> Iterator[MailedFile]:
    """What was attached, whatever it is."""
    for part in _parts(message):
        if _is_file(part):
            yield MailedFile(name=_file_name(part), content=_bytes_of(part))


def _is_file(part: Message) -> bool:
    """What the sender attached, or named as a file: phones attach their pictures "inline". A small picture with an address within
    the mail is the logo of a signature.
    """
    if part.get_content_disposition() == "attachment" or part.get_content_type() == WITHIN:
        return True
    if part.get_content_maintype() == "text" or not _file_name(part):
        return False
    return part.get("Content-ID") is None or len(_bytes_of(part)) > MOST_LOGO


def _file_name(part: Message) -> str:
    """As the sender wrote it, in whichever of the ways mail programs know."""
    missing = "message.eml" if part.get_content_type() == WITHIN else ""
    try:
        return str(make_header(decode_header(part.get_filename() or missing)))[:MOST_HEADER]
    except _BROKEN:
        return ""


def _bytes_of(part: Message) -> bytes:
    """Nothing where it cannot be decoded."""
    try:
        if part.get_content_type() == WITHIN:
            return part.as_bytes()
        held = part.get_payload(decode=True)
    except _BROKEN:
        return b""
    return held if isinstance(held, bytes) else b""


def _decoded(part: Message) -> str:
    held = _bytes_of(part)
    for charset in (_charset(part), "utf-8"):
        try:
            return held.decode(charset)
        except _BROKEN:
            continue
    return held.decode("cp1252", "replace")


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or "utf-8"
    except _BROKEN:
        return "utf-8"


def _received_at(message: Message, *, at: datetime) -> datetime:
    """When the last server on its way had it, which is ours; else the date that the sender wrote. Never later than now."""
    stamps = [line.rpartition(";")[2] for line in _raw_headers(message, "Received")[:1]]
    for stamp in [*stamps, *_raw_headers(message, "Date")[:1]]:
        moment = _moment(stamp)
        if moment is not None and moment >= FIRST_DAY:
            return min(moment, at)
    return at


def _moment(stamp: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(stamp.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (*_BROKEN, OverflowError):
        return None


def _is_automatic(message: Message, sender: str) -> bool:
    """An absence note, a bounce, a mailing list: nobody asks for anything (RFC 3834)."""
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in {"", "no"}
        or _header(message, "Precedence").strip().lower() in _MASS
        or _header(message, "Return-Path").strip() == "<>"
        or bool(message.get_all("List-Id"))
        or message.get_content_type() == "multipart/report"
        or sender.lower().startswith(_MACHINES)
    )


def _thread(message: Message) -> tuple[str, ...]:
    lines = [*_raw_headers(message, "In-Reply-To")[:1], *_raw_headers(message, "References")[:1]]
    found = dict.fromkeys(key for line in lines for key in _MESSAGE_ID.findall(line))
    return tuple(found)[:MOST_THREAD]


def _digest(message: Message, raw: bytes) -> str:
    own = _MESSAGE_ID.search(" ".join(_raw_headers(message, "Message-ID")[:1]))
    return hashlib.sha256(own[0].encode() if own else raw).hexdigest()
