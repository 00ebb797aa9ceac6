from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from datamap import replay
from subjects.escrow import EscrowBroken


class Command(BaseCommand):
    help = "After a restore, before anybody is served: erases again what was erased, and stops what must not simply go on."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = replay.replay(at=timezone.now())
        except EscrowBroken as error:
            raise CommandError(f"Nothing was erased: {error}") from error
        except replay.ReplayBlocked as error:
            raise CommandError(f"Nothing was erased: {error}") from error
        self.stdout.write(
            f"{done.tombstones} tombstones replayed: {done.erased} rows were back and are erased again, {done.restored} tombstones were missing."
        )
        for what, count in done.put_right.items():
            self.stdout.write(f"{what}: {count}")
