"""A letter as an e-mail: text and HTML of the same tree, nothing from elsewhere, the same Message-ID every time."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from letters import events, page, plain, sealing
from letters.models import Letter
from letters.reading import mailed


def message_of(letter: Letter) -> EmailMultiAlternatives:
    """Build the mail.

    Raises:
        SealBroken: the letter's secrets cannot be read any more.
    """
    secrets = sealing.unseal(bytes(letter.sealed))
    try:
        tree = mailed(letter, secrets)
    except KeyError as error:
        raise sealing.SealBroken from error
    message = EmailMultiAlternatives(
        subject=_subject(letter),
        body=plain.text(tree, letter.language),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.recipient],
        reply_to=_answered_at(letter),
        headers={
            "Message-ID": letter.message_id,
            "Content-Language": letter.language,
            # Nobody's absence note answers this (RFC 3834).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            **_way_out(letter, secrets),
        },
    )
    message.attach_alternative(page.mail(letter, tree), "text/html")
    return message


def _way_out(letter: Letter, secrets: Mapping[str, str]) -> dict[str, str]:
    """One click in the mail program stops what is marketing (RFC 8058), without a page and without signing in.

    Raises:
        SealBroken: the letter is marketing, and has lost its link.
    """
    if not events.find(letter.event).is_marketing:
        return {}
    if not secrets.get(events.WAY_OUT):
        raise sealing.SealBroken
    return {"List-Unsubscribe": f"<{secrets[events.WAY_OUT]}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _subject(letter: Letter) -> str:
    return f"{letter.subject} ({letter.about})" if page.is_case(letter.about) else letter.subject


def _answered_at(letter: Letter) -> list[str]:
    mailbox = events.find(letter.event).answers_to
    return [settings.ANSWERS_TO[mailbox]] if mailbox else []
