from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from backups import restoring

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from datamap.replay import Replayed

NO_FILES = "The folder of files is empty or not there, and the keys of files that are gone are destroyed: mount it, or say --without-files."


class Command(BaseCommand):
    help = "Lists backups; or brings one back into a database of its own, replays the ledger there and opens it (docs/restore.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", nargs="?", help="the name or the key of a backup; without it they are listed")
        parser.add_argument("--database", default="", help="what the new database is called")
        parser.add_argument("--ledger", type=int, default=0, help="the last file of the ledger that anybody knows of")
        parser.add_argument("--without-files", action="store_true", help="the folder of files is lost: their keys are destroyed")
        parser.add_argument("--switch", metavar="DATABASE", help="give a restored database the name of the one that served")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["switch"]:
                aside = restoring.switch(database=options["switch"])
                self.stdout.write(f"{options['switch']} serves now as {connection.settings_dict['NAME']}; what served before is {aside}.")
            elif options["backup"]:
                self._restore(options)
            else:
                self._list()
        except restoring.NotRestored as error:
            raise CommandError(f"Nothing was restored. {error}") from error

    def _list(self) -> None:
        for manifest in restoring.known():
            label = manifest.label
            self.stdout.write(
                f"{label.id}  taken {label.taken_at:%Y-%m-%d %H:%M}  until {label.expires_at:%Y-%m-%d}  {manifest.size / 1e6:.1f} MB"
                f"  ledger {label.details['ledger']}"
            )

    def _restore(self, options: dict[str, Any]) -> None:
        if not (options["without_files"] or restoring.has_files()):
            raise CommandError(NO_FILES)
        found = restoring.choose(options["backup"])
        name = options["database"] or restoring.database_for(found.manifest)
        self.stdout.write(f"{found.manifest.name} is whole in {found.place.code}; it goes into {name}.")
        done = restoring.restore(found=found, database=name, least=options["ledger"], clock=timezone.now, tell=self._tell)
        self._report(name, done)

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _report(self, name: str, done: Replayed) -> None:
        self.stdout.write(f"{done.tombstones} tombstones replayed: {done.erased} rows were back and are erased again.")
        for what, count in done.put_right.items():
            if count:
                self.stdout.write(f"{what}: {count}")
        self.stdout.write(
            f"{name} is open, as of file {done.ledger} of the ledger. Stop web, worker and beat, then: manage.py restore --switch {name}"
        )
