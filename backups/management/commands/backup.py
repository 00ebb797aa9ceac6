from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backups import services


class Command(BaseCommand):
    help = "Makes a backup of this database: compressed, encrypted, in two places, kept for less than twelve months."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backup = services.take(clock=timezone.now, tell=self._tell)
        except services.NotTaken as error:
            raise CommandError(f"No backup was made: {error.code}.") from error
        where = ", ".join(backup.places)
        self.stdout.write(f"{backup.name}: {backup.size} bytes in {backup.stored}, in {where}, until {backup.expires_at:%Y-%m-%d %H:%M}.")

    def _tell(self, size: int) -> None:
        self.stdout.write(f"{size / 1e6:.1f} MB so far")
