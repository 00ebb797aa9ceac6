"""What the commands that import saved mails share: each says what becomes of one mail, and which fates there are."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import DataError
from django.utils import timezone

from letters.incoming.sources import mails_in

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable
    from datetime import datetime
    from typing import BinaryIO

EVERY = 500
BAD = "bad"


class MailCommand(BaseCommand):
    """Import mails from ``.eml`` and mbox files. What cannot be read is named by file, number and byte, and loses nothing else."""

    fates: ClassVar[Iterable[str]]
    #: What a room refuses of one mail, and no reason to stop.
    refused: ClassVar[tuple[type[Exception], ...]] = (ValueError, DataError)

    def receive(self, raw: bytes, *, at: datetime) -> str:
        """Take in one mail; its fate."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[str] = Counter()
        with ExitStack() as stack:
            for path, file in [(path, stack.enter_context(_opened(path))) for path in options["files"]]:
                self._take_in(path, file, counts)
        said = [f"{counts.total()} read", *(f"{counts[kind]} {kind}" for kind in (*map(str, self.fates), BAD))]
        self.stdout.write(", ".join(said))

    def _take_in(self, path: Path, file: BinaryIO, counts: Counter[str]) -> None:
        for number, mail in enumerate(mails_in(file), start=1):
            try:
                counts[self.receive(mail.raw, at=timezone.now())] += 1
            except self.refused as error:
                counts[BAD] += 1
                self.stderr.write(f"{path}: mail {number}, at byte {mail.position}, cannot be read ({type(error).__name__})")
            if not counts.total() % EVERY:
                self.stderr.write(f"{counts.total():,} mails read", self.style.NOTICE)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
