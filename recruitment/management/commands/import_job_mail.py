"""``manage.py import_job_mail FILE…``: see docs/recruitment.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from letters.incoming.command import MailCommand
from recruitment.services import Fate, receive

if TYPE_CHECKING:
    from datetime import datetime


class Command(MailCommand):
    help = (
        "Take in answers of candidates from .eml or mbox files, as if they had just arrived. Importing the same file again changes nothing."
    )
    fates = Fate

    def receive(self, raw: bytes, *, at: datetime) -> str:
        return receive(raw=raw, at=at)
