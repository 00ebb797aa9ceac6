"""What the pages say of a database: its state in a word and a shape, its dates as a sum, who looked, and what can be done now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from datamap.archives.places import REPLICAS
from hosting import correspondence, selectors
from hosting.enums import Region, RegionAnswer, State, Verb
from hosting.services import deleting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hosting.models import Backup, CustomerDatabase, Instruction, Replica

SHAPES: Mapping[str, str] = {
    State.ORDERED: "collecting",
    State.ACTIVE: "done",
    State.DEACTIVATED: "waiting",
    State.DESTROYED: "stopped",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A database in a list."""

    database: CustomerDatabase
    region: str
    shape: str
    word: str
    is_gone: bool


def row(database: CustomerDatabase, *, at: datetime) -> Row:
    return Row(
        database=database,
        region=str(Region(database.server.region).label),
        shape=SHAPES[database.state],
        word=word(database, at=at),
        is_gone=database.is_gone(at),
    )


@dataclass(frozen=True, slots=True)
class BackupRow:
    """A backup in a list: where it stands, zone by zone, and in a word and a shape whether that is enough."""

    backup: Backup
    zones: list[tuple[str, int]]
    shape: str
    word: str
    troubles: list[Replica]


def backup(row: Backup) -> BackupRow:
    replicas = list(row.replicas.all())
    standing = [replica for replica in replicas if replica.stored_at is not None]
    zones = Counter(str(Region(replica.zone).label) for replica in standing)
    is_whole = len(standing) >= REPLICAS and len(standing) == len(replicas)
    return BackupRow(
        backup=row,
        zones=sorted(zones.items()),
        shape="done" if is_whole else "waiting",
        word=_("In every place") if is_whole else _("Being put into every place"),
        troubles=[replica for replica in replicas if replica.error],
    )


def word(database: CustomerDatabase, *, at: datetime) -> str:
    """The state, and what is on its way."""
    if database.state != State.DESTROYED and database.is_gone(at):
        return _("Being destroyed")
    if database.state == State.ACTIVE and database.cancelled_at is not None:
        return _("Being closed")
    if database.state == State.DEACTIVATED and database.cancelled_at is None:
        return _("Being opened again")
    return str(State(database.state).label)


def of(database: CustomerDatabase, *, at: datetime) -> dict[str, Any]:
    """All that the page of one database shows."""
    is_gone = database.is_gone(at)
    deletion = deleting.open_deletion(database)
    rows, total = _sum(database, deletion_at=deletion.carry_out_at if deletion else None)
    return {
        "database": database,
        "row": row(database, at=at),
        "now": at,
        "is_gone": is_gone,
        "is_destroyed": database.state == State.DESTROYED,
        "is_open": database.state == State.ACTIVE and database.cancelled_at is None and not is_gone,
        "can_return": database.cancelled_at is not None and not is_gone,
        "newest_backup": database.backups.first(),
        "can_copy": database.state in {State.ACTIVE, State.DEACTIVATED} and not is_gone,
        "rows": rows,
        "total": total,
        "delayed": delayed(database),
        "deletion": deletion,
        "exports": list(database.exports.all()),
        "is_copying": database.steps.filter(verb=Verb.EXPORT, status__in=("WAITING", "RUNNING")).exists(),
        "regions": list(database.region_requests.all()),
        "waits_for_region": database.region_requests.filter(status=RegionAnswer.OPEN).exists(),
        "grants": [grant for grant in database.grants.all() if grant.approved_at is not None],
        "instructions": [(instruction.get_kind_display(), who(instruction), instruction.at) for instruction in _newest(database)],
    }


def _newest(database: CustomerDatabase) -> list[Instruction]:
    return list(database.instructions.order_by("-at", "-pk"))


def who(instruction: Instruction) -> str:
    """By role alone for staff; by name for the customer's own people."""
    if instruction.actor_kind == "PERSON":
        return selectors.name_of(instruction.actor_id) or _("A former administrator")
    return _("Oxygis, %(entity)s (%(country)s)") % {"entity": instruction.actor_entity, "country": instruction.actor_country}


def delayed(database: CustomerDatabase) -> bool:
    """Whether the server has refused something that was asked of it."""
    return any(step.error and step.attempts > 1 for step in selectors.open_steps(database))


def _sum(database: CustomerDatabase, *, deletion_at: datetime | None) -> tuple[Any, Any]:
    if database.destroyed_at is not None:
        return (), (_("Destroyed"), timezone.localtime(database.destroyed_at).date())
    if deletion_at is not None:
        return [(_("Confirmed"), timezone.localtime(deletion_at).date())], (_("Deleted from"), timezone.localtime(deletion_at).date())
    if database.cancelled_at is not None:
        working = correspondence.working(database)
        return [tuple(_day(cell) for cell in line) for line in working.rows], tuple(_day(cell) for cell in working.total)
    return (), (_("In use since"), timezone.localtime(database.created_at or database.ordered_at).date())


def _day(cell: Any) -> Any:
    return cell.date() if hasattr(cell, "hour") else cell
