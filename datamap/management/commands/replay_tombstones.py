from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from datamap import replay
from subjects import home
from subjects.escrow import EscrowBroken


class Command(BaseCommand):
    help = (
        "After a restore, before anybody is served: erases again what was erased, stops what must not simply go on, and opens the database."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            work = replay.replay if home.is_open() else replay.replay_and_open
            done = work(at=timezone.now())
        except EscrowBroken as error:
            raise CommandError(f"Nothing was erased: {error}") from error
        except replay.ReplayBlocked as error:
            raise CommandError(f"Nothing was erased: {error}") from error
        self.stdout.write(
            f"{done.tombstones} tombstones replayed: {done.erased} rows were back and are erased again, {done.restored} tombstones were missing."
        )
        self.stdout.write(f"The database is in service, as of file {done.ledger} of the ledger.")
        for what, count in done.put_right.items():
            self.stdout.write(f"{what}: {count}")
