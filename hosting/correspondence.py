"""What the administrators of a customer are told about its databases: each in their own language, and all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from hosting import rules, selectors
from hosting.enums import Region
from letters import services as letters
from letters.values import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from accounts.models import User
    from hosting.models import CustomerDatabase, RegionRequest
    from hosting.services.alarming import Trouble
    from letters.values import Value


def cancelled(database: CustomerDatabase, *, at: datetime) -> None:
    values: dict[str, Value] = {"region": Region(database.server.region).label, "working": working(database), "ends_at": database.ends_at}
    _tell("database_cancelled", database, values, at=at)


def deletion_asked(database: CustomerDatabase, *, at: datetime) -> None:
    _tell("database_deletion_asked", database, {"asked_at": at}, at=at)


def deletion_confirmed(database: CustomerDatabase, *, carry_out_at: datetime, at: datetime) -> None:
    _tell("database_deletion_confirmed", database, {"carry_out_at": carry_out_at}, at=at)


def deletion_called_off(database: CustomerDatabase, *, at: datetime) -> None:
    _tell("database_deletion_called_off", database, {"called_off_at": at}, at=at)


def destroyed(database: CustomerDatabase, *, at: datetime) -> None:
    """The certificate in words: the event of the same instant is the sealed one."""
    last = database.backups.order_by("-expires_at").values_list("expires_at", flat=True).first() or at
    values: dict[str, Value] = {"destroyed_at": at, "certificate": database.about, "backups_until": timezone.localdate(max(last, at))}
    _tell("database_destroyed", database, values, at=at)


def region_answered(database: CustomerDatabase, request: RegionRequest, *, at: datetime) -> None:
    values: dict[str, Value] = {"region": Region(request.region).label, "answer": request.get_status_display(), "reasons": request.answer}
    _tell("region_answered", database, values, at=at)


def backups_alarm(trouble: Trouble, *, to: User, at: datetime) -> None:
    """What needs somebody, as numbers."""
    with translation.override(to.language):
        said = [
            (_("Databases without a recent backup"), trouble.late),
            (_("Backups in fewer than two places"), trouble.few),
            (_("Copies that could not be written"), trouble.stuck),
            (_("Copies that are over and would not go"), trouble.overdue),
        ]
        values: dict[str, Value] = {
            "troubles": Rows(rows=[(str(label), number) for label, number in said if number]),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_databases')}",
        }
        about = f"accounts.user:{to.pk}"
        letters.write(
            event="backups_alarm", language=to.language, to=to.email, name=to.name, about=about, values=values, at=at, is_shown=False
        )


def working(database: CustomerDatabase) -> Rows:
    """How the last day comes about."""
    assert database.cancelled_at is not None
    period = rules.SWITCHING if database.is_switching else rules.GRACE
    why = _("Days to take your data along, when you switch to another provider") if database.is_switching else _("Days to change your mind")
    return Rows(
        rows=[(_("Cancelled"), timezone.localtime(database.cancelled_at)), (why, period.days)],
        total=(_("Destroyed from"), timezone.localtime(database.ends_at)),
    )


def _tell(event: str, database: CustomerDatabase, values: Mapping[str, Value], *, at: datetime) -> None:
    for administrator in selectors.administrators_of(database.company):
        with translation.override(administrator.language):
            url = settings.PUBLIC_URL + reverse("hosting_database", kwargs={"database_id": database.pk})
            letters.write(
                event=event,
                language=administrator.language,
                to=administrator.email,
                name=administrator.name,
                about=database.about,
                values={"database": database.label, "database_url": url, **values},
                at=at,
            )
