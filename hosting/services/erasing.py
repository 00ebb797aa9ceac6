"""Rows of a customer's own tables that must not come back with a backup: named by the customer, by table and key, and noted outside the database too
(P084). We do not know what lies in a customer's tables; who deletes somebody there tells us which rows these were.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hosting import rules
from hosting.enums import InstructionKind, Verb
from hosting.models import Backup, ErasureOrder, Restoration
from hosting.services import steps
from hosting.services.noting import instruct, lock
from hosting.workflow import CannotNow
from subjects import journal, orders, room_orders
from subjects.escrow import EscrowBroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from audit.actor import Actor
    from hosting.models import CustomerDatabase

KIND = "hosting:rows"
#: Twelve months of backups, and a month for the last of them to be destroyed.
KEEP = relativedelta(months=13)
KEYS_AT_ONCE = 10_000


class NotKeys(CannotNow):
    message = _("Give the name of one table and the keys of its rows: numbers or UUIDs, one on each line, 10,000 at most.")


@transaction.atomic
def name_rows(*, database_id: UUID, relation: str, row_keys: Sequence[str], actor: Actor, at: datetime) -> ErasureOrder:
    """Have these rows erased from whatever is restored from now on, and from what stands restored already.

    Raises:
        NotKeys: what is given could say something about somebody, or names nothing.
    """
    keys = list(dict.fromkeys(key.strip().lower() for key in row_keys if key.strip()))
    if not rules.RELATION.fullmatch(relation) or not 0 < len(keys) <= KEYS_AT_ONCE or not all(map(rules.ROW_KEY.fullmatch, keys)):
        raise NotKeys
    database = lock(database_id)
    order = ErasureOrder.objects.create(database=database, relation=relation, row_keys=keys, erased_at=at, expires_at=at + KEEP)
    instruct(database, InstructionKind.ERASED, actor=actor, at=at, rows=len(keys), order=str(order.pk))
    for restoration in Restoration.objects.filter(database=database, restored_at__isnull=False, ended_at=None):
        restoration.served_at = None
        restoration.save(update_fields=["served_at"])
        steps.open_step(database, Verb.CATCH_UP, at=at, about=restoration.pk)
    return order


def newest_order(database: CustomerDatabase) -> UUID | None:
    return ErasureOrder.objects.filter(database=database).order_by("-pk").values_list("pk", flat=True).first()


@transaction.atomic
def copy_out(*, at: datetime) -> int:
    """Note in the journal outside the database what is not noted there yet; how many orders.

    Raises:
        EscrowBroken: nothing is written behind a journal whose end is missing.
    """
    waiting = list(ErasureOrder.objects.select_for_update(skip_locked=True).filter(number=None).order_by("pk")[:100])
    if not waiting:
        return 0
    number = room_orders.note([_entry(order) for order in waiting], at=at)
    return ErasureOrder.objects.filter(pk__in=[order.pk for order in waiting]).update(number=number)


def rows_of(database: CustomerDatabase, *, backup_ledger: int, at: datetime) -> tuple[int, Mapping[str, Sequence[str]]]:
    """What must not come back into this database: the keys by table, of our rows and of the journal; and the journal's newest file.

    Raises:
        EscrowBroken: the journal is not whole, or ends before what the backup or our own rows know of: nobody can say what must not come back.
    """
    orders.read_all(at=at)
    newest = journal.newest()
    known = ErasureOrder.objects.exclude(number=None).order_by("-number").values_list("number", flat=True).first() or 0
    known = max(known, backup_ledger, Backup.objects.order_by("-ledger").values_list("ledger", flat=True).first() or 0)
    if known > newest:
        raise EscrowBroken(f"File {known} of standing orders is known of; the escrow ends with {newest}.")
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for relation, keys in _named(database, at=at):
        found[relation] |= dict.fromkeys(keys)
    return newest, {relation: list(keys) for relation, keys in found.items()}


def _named(database: CustomerDatabase, *, at: datetime) -> Iterator[tuple[str, Sequence[str]]]:
    yield from ErasureOrder.objects.filter(database=database).values_list("relation", "row_keys")
    for number, entry in room_orders.noted(KIND, at=at):
        try:
            if UUID(entry["database"]) == database.pk:
                yield str(entry["relation"]), [str(key) for key in entry["rows"]]
        except (ValueError, KeyError, TypeError) as error:
            raise EscrowBroken(f"File {number} of standing orders has an entry that cannot be read.") from error


def _entry(order: ErasureOrder) -> dict[str, object]:
    return {
        "kind": KIND,
        "key": str(order.pk),
        "database": str(order.database_id),
        "relation": order.relation,
        "rows": order.row_keys,
        "erased_at": order.erased_at.isoformat(),
    }
