"""``manage.py import_customers FILE``: see docs/import.md."""

from __future__ import annotations

import os
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.importing.findings import SHOWN, NotImported
from accounts.importing.loading import BRUSSELS, load

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import BinaryIO

    from django.core.management.base import OutputWrapper

EVERY = 5_000


class Command(BaseCommand):
    help = "Take over customers, contacts and invoices from a CSV or JSON Lines file: all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--written-on",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="The day on which the file was written: what a person had corrected before that day, it may change.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                counts = load(file, at=timezone.now(), written_at=_start(options["written_on"]), progress=Progress(file, self.stderr))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except NotImported as error:
            number = error.findings.count
            raise CommandError(f"{path}: nothing was imported, {number} reason{'s' * (number > 1)}.\n{error}") from error
        for kind, count in counts.items():
            self.stdout.write(
                f"{kind}: {count.added} added, {count.changed} changed, {count.same} as before"
                + (f", {count.erased} left out because the person was erased" if count.erased else "")
                + (f", {count.restricted} left out because the person's data is restricted" if count.restricted else "")
                + (f", {count.over} left out because their time is over" if count.over else "")
                + (f", {len(count.corrected)} values left as the person had them corrected" if count.corrected else "")
            )
            for line, column in count.corrected[:SHOWN]:
                self.stdout.write(f"  line {line}, {column}: corrected since (Article 16 GDPR); mend it where the file comes from")
        if not any(count.added or count.changed for count in counts.values()):
            self.stdout.write("Nothing changed: all of this was here already.")


def _start(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, BRUSSELS) if day else None


class Progress:
    """A line on the terminal that grows, or a line now and then where there is none."""

    def __init__(self, file: BinaryIO, out: OutputWrapper) -> None:
        self._file, self._out = file, out
        self._size = max(os.fstat(file.fileno()).st_size, 1)

    def __call__(self, line: int) -> None:
        if line % EVERY:
            return
        share = min(self._file.tell() * 100 // self._size, 100)
        ending = "\r" if self._out.isatty() else "\n"
        self._out.write(f"{line:,} lines read, {share} %", self.style, ending=ending)

    @staticmethod
    def style(text: str) -> str:
        return text
