"""``manage.py export_processors [FILE]``: what ``import_processors`` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from policy import importing, importing_entities

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Write the register of processors and their papers as CSV, to a file or to the terminal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--entities", action="store_true", help="the entities of the group and their clauses instead")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["file"]
        content = importing_entities.dump() if options["entities"] else importing.dump()
        if path is None:
            self.stdout.write(content.decode("utf-8-sig"), ending="")
            return
        try:
            path.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
