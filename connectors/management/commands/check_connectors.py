"""``manage.py check_connectors``: everything that is wrong with the declared systems, at once; nothing is changed anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connectors.declared.shapes import Finding, SqlSystem
from connectors.outside import comparing
from connectors.outside.faults import WORDS, SystemAway
from connectors.sources import registering

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from connectors.declared.shapes import System


class Command(BaseCommand):
    help = "Read the declarations of connected systems, compare them with the databases they speak of, and name everything that is wrong."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--folder", type=Path, default=None, help="another folder of declarations than OXYPRIVACY_CONNECTORS")
        parser.add_argument("--files-only", action="store_true", help="read the files, and meet no database")

    def handle(self, *args: Any, folder: Path | None, files_only: bool, **options: Any) -> None:
        found, findings = registering.read_folder(folder or settings.CONNECTORS["files"])
        for system in found:
            if isinstance(system, SqlSystem) and not files_only:
                findings += _compared(system)
        for system in found:
            self.stdout.write(f"{system.file}: {system.key}: {_size(system)}")
        if findings:
            raise CommandError("\n".join(map(str, findings)))


def _compared(system: SqlSystem) -> list[Finding]:
    try:
        return comparing.findings(system)
    except SystemAway as away:
        return [Finding(system.file, "connection", str(WORDS.get(away.code, away.code)))]


def _size(system: System) -> str:
    return f"{len(system.tables)} tables" if isinstance(system, SqlSystem) else "answers by itself"
