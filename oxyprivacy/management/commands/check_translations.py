"""Every word of ours in every language: fails on what is missing, fuzzy, obsolete or not compiled, and on lost or invented places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from policy.promises import listed as promises

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IGNORED = [".venv/*", "var/*", "node_modules/*", "benchmarks/*", "tests/*", "docs/*"]

#: Where a value is put: ``%(name)s``, ``%s``, ``{}``, ``{name}``.
PLACE = re.compile(r"%(?:\(\w+\))?[sdif]|\{\w*\}")
#: A French sign that its line may leave behind: no unbroken space stands before it, or after a quote that opens.
LOOSE = re.compile(r"(?<![\u00a0\u202f])[:;?!](?=\s|$)|« | »")


class Command(BaseCommand):
    help = "Check that French and Dutch are complete, and compiled as they are written."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.LOCALE_PATHS[0]
        wanted = _wanted(folder)
        languages = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        faults = [fault for language in languages for fault in _faults(folder, language, wanted)]
        # The promises stand in their own files, each text in every language.
        faults += promises.faults()
        if faults:
            raise CommandError("\n".join([f"{len(faults)} translations to mend (make messages):", *faults]))
        self.stdout.write(f"{len(wanted)} texts, complete in {', '.join(languages)}.")


def _wanted(folder: Path) -> set[tuple[str | None, str]]:
    """What the code asks gettext for, as (context, text)."""
    pot = folder / "django.pot"
    call_command(
        "makemessages",
        exclude=[path.name for path in folder.iterdir() if path.is_dir()],
        keep_pot=True,
        ignore_patterns=IGNORED,
        verbosity=0,
    )
    try:
        return {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(pot))}
    finally:
        pot.unlink()


def _faults(folder: Path, language: str, wanted: set[tuple[str | None, str]]) -> Iterator[str]:
    path = folder / language / "LC_MESSAGES" / "django.po"
    entries: dict[tuple[str | None, str], polib.POEntry] = {
        (entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path)) if not entry.obsolete
    }
    for key in sorted(wanted, key=str):
        entry = entries.get(key)
        if entry is None or not entry.translated():
            yield f"{language}: missing: {key[1]!r}"
        elif not _keeps_places(entry):
            yield f"{language}: other places than: {key[1]!r}"
        elif language == "fr" and any(LOOSE.search(form) for form in [entry.msgstr, *entry.msgstr_plural.values()]):
            yield f"{language}: a sign without an unbroken space: {key[1]!r}"
    for key in sorted(entries.keys() - wanted, key=str):
        yield f"{language}: nobody asks for: {key[1]!r}"
    if _compiled(path.with_suffix(".mo")) != _translations(polib.pofile(str(path))):
        yield f"{language}: django.mo is not what django.po says"


def _compiled(path: Path) -> dict[tuple[str | None, str], object]:
    return _translations(polib.mofile(str(path))) if path.exists() else {}


def _translations(catalogue: Any) -> dict[tuple[str | None, str], object]:
    return {(entry.msgctxt or None, entry.msgid): entry.msgstr_plural or entry.msgstr for entry in catalogue.translated_entries()}


def _keeps_places(entry: polib.POEntry) -> bool:
    """Whether a translation has the places of its source, each as often. Of several forms each may leave out what the source's
    singular leaves out; the last may not.
    """
    one = _places(entry.msgid)
    if not entry.msgid_plural:
        return _places(entry.msgstr) == one
    many, forms = _places(entry.msgid_plural), [_places(form) for _number, form in sorted(entry.msgstr_plural.items())]
    return forms[-1] == many and all(form in (one, many) for form in forms)


def _places(text: str) -> list[str]:
    return sorted(PLACE.findall(text.replace("%%", "")))
