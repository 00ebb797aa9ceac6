"""Mails for tests, as they come over the wire."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SENDER = "noor@customer.example"
_numbers = count(1)


def mail(
    text: str = "Please send me a copy of my data.",
    *,
    sender: str = f"Noor Vermeulen <{SENDER}>",
    subject: str = "A question",
    sent_at: datetime | None = None,
    html: str = "",
    **headers: str,
) -> bytes:
    """Header names are written with underscores: ``Auto_Submitted``."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "privacy@oxygis.example"
    message["Subject"] = subject
    if sent_at:
        message["Date"] = format_datetime(sent_at)
    if "Message_ID" not in headers:
        message["Message-ID"] = f"<test-{next(_numbers)}@customer.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()
