"""A backup that nobody makes is noticed, and so is one that lies in too few places; and a database that was opened without its replay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.checks import Error, Tags, register
from django.db import connections
from django.utils import timezone

from backups.models import Backup
from datamap.archives import places
from datamap.archives.places import PlaceRefused
from subjects import ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.checks import CheckMessage

#: They are made each night.
YOUNGEST = timedelta(hours=50)


@register(Tags.database)
def check_backups(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()) or Backup._meta.db_table not in connections["default"].introspection.table_names():
        return []
    at = timezone.now()
    newest = Backup.objects.order_by("-taken_at").first()
    found: list[CheckMessage] = []
    if newest is not None and newest.taken_at < at - YOUNGEST:
        found.append(
            Error(f"The newest backup is of {newest.taken_at:%Y-%m-%d %H:%M}.", hint="See Attempts at backups.", id="backups.E001")
        )
    short = [backup.name for backup in Backup.objects.filter(expires_at__gt=at) if _lying(backup) < places.REPLICAS]
    if short:
        message = f"{len(short)} backups lie in fewer than {places.REPLICAS} places."
        found.append(Error(message, hint=", ".join(short[:5]), id="backups.E002"))
    kept = Backup.objects.filter(expires_at__lte=at - timedelta(hours=2)).count()
    if kept:
        found.append(
            Error(f"{kept} backups are kept beyond their time.", hint="See the runs of backups.backups.expired.", id="backups.E003")
        )
    unknown = ledger.unknown_to_database(at=at)
    if unknown:
        message = f"{unknown} tombstones of the ledger are unknown to this database: it was restored, and they were not replayed."
        found.append(Error(message, hint="manage.py replay_tombstones (docs/restore.md).", id="backups.E004"))
    return found


def _lying(backup: Backup) -> int:
    return sum(_has(backup, code) for code in backup.places)


def _has(backup: Backup, code: str) -> bool:
    try:
        return places.has(backup.name, places.get(code))
    except PlaceRefused:
        return False
