"""Telling a person of an approved erasure on every channel that we know: mailboxes by themselves, the rest by somebody's hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import pan, reach
from datamap.declaration import Away
from letters import services as letters
from rights_requests import correspondence, correspondence_by_post, deeds, tellings
from rights_requests.enums import LinkPurpose, Status
from rights_requests.models import Telling
from rights_requests.services import links
from rights_requests.services.moving import lock
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.enums import IdentifierKind
from subjects.identifiers import suppressed_as

if TYPE_CHECKING:
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.models import ErasurePreview, RightsRequest


class WhyUntold(CannotNow):
    message = _("Write why the person cannot be told there.")


class ToldAlready(CannotNow):
    message = _("This was noted already.")


def by_hand(rights_request: RightsRequest) -> list[tuple[str, str]]:
    """(kind, value) of what no mail reaches: where the person asked us to write, and what our records have. Written in two ways it is one."""
    own = rights_request.by_hand_to
    kind = IdentifierKind.POSTAL if rights_request.postal_address else IdentifierKind.PHONE
    found = [(str(kind), own)] if own else []
    found += sorted(reach.now(deeds.subject_of(rights_request)))
    return list({suppressed_as(*channel): channel for channel in reversed(found)}.values())[::-1]


def announce(rights_request: RightsRequest, preview: ErasurePreview, *, at: datetime) -> None:
    """A letter to each mailbox, with a link of its own that holds until the deed, whenever that begins; one for somebody's hand to each other channel. The
    waiting time of these runs from when they were told: see ``tellings.begins_at``.

    Raises:
        SourceAway: a system outside, which may know of one more, does not answer now.
    """
    channels, mailboxes = _channels(rights_request)
    graces = [tellings.grace_of(kind) for kind, _value in channels]
    preview.carry_out_at = at + (tellings.grace_of(IdentifierKind.EMAIL) if mailboxes or not graces else max(graces))
    preview.save(update_fields=["carry_out_at"])
    expires_at = _last_day(preview.carry_out_at)
    for email in mailboxes:
        token, _link = links.make(rights_request, purpose=LinkPurpose.CANCEL, email=email, expires_at=expires_at, at=at)
        correspondence.erasure_notice(rights_request, to=email, token=token, carry_out_at=preview.carry_out_at, at=at)
    for kind, value in channels:
        letter = correspondence_by_post.erasure_notice(rights_request, by_hand_to=value, carry_out_at=at + tellings.grace_of(kind), at=at)
        Telling.objects.create(preview=preview, letter=letter, kind=kind)


def _channels(rights_request: RightsRequest) -> tuple[list[tuple[str, str]], list[str]]:
    try:
        return by_hand(rights_request), deeds.known_channels(rights_request)
    except Away as error:
        raise deeds.SourceAway from error


def _last_day(carry_out_at: datetime) -> datetime:
    """A link stops the erasure for as long as it has not begun: somebody may be told on the last day of the approval."""
    return tellings.order_ends_at(carry_out_at) + tellings.grace_of(IdentifierKind.POSTAL)


@transaction.atomic
def settle_telling(*, telling_id: UUID, is_told: bool, why_not: str = "", agent_id: UUID, actor: Actor, at: datetime) -> Telling:
    """Note that the letter was posted, or read out, just now: the waiting time runs from here. Or why nobody can be reached there: then
    nobody waits for it.

    Raises:
        WhyUntold: no reason.
        ToldAlready: somebody settled it.
        TransitionNotAllowed: the erasure does not wait any more.
    """
    rights_request = lock(Telling.objects.values_list("preview_id", flat=True).get(pk=telling_id))
    telling = Telling.objects.select_for_update(of=("self",)).select_related("letter").get(pk=telling_id)
    if rights_request.status != Status.GRACE:
        raise TransitionNotAllowed
    if not tellings.waiting().filter(pk=telling_id).exists():
        raise ToldAlready
    if is_told:
        letters.settle(letter_id=telling.letter_id, was_sent=True, actor=actor, at=at)
    else:
        _give_up(telling, why_not=pan.mask(why_not.strip()), agent_id=agent_id, actor=actor, at=at)
    action = "erasure.told_by_hand" if is_told else "erasure.not_told"
    audit.record(action=action, about=rights_request.reference, actor=actor, at=at, channel=telling.kind)
    return telling


def _give_up(telling: Telling, *, why_not: str, agent_id: UUID, actor: Actor, at: datetime) -> None:
    if not why_not:
        raise WhyUntold
    telling.impossible_because = why_not
    telling.by_id, telling.settled_at = agent_id, at
    telling.save()
    letters.give_up(letter_ids=[telling.letter_id], actor=actor, at=at)
