"""``manage.py send_newsletter issue.en.txt issue.fr.txt``: write an issue to everybody who subscribed in its language.

A file begins with its subject, then a blank line, then paragraphs with blank lines between them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.enums import Language
from consent.services import subscribing

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Write one issue of the newsletter to everybody who subscribed in its language, as far as the gate lets it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="+", type=Path, help="a text whose name ends in .en.txt, .fr.txt or .nl.txt")

    def handle(self, *args: Any, file: list[Path], **options: Any) -> None:
        issues = [_read(path) for path in file]
        for language, subject, lines in issues:
            sent = subscribing.send(language=language, subject=subject, lines=lines, at=timezone.now())
            self.stdout.write(f"{language}: {sent.written} written, {sent.stopped} stopped")


def _read(path: Path) -> tuple[str, str, list[str]]:
    language = path.suffixes[-2].lstrip(".") if len(path.suffixes) > 1 else ""
    if language not in Language.values:
        raise CommandError(f"{path.name} does not end in .en.txt, .fr.txt or .nl.txt.")
    try:
        parts = [" ".join(part.split()) for part in path.read_text(encoding="utf-8").split("\n\n")]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path.name} cannot be read.") from error
    subject, *lines = [part for part in parts if part] or [""]
    if not subject or not lines:
        raise CommandError(f"{path.name} has no subject, or nothing after it.")
    return language, subject, lines
