"""``manage.py export_processors [FILE]``: what ``import_processors`` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from policy import importing

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Write the register of processors and their papers as CSV, to a file or to the terminal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["file"]
        if path is None:
            self.stdout.write(importing.dump().decode("utf-8-sig"), ending="")
            return
        try:
            path.write_bytes(importing.dump())
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
