"""What an erasure leaves, source by source, under an exception of Art. 17(3); and on which ground the rest goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import registry
from datamap.enums import Ground
from rights_requests import deeds, rules
from rights_requests.enums import Action, ErasureGround, Right, Status
from rights_requests.models import CategoryDecision, ErasurePreview, RightsRequest
from rights_requests.services.moving import lock, move
from rights_requests.services.own_words import tidy
from rights_requests.workflow import CannotNow, TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from audit.actor import Actor


@dataclass(frozen=True, slots=True)
class Keeping:
    """A source to be left. ``article`` empty: that of the ground itself. It ends on a day, or with an event in words."""

    source: str
    ground: Ground
    article: str = ""
    until_on: date | None = None
    until_event: str = ""


class SourceUnknown(CannotNow):
    message = _("There is no such source to decide about.")


class NoExceptionToErasure(CannotNow):
    message = _("This ground is none on which data are kept from an erasure.")


class ExceptionIncomplete(CannotNow):
    message = _("What is kept needs the article where the law wants one, and the day or the event that ends it.")


class AllKept(CannotNow):
    message = _("Nothing would be erased: that is a refusal. Refuse the request instead, with the ground and the reasons.")


@transaction.atomic
def decide_categories(
    *,
    request_id: UUID,
    ground: ErasureGround | None,
    kept: Sequence[Keeping],
    paragraph: str = "",
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> RightsRequest:
    """Say what an erasure leaves; every source that is not named goes. What was prepared already is torn up by any change.
    ``paragraph`` is what the agent adds to the letter.

    Raises:
        SourceUnknown, NoExceptionToErasure, ExceptionIncomplete: one of ``kept`` cannot be kept so.
        TransitionNotAllowed: not an erasure that is still being decided about.
    """
    rights_request = lock(request_id)
    if rights_request.right != Right.ERASURE or rights_request.status not in {Status.IN_REVIEW, Status.AWAITING_APPROVAL}:
        raise TransitionNotAllowed
    added, rights_request.paragraph = rights_request.paragraph, tidy(paragraph)
    rights_request.save(update_fields=["paragraph"])
    has_changed = write(rights_request, ground=ground, kept=kept, agent_id=agent_id, actor=actor, at=at)
    # Who approves has read the letter too.
    if (has_changed or added != rights_request.paragraph) and rights_request.status == Status.AWAITING_APPROVAL:
        move(rights_request, action=Action.SEND_BACK, actor=actor, at=at)
        ErasurePreview.objects.filter(request=rights_request).delete()
    return rights_request


def write(
    rights_request: RightsRequest,
    *,
    ground: ErasureGround | None,
    kept: Sequence[Keeping],
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> bool:
    """Write the decisions of a locked case; whether any of them is new. One that stays as it was keeps who took it and when."""
    wanted = {keeping.source: _complete(keeping, today=timezone.localdate(at)) for keeping in kept}
    before = deeds.decided(rights_request)
    undone = [decision for key, decision in before.items() if key not in wanted or not _says(decision, wanted[key])]
    unchanged = before.keys() - {decision.source for decision in undone}
    done = [keeping for key, keeping in wanted.items() if key not in unchanged]
    CategoryDecision.objects.filter(pk__in=[decision.pk for decision in undone]).delete()
    CategoryDecision.objects.bulk_create([_decision(rights_request, keeping, agent_id=agent_id, at=at) for keeping in done])
    for decision in undone:
        if decision.source not in wanted:
            audit.record(action="category.erased", about=rights_request.reference, actor=actor, at=at, source=decision.source)
    for keeping in done:
        facts = {"source": keeping.source, "ground": keeping.ground.value}
        audit.record(action="category.kept", about=rights_request.reference, actor=actor, at=at, **facts)
    return _name_ground(rights_request, ground, actor=actor, at=at) or bool(undone or done)


def _name_ground(rights_request: RightsRequest, ground: ErasureGround | None, *, actor: Actor, at: datetime) -> bool:
    """None leaves what was named before."""
    if ground is None or rights_request.erasure_ground == ground:
        return False
    rights_request.erasure_ground = ground
    rights_request.save(update_fields=["erasure_ground"])
    audit.record(action="erasure.ground_named", about=rights_request.reference, actor=actor, at=at, ground=ground.value)
    return True


def _complete(keeping: Keeping, *, today: date) -> Keeping:
    """With the article that the ground has of its own; a day goes before an event."""
    source = next((one for one in registry.all_sources() if one.key == keeping.source), None)
    if source is None or source.is_handling:
        raise SourceUnknown
    if keeping.ground not in rules.KEEPING_GROUNDS:
        raise NoExceptionToErasure
    article, event = keeping.article.strip(), "" if keeping.until_on else keeping.until_event.strip()
    if keeping.ground in rules.KEEPING_NEEDS_ARTICLE and not article:
        raise ExceptionIncomplete
    if not (keeping.until_on or event) or (keeping.ground in rules.NEEDS_END and not keeping.until_on):
        raise ExceptionIncomplete
    if keeping.until_on and keeping.until_on <= today:
        raise ExceptionIncomplete
    own = f"Art. {rules.ARTICLES[keeping.ground]} GDPR"
    return Keeping(keeping.source, keeping.ground, article or own, keeping.until_on, event)


def _says(decision: CategoryDecision, keeping: Keeping) -> bool:
    return Keeping(decision.source, Ground(decision.ground), decision.article, decision.until_on, decision.until_event) == keeping


def _decision(rights_request: RightsRequest, keeping: Keeping, *, agent_id: UUID, at: datetime) -> CategoryDecision:
    return CategoryDecision(
        request=rights_request,
        source=keeping.source,
        ground=keeping.ground,
        article=keeping.article,
        until_on=keeping.until_on,
        until_event=keeping.until_event,
        by_id=agent_id,
        at=at,
    )
