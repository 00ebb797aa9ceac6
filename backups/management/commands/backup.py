from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backups import services
from datamap.archives import places

#: What is in the way, by the codes of refusals; for the rest the log says more.
WORDS = {
    places.MISSING: "its places are folders that must be there, each on storage of its own: make them in OXYPRIVACY_ARCHIVES (docs/archives.md)",
    places.FULL: "there is no room for it",
    places.NO_RIGHTS: "this account may not write into its places",
    places.NOT_CONFIGURED: "its zone has fewer than two places",
    "tools-missing": "no pg_dump that is installed is as new as the server",
    "ledger-broken": "the ledger is not whole (docs/restore.md)",
    "under-way": "another is being made",
}


class Command(BaseCommand):
    help = "Makes a backup of this database: compressed, encrypted, in two places, kept for less than twelve months."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backup = services.take(clock=timezone.now, tell=self._tell)
        except services.NotTaken as error:
            raise CommandError(f"No backup was made: {WORDS.get(error.code, 'see the log')} ({error.code}).") from error
        where = ", ".join(backup.places)
        self.stdout.write(f"{backup.name}: {backup.size} bytes in {backup.stored}, in {where}, until {backup.expires_at:%Y-%m-%d %H:%M}.")

    def _tell(self, size: int) -> None:
        self.stdout.write(f"{size / 1e6:.1f} MB so far")
