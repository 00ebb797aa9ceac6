"""``manage.py import_access_log FILE…``: see docs/visits.md."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from browsing import clocks
from browsing.importing.findings import Counts
from browsing.importing.loading import load

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import BinaryIO

    from django.core.management.base import OutputWrapper

    from browsing.importing.loading import Report

WIDTH = 30
STANDARD_INPUT = Path("-")
#: Seconds between two lines of progress where nobody looks at a terminal.
QUIET = 10.0


class Command(BaseCommand):
    help = "Take over visits from log files of nginx or Apache in the combined format, compressed by gzip or not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        at, total, problems = clocks.now(), Counts(), []
        for path in options["files"]:
            if _is_stream(path):
                problems.append(f"{path}: only a file that stays can be taken up where a run was killed. Save it first, and give its name.")
                continue
            progress = Progress(path, self.stderr)
            try:
                report = load(path, at=at, progress=progress)
            except OSError as error:
                problems.append(f"{path}: cannot be read: {error.strerror}")
                continue
            progress.end()
            total += report.counts
            problems += self._tell(path, report)
        self.stdout.write(str(total))
        if problems:
            raise CommandError("\n".join(problems))

    def _tell(self, path: Path, report: Report) -> list[str]:
        """Say what is worth knowing of a file; what keeps the command from ending well is given back."""
        if report.known:
            self.stderr.write(f"{path}: {report.known:,} lines were read before, and are left.", self.plain)
        for line in report.findings.lines():
            self.stderr.write(f"{path}: {line}", self.plain)
        if report.unfinished:
            self.stderr.write(f"{path}: the last line is not finished. It is read when the file is given again.", self.plain)
        return [f"{path}: {report.problem}. What stands before is loaded."] if report.problem else []

    @staticmethod
    def plain(text: str) -> str:
        return text


def _is_stream(path: Path) -> bool:
    """Standard input, or what else can be read once only: whether a run has read it before is known by reading it twice."""
    return path == STANDARD_INPUT or (path.exists() and not path.is_file() and not path.is_dir())


class Progress:
    """A bar that grows on a terminal; a line now and then where there is none."""

    def __init__(self, path: Path, out: OutputWrapper) -> None:
        self._path, self._out, self._size = path, out, 0
        self._next, self._is_drawn = time.monotonic() + QUIET, False

    def __call__(self, file: BinaryIO, counts: Counts) -> None:
        self._size = self._size or max(os.fstat(file.fileno()).st_size, 1)
        share = min(file.tell() / self._size, 1.0)
        if self._out.isatty():
            bar = "█" * int(share * WIDTH)
            self._out.write(f"\r{self._path.name} {bar:·<{WIDTH}} {share:4.0%} {counts.read:,} lines", Command.plain, ending="")
            self._is_drawn = True
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + QUIET
            self._out.write(f"{self._path}: {share:.0%}, {counts.read:,} lines read", Command.plain)

    def end(self) -> None:
        if self._is_drawn:
            self._out.write("", Command.plain)
