"""The demo's post: every mail becomes a file in ``settings.MAILBOX``, to be read at ``/mailbox/``. It never leaves the machine."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage as ParsedMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from letters.plain import WIDTH

SUFFIX = ".eml"
NAME = re.compile(r"[0-9]{19}-[A-Za-z0-9-]{1,64}")
SHOWN = 200
#: What stands below a heading.
_RULE = re.compile("-+")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


class NoSuchMail(Exception):
    """The mailbox holds no mail of that name."""


@dataclass(frozen=True, slots=True)
class Mail:
    name: str
    at: datetime
    to: str
    subject: str
    text: str = ""


class Backend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Lay each mail down under a name of its own: a mail that was sent twice lies there twice."""
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            _lay_down(folder, message)
        return len(email_messages)


def newest(limit: int = SHOWN) -> list[Mail]:
    """The last mails, the newest first, without their text."""
    names = sorted((path.stem for path in _folder().glob(f"*{SUFFIX}") if NAME.fullmatch(path.stem)), reverse=True)
    return [_mail(name, _parsed(name, is_head_only=True)) for name in names[:limit]]


def read(name: str) -> Mail:
    """One mail with its text.

    Raises:
        NoSuchMail: there is none of that name.
    """
    return _mail(name, _parsed(name))


def paragraphs(text: str) -> list[list[tuple[str, bool]]]:
    """The text by paragraphs, and of each piece whether it is an address on our own site, which a reader may follow."""
    return [list(_pieces(_unwrapped(paragraph))) for paragraph in re.split(r"\n\s*\n", text.strip())]


def _unwrapped(paragraph: str) -> str:
    """A line that ended only because the next word had no room goes on with it: a narrow window breaks lines for itself."""
    lines: list[str] = []
    last = ""
    for line in paragraph.splitlines():
        if last and not _RULE.fullmatch(line) and len(last) + 1 + len(line.split(maxsplit=1)[0]) > WIDTH:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
        last = line
    return "\n".join(lines)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    position = 0
    for match in _ADDRESS.finditer(text):
        if match[0].startswith(f"{settings.PUBLIC_URL}/"):
            yield text[position : match.start()], False
            yield match[0], True
            position = match.end()
    yield text[position:], False


def _folder() -> Path:
    return Path(settings.MAILBOX)


def _lay_down(folder: Path, message: EmailMessage) -> None:
    sent = message.message()
    key = re.sub(r"[^A-Za-z0-9-]", "", str(sent["Message-ID"]).partition("@")[0])[:64]
    name = f"{time.time_ns()}-{key}"
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(sent.as_bytes())
    unfinished.rename(folder / f"{name}{SUFFIX}")


def _parsed(name: str, *, is_head_only: bool = False) -> ParsedMessage:
    path = _folder() / f"{name}{SUFFIX}"
    if not NAME.fullmatch(name) or not path.is_file():
        raise NoSuchMail(name)
    content = path.read_bytes()
    if is_head_only:
        content = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\n\n"
    return email.message_from_bytes(content, policy=email.policy.default)


def _mail(name: str, parsed: ParsedMessage) -> Mail:
    body = parsed.get_body(("plain",))
    return Mail(
        name=name,
        at=datetime.fromtimestamp(int(name.partition("-")[0]) / 10**9, tz=UTC),
        to=str(parsed["To"] or ""),
        subject=str(parsed["Subject"] or ""),
        text=str(body.get_content()) if body else "",
    )
