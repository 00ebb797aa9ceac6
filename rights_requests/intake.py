"""The door through which a category hands over a message that turns out to be a rights request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.actor import Actor
from letters.incoming.words import own_words
from rights_requests import mail_words, services
from rights_requests.enums import Channel, Requester, Right

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def rights_in(text: str) -> list[str]:
    """Which rights somebody asks for in their own words, by code."""
    return [right.value for right in mail_words.rights_in(own_words(text))]


def take(*, key: str, email: str, name: str, subject: str, text: str, language: str, received_at: datetime) -> None:
    """Put a message where the desk sorts mail; what asks for a right in so many words becomes a request by itself."""
    services.note_message(key=key, sender=email, sender_name=name, subject=subject, text=text, language=language, received_at=received_at)


def file(
    *,
    right: str,
    email: str,
    name: str,
    text: str,
    language: str,
    purposes: Collection[str] = (),
    received_at: datetime,
    at: datetime,
) -> str:
    """File the request with the day on which the message came; its sender still proves the mailbox. The reference.

    Nobody says where it belongs: the establishment is the one of the setting.
    """
    filed = services.file_request(
        right=Right(right),
        requester=Requester.VISITOR,
        name=name,
        email=email,
        text=text,
        language=language,
        channel=Channel.PORTAL if purposes else Channel.MAIL,
        purposes=list(purposes),
        actor=Actor.person(),
        received_at=received_at,
        at=at,
    )
    return filed.reference
