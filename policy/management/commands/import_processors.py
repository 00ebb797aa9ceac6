"""``manage.py import_processors FILE``: see docs/registers.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.importing.findings import NotImported
from audit.actor import Actor
from policy import importing, importing_entities

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Take over the register of processors and their papers, or of the group's entities, from a CSV file: all of it, or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                register = importing_entities if importing_entities.is_of_entities(file) else importing
                counts = register.load(file, actor=Actor.system("import_processors"), at=timezone.now())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except NotImported as error:
            number = error.findings.count
            raise CommandError(f"{path}: nothing was imported, {number} reason{'s' * (number > 1)}.\n{error}") from error
        self.stdout.write(f"{counts['added']} added, {counts['changed']} changed, {counts['same']} as before")
