from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from datamap.services import AlreadyPublished
from policy import services


class Command(BaseCommand):
    help = "Publishes a text of the privacy policy for good; without a file, the texts that come with OxyPrivacy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument("--language", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--effective-on", type=date.fromisoformat, help="the day it came into force, as 2022-08-18")
        parser.add_argument("--title")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] is None:
            for version in services.import_own_texts(at=timezone.now()):
                self.stdout.write(f"Published: {version}.")
            return
        if not options["language"]:
            raise CommandError("Say in which language the text is: --language en, fr or nl.")
        self._import(options)

    def _import(self, options: dict[str, Any]) -> None:
        try:
            version, is_new = services.import_text(
                file=options["file"],
                language=options["language"],
                effective_on=options["effective_on"],
                title=options["title"] or "",
                at=timezone.now(),
            )
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except services.NotAPolicy as error:
            raise CommandError(str(error)) from error
        except AlreadyPublished as error:
            message = f"{error} is published with another text, and a published text never changes: give the day of the change."
            raise CommandError(message) from error
        self.stdout.write(f"Published: {version}." if is_new else f"{version} was published before; nothing changed.")
