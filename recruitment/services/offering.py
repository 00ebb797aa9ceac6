"""Details for the contract: they exist only once a job was offered, each for its reason (P012)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.enums import ActorKind
from datamap import gate, pan
from recruitment import asked, correspondence
from recruitment.enums import OFFERED_STATUSES
from recruitment.models import OfferAnswer
from recruitment.services.moving import heard_from, lock
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor


class NoOffer(CannotNow):
    message = _("No job was offered: nothing more is asked.")


@transaction.atomic
def answer(*, application_id: UUID, answers: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """Keep what the person, or HR for them, filled in: of what is asked in that country, and of nothing else.

    Raises:
        NoOffer: before an offer there is nothing to fill in.
        Stopped: HR changes nothing of somebody whose data is restricted; the person may.
    """
    application = lock(application_id)
    if application.status not in OFFERED_STATUSES:
        raise NoOffer
    if actor.kind == ActorKind.STAFF:
        gate.require(gate.may_edit(values=[application.email]))
    else:
        heard_from(application, at=at)
    names = [field.name for field in asked.for_offer(application.country) if field.name in answers]
    for name in names:
        _keep(application.pk, name, pan.mask(answers[name].strip()), at=at)
    audit.record(action="application.details_given", about=correspondence.about(application), actor=actor, at=at, fields="-".join(names))


def _keep(application_id: UUID, name: str, value: str, *, at: datetime) -> None:
    if not value:
        OfferAnswer.objects.filter(application_id=application_id, field=name).delete()
        return
    OfferAnswer.objects.update_or_create(application_id=application_id, field=name, defaults={"value": value, "answered_at": at})
