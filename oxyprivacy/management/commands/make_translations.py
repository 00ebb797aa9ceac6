"""``make messages``: bring the catalogues up to date with the sources, and compile them."""

from __future__ import annotations

from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from oxyprivacy.management.commands.check_translations import IGNORED


class Command(BaseCommand):
    help = "Collect the texts to translate into locale/, drop what nobody asks for, compile what is translated."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        call_command(
            "makemessages", locale=languages, no_obsolete=True, no_location=True, no_wrap=True, ignore_patterns=IGNORED, verbosity=0
        )
        for language in languages:
            path = settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po"
            catalogue = polib.pofile(str(path), wrapwidth=110)
            for entry in catalogue.fuzzy_entries():
                entry.flags.remove("fuzzy")
                entry.msgstr = ""
                entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
            for changing in ("POT-Creation-Date", "PO-Revision-Date"):
                catalogue.metadata.pop(changing, None)
            catalogue.save()
            catalogue.save_as_mofile(str(path.with_suffix(".mo")))
            self.stdout.write(f"{language}: {len(catalogue.untranslated_entries())} of {len(catalogue)} to translate")
