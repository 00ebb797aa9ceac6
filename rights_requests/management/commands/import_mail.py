"""``manage.py import_mail FILE…``: see docs/operations.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from letters.incoming.command import MailCommand
from rights_requests.services.mail_in import Fate, receive
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime


class Command(MailCommand):
    help = "Take in mails from .eml or mbox files, as if they had just arrived. Importing the same file again changes nothing."
    fates = Fate
    refused = (*MailCommand.refused, CannotNow)

    def receive(self, raw: bytes, *, at: datetime) -> str:
        return receive(raw=raw, at=at).fate
