"""``manage.py import_mail FILE…``: see docs/operations.md."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DataError
from django.utils import timezone

from rights_requests.mail_sources import mails_in
from rights_requests.services.mail_in import Fate, receive
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import BinaryIO

EVERY = 500
BAD = "bad"
_REFUSED = (ValueError, DataError, CannotNow)


class Command(BaseCommand):
    help = "Take in mails from .eml or mbox files, as if they had just arrived. Importing the same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[str] = Counter()
        with ExitStack() as stack:
            for path, file in [(path, stack.enter_context(_opened(path))) for path in options["files"]]:
                self._take_in(path, file, counts)
        said = [f"{counts.total()} read", *(f"{counts[kind]} {kind}" for kind in (*map(str, Fate), BAD))]
        self.stdout.write(", ".join(said))

    def _take_in(self, path: Path, file: BinaryIO, counts: Counter[str]) -> None:
        for number, mail in enumerate(mails_in(file), start=1):
            try:
                counts[receive(raw=mail.raw, at=timezone.now()).fate] += 1
            except _REFUSED as error:
                counts[BAD] += 1
                self.stderr.write(f"{path}: mail {number}, at byte {mail.position}, cannot be read ({type(error).__name__})")
            if not counts.total() % EVERY:
                self.stderr.write(f"{counts.total():,} mails read", self.style.NOTICE)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
