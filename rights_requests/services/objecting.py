"""Objections (Art. 21) and consents taken back (Art. 7(3)).

Against direct marketing, and where nothing but consent carries a use, it is done in the transaction that files it: no reason, no
proof beyond the address, no decision. Nobody looks the address up. Every other use is set aside once identity is shown, and
weighed at the desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datamap import registry
from datamap import selectors as datamap_selectors
from datamap.models import Processor
from datamap.purposes import PURPOSES
from rights_requests import bells, correspondence_objecting, deeds, leases, rules
from rights_requests.enums import Action, Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import RightsRequest, Weighing
from rights_requests.models.objection import AT_ONCE
from rights_requests.services import collecting, notifying, restricting
from rights_requests.services.claims import is_address
from rights_requests.services.moving import HOUSE, lock, move
from rights_requests.services.own_words import tidy
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects import services as subjects
from subjects.enums import IdentifierKind
from subjects.identifiers import is_phone, normalise_email

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from audit.actor import Actor
    from datamap.declaration import Purpose, Text
    from datamap.enums import Ground
    from rights_requests.leases import Claim


class PurposeNotObjectable(CannotNow):
    message = _("This use rests on a contract or on a duty of law: there is no objection to it.")


class NothingUpheld(CannotNow):
    message = _("Choose at least one use that ends. Where none does, refuse the request.")


class WhyItGoesOn(CannotNow):
    message = _("For every use that goes on, give the ground and the reasons that the person will read.")


def objectable_purposes() -> list[tuple[str, Text, bool]]:
    """What somebody may object to: code, words, and whether it ends at once."""
    return [(purpose.code, purpose.label, purpose.stops_at_once) for purpose in _objectable()]


def cases_of(right: Right, purposes: Collection[str]) -> list[tuple[list[str], bool]]:
    """The cases that one message makes, as purposes and whether it is done at once: what is, comes first. An objection that
    names no use is one to all of them.

    Raises:
        PurposeNotObjectable: there is no objection to one of them, or it is none of ours.
    """
    if right != Right.OBJECTION:
        return [(list(purposes), False)]
    wanted = set(purposes) or {purpose.code for purpose in _objectable()}
    known = [purpose for purpose in _objectable() if purpose.code in wanted]
    if len(known) != len(wanted):
        raise PurposeNotObjectable
    at_once = [purpose.code for purpose in known if purpose.stops_at_once]
    weighed = [purpose.code for purpose in known if not purpose.stops_at_once]
    return [(codes, is_absolute) for codes, is_absolute in ((at_once, True), (weighed, False)) if codes]


def act_at_once(rights_request: RightsRequest, *, claims: str, actor: Actor, at: datetime) -> None:
    """Stop, close the case and say so, inside the transaction that files it. A letter that is held back changes nothing of it.

    ``claims``, where it is another address or number that the person gave, is not used any more either: nobody asks whose it is.
    """
    for kind, value in _given(rights_request, claims):
        subjects.suppress(kind=kind, value=value, purposes=rights_request.purposes, about=rights_request.reference, actor=actor, at=at)
    move(rights_request, action=Action.ACT_AT_ONCE, actor=actor, at=at, outcome=Outcome.COMPLETE)
    notifying.open_notices(rights_request, at=at, recipients=_recipients(rights_request))
    correspondence_objecting.done(rights_request, at=at)


def _given(rights_request: RightsRequest, claims: str) -> list[tuple[IdentifierKind, str]]:
    """Every address and number that the person named: what stands beside it in our records ends with it (see ``datamap.gate``)."""
    further = normalise_email(claims) if is_address(claims) else ""
    given = [
        (IdentifierKind.EMAIL, rights_request.email),
        (IdentifierKind.EMAIL, further),
        (IdentifierKind.PHONE, rights_request.phone or (claims if is_phone(claims) else "")),
        (IdentifierKind.POSTAL, rights_request.postal_address),
    ]
    return list(dict.fromkeys((kind, value) for kind, value in given if value))


@transaction.atomic
def uphold(
    *,
    request_id: UUID,
    purposes: Collection[str] = (),
    ground: Ground | None = None,
    reason: str = "",
    paragraph: str = "",
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> RightsRequest:
    """End the uses that the person objects to, or those of them that are given; the others go on for a ground and its reasons,
    which the letter gives; ``paragraph`` is what the agent adds to it. What ends has ended when this commits; the sources follow.

    Raises:
        NothingUpheld: none of the case's purposes would end.
        WhyItGoesOn: some go on without ground or reasons.
        TransitionNotAllowed: not an objection in review.
    """
    rights_request = lock(request_id)
    if rights_request.right != Right.OBJECTION:
        raise TransitionNotAllowed
    ending = [code for code in rights_request.purposes if not purposes or code in purposes]
    going_on = [code for code in rights_request.purposes if code not in ending]
    if not ending:
        raise NothingUpheld
    if going_on and (ground not in rules.GOES_ON or not reason.strip()):
        raise WhyItGoesOn
    rights_request.paragraph = tidy(paragraph)
    move(rights_request, action=Action.ANSWER, actor=actor, at=at, ending=len(ending), going_on=len(going_on))
    said = {"request": rights_request, "by_id": agent_id, "at": at}
    goes_on = {"ground": ground or "", "reason": reason.strip()}
    Weighing.objects.bulk_create(Weighing(**said, purpose=code, is_upheld=True) for code in ending)
    Weighing.objects.bulk_create(Weighing(**said, purpose=code, is_upheld=False, **goes_on) for code in going_on)
    _end(rights_request, ending, actor=actor, at=at)
    return rights_request


def _end(rights_request: RightsRequest, purposes: Collection[str], *, actor: Actor, at: datetime) -> None:
    subject = deeds.subject_of(rights_request)
    for code in purposes:
        subjects.object_to(subject_id=subject.pk, purpose=code, actor=actor, at=at)
    collecting.open_tasks(rights_request, verb=Verb.OBJECT, at=at)
    bells.ring_request(rights_request.pk)


@transaction.atomic
def stop_in_source(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """What one source has to do so that the uses end there too.

    Raises:
        LostLease: somebody else has the task by now; nothing is done.
    """
    ended = ended_purposes(rights_request)
    registry.get(claim.source).stop(deeds.subject_of(rights_request), ended, at=at)
    leases.write({claim: {"purposes": ended}}, at=at)


@transaction.atomic
def finish(*, request_id: UUID, at: datetime) -> bool:
    """Close an objection that every source has carried out, and tell the person; False when it is not so far."""
    rights_request = lock(request_id)
    if rights_request.status != Status.CARRYING_OUT or not _is_carried_out(rights_request):
        return False
    outcome = Outcome.PARTIAL if rights_request.weighings.filter(is_upheld=False).exists() else Outcome.COMPLETE
    move(rights_request, action=Action.FINISH, actor=HOUSE, at=at, outcome=outcome)
    notifying.open_notices(rights_request, at=at)
    correspondence_objecting.upheld(rights_request, at=at)
    restricting.announce_lifting(rights_request, at=at)
    return True


def ended_purposes(rights_request: RightsRequest) -> list[str]:
    return list(rights_request.weighings.filter(is_upheld=True).values_list("purpose", flat=True))


def _is_carried_out(rights_request: RightsRequest) -> bool:
    statuses = set(rights_request.tasks.filter(verb=Verb.OBJECT).values_list("status", flat=True))
    return statuses == {TaskStatus.DONE.value}


def _recipients(rights_request: RightsRequest) -> list[str]:
    """Who writes for us, whether or not they know this address, and who got it for a use that has ended. It is the same question for
    every address; what is answered stands in the case alone, which only its mailbox opens.
    """
    said = set(rights_request.purposes)
    is_marketing = any(PURPOSES[code].is_marketing for code in said)
    ended = [code for code in AT_ONCE if code in said or (is_marketing and PURPOSES[code].is_marketing)]
    for_us = Q(code__in=settings.RIGHTS["marketing_recipients"])
    got = Q(pk__in=datamap_selectors.recipients_of(email=rights_request.email, purposes=ended))
    return list(Processor.objects.filter(for_us | got).values_list("code", flat=True))


def _objectable() -> Iterable[Purpose]:
    return [purpose for purpose in PURPOSES.values() if purpose.is_objectable or purpose.stops_at_once]
