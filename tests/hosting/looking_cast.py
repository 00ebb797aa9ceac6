"""Looking into a backup, as its tests play it."""

from __future__ import annotations

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from hosting.enums import RestoreGround
from hosting.models import ErasureOrder, Restoration
from hosting.services import erasing, looking
from tests.hosting import cast
from tests.hosting.cast import NOON

LATER = NOON + relativedelta(months=6)


def asked(backup, boss, staff, *, at=LATER) -> Restoration:
    """As the customer wants it, asked by one and approved by the other."""
    wanted = looking.request(database_id=backup.database_id, backup_id=backup.pk, actor=cast.actor(boss), at=at)
    return by_staff(backup, staff, ground=RestoreGround.CUSTOMER, instruction_id=wanted.pk, at=at)


def by_staff(backup, staff, *, ground=RestoreGround.LAW, instruction_id=None, reference="", at=LATER) -> Restoration:
    one, other = staff
    told = {"ground": ground, "instruction_id": instruction_id, "reference": reference, "user": one, "actor": cast.actor(one)}
    made = looking.ask(database_id=backup.database_id, backup_id=backup.pk, at=at, **told)
    return looking.approve(restoration_id=made.pk, user=other, actor=cast.actor(other), at=at)


def let_in(restoration, user, *, at=LATER) -> dict[str, str]:
    password = looking.let_in(restoration_id=restoration.pk, user=user, actor=cast.actor(user), at=at)
    cast.run(restoration.database, at=at)
    return {"database": restoration.name, "user": restoration.name, "password": password}


def fresh(restoration) -> Restoration:
    return Restoration.objects.get(pk=restoration.pk)


def named(database, boss, relation, *row_keys: object, at=LATER) -> ErasureOrder:
    keys = [str(key) for key in row_keys]
    return erasing.name_rows(database_id=database.pk, relation=relation, row_keys=keys, actor=cast.actor(boss), at=at)


def opened(listed, user, approver, **fields) -> Restoration:
    """One that stands open, by the rows alone."""
    told = {"approved_by": approver.pk, "approved_at": LATER, "ends_at": LATER + timedelta(days=7), "restored_at": LATER, "ledger": 0}
    return cast.make_restoration(listed, user, at=LATER, served_at=LATER, **told, **fields)
