"""Taking back: a registration that is cancelled, and a consent that ends with the objection which tells everybody who got the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from audit.actor import Actor
from datamap.purposes import EVENT_SPONSORS, PARTNER
from events.models import Interest, Registration
from subjects import intake

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from events.models import Asked

PURPOSES = {Registration: EVENT_SPONSORS, Interest: PARTNER}


@transaction.atomic
def cancel(*, registration_id: UUID, at: datetime) -> None:
    """Take part no more. Nobody gets the registration from now on; a second time changes nothing."""
    row = Registration.objects.select_for_update().get(pk=registration_id)
    if row.cancelled_at is not None or row.confirmed_at is None:
        return
    row.cancelled_at = at
    row.save(update_fields=["cancelled_at"])
    audit.record(action="registration.cancelled", about=row.about, actor=Actor.person(), at=at)


@transaction.atomic
def withdraw(row: Registration | Interest, *, at: datetime) -> None:
    """End the consent, from this transaction on. It is an objection to marketing too: filed as one and done at once, with a notice to be
    given to each who got the data. A second time changes nothing.
    """
    locked = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if not locked.is_agreed:
        return
    end(locked, at=at)
    said = {"right": "OBJECTION", "email": locked.email, "name": locked.name, "text": "", "language": locked.language}
    intake.file(purposes=[PURPOSES[type(row)].code], received_at=at, at=at, **said)


def end(row: Asked, *, at: datetime) -> None:
    """Note on a locked row that its consent has ended."""
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    audit.record(action=f"{row._meta.model_name}.withdrawn", about=row.about, actor=Actor.person(), at=at)
