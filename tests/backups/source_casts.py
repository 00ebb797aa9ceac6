"""How the shared suite for sources makes backups (see ``tests/conformance``): they hold everybody, and nobody is found in one."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING
from uuid import uuid4

from dateutil.relativedelta import relativedelta

from backups.models import Attempt, Backup
from backups.personal_data import EXPIRED
from tests.conformance.casting import Cast, plays

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from datamap.declaration import RetentionRule
    from tests.conformance.casting import Person

NOBODY = "a copy of the whole database: nobody is found in one"


@plays("backups.backups")
class BackupsCast(Cast):
    holds = {}
    unfound = {"backup": NOBODY, "attempt": NOBODY}
    few = "one is made each night"
    is_once = "no backup is of one person"
    goes_despite = dict.fromkeys(
        ("backups.backups.expired", "backups.backups.attempts"), "no backup is kept beyond twelve months, and none names anybody"
    )

    def fill(self, person: Person, *, at: datetime) -> None:
        """Nothing is about somebody."""

    def ending(self, rule: RetentionRule, person: Person, *, since: datetime) -> Model:
        if rule.code == EXPIRED:
            return made(expires_at=since)
        return Attempt.objects.create(begun_at=since, moved_at=since, finished_at=since)


def made(*, expires_at: datetime) -> Backup:
    key = uuid4()
    # As ``backups.services`` names them: in UTC.
    name = f"oxyprivacy/{expires_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{key.hex}"
    taken_at = expires_at - relativedelta(months=11)
    told = {"size": 1, "stored": 1, "seal": "0" * 64, "tool": "pg_dump 18", "ledger": 0}
    return Backup.objects.create(id=key, name=name, places=["be-1", "be-2"], taken_at=taken_at, expires_at=expires_at, **told)
