"""``manage.py import_customers FILE``: see docs/import.md."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.importing.findings import NotImported
from accounts.importing.loading import load

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import BinaryIO

    from django.core.management.base import OutputWrapper

EVERY = 5_000


class Command(BaseCommand):
    help = "Take over customers, contacts and invoices from a CSV or JSON Lines file: all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                counts = load(file, at=timezone.now(), progress=Progress(file, self.stderr))
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
            )
        if not any(count.added or count.changed for count in counts.values()):
            self.stdout.write("Nothing changed: all of this was here already.")


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
