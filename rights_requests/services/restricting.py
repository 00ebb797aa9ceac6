"""Restriction (Art. 18): it acts with the decision, everywhere, through the gate; it ends only after the person was told."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import pan, registry
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import bells, correspondence_restriction, deeds, leases
from rights_requests.enums import Action, Outcome, Right, Status, TaskStatus, Verb
from rights_requests.services import collecting, notifying
from rights_requests.services.moving import HOUSE, lock, move
from rights_requests.services.own_words import tidy
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects import selectors as subjects_selectors
from subjects import services as subjects
from subjects.models import Restriction

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from audit.actor import Actor
    from datamap.declaration import Source
    from rights_requests.leases import Claim
    from rights_requests.models import RightsRequest
    from subjects.enums import RestrictionGround

#: A letter that ended like this told nobody: it is written anew.
_NEVER_ARRIVES = frozenset({LetterStatus.FAILED, LetterStatus.HELD})


class NothingRestricted(CannotNow):
    message = _("No restriction stands here any more.")


class ReasonRequired(CannotNow):
    message = _("Write why it ends: the person reads it before it does.")


class NobodyToTell(CannotNow):
    message = _("We have no address of this person: a restriction cannot end before they are told.")


@transaction.atomic
def restrict(*, request_id: UUID, ground: RestrictionGround, paragraph: str = "", actor: Actor, at: datetime) -> RightsRequest:
    """Answer a request for restriction: from this transaction on the gate says no. What holds copies outside our tables is a
    task of its own; when all are done, the letter goes out, with the agent’s own ``paragraph``.

    Raises:
        TransitionNotAllowed: it is not in review, or asks for something else.
    """
    rights_request = lock(request_id)
    if rights_request.right != Right.RESTRICTION:
        raise TransitionNotAllowed
    rights_request.restriction_ground, rights_request.paragraph = ground, tidy(paragraph)
    move(rights_request, action=Action.ANSWER, actor=actor, at=at, restriction=ground.value)
    restrict_for_case(rights_request, ground=ground, actor=actor, at=at)
    collecting.open_tasks(rights_request, verb=Verb.RESTRICT, at=at)
    bells.ring_request(rights_request.pk)
    return rights_request


def restrict_for_case(rights_request: RightsRequest, *, ground: RestrictionGround, actor: Actor, at: datetime) -> Restriction:
    """Restrict for a locked case, of whatever right, inside the caller's transaction. Once: what stands is given back."""
    subject = deeds.subject_of(rights_request)
    stood = of_case(rights_request).filter(lifted_at=None, ground=ground).first()
    if stood is not None:
        return stood
    made = subjects.restrict(subject_id=subject.pk, ground=ground, about=rights_request.reference, actor=actor, at=at)
    audit.record(action="restriction.set", about=rights_request.reference, actor=actor, at=at, restriction=ground.value)
    return made


@transaction.atomic
def restrict_source(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """Let one source set copies outside our tables aside.

    Raises:
        LostLease: somebody else has the task by now.
    """
    registry.get(claim.source).restrict(deeds.subject_of(rights_request), at=at)
    leases.write({claim: {}}, at=at)


@transaction.atomic
def finish(*, request_id: UUID, at: datetime) -> bool:
    """Close a restriction that every source has carried out, and tell the person what it means."""
    rights_request = lock(request_id)
    if rights_request.status != Status.CARRYING_OUT or rights_request.right != Right.RESTRICTION:
        return False
    if rights_request.tasks.filter(verb=Verb.RESTRICT).exclude(status=TaskStatus.DONE).exists():
        return False
    holding = _holding(rights_request)
    outcome = Outcome.COMPLETE if holding else Outcome.NOTHING_HELD
    notifying.open_notices(rights_request, at=at)
    move(rights_request, action=Action.FINISH, actor=HOUSE, at=at, outcome=outcome)
    correspondence_restriction.restricted(rights_request, sources=holding, at=at)
    return False


@transaction.atomic
def announce_end(*, request_id: UUID, restriction_id: UUID, reason: str, actor: Actor, at: datetime) -> Restriction:
    """Tell the person, from one of their cases, that a restriction ends and why. It stands until the letter has gone out (see
    ``lift_told``). Announcing twice writes one letter, unless the first never arrives.

    Raises:
        ReasonRequired, NothingRestricted, NobodyToTell: see there.
    """
    rights_request = lock(request_id)
    restriction = standing(rights_request).filter(pk=restriction_id).first()
    words = pan.mask(reason.strip())
    if not words:
        raise ReasonRequired
    if restriction is None:
        raise NothingRestricted
    _announce(rights_request, restriction, reason=words, actor=actor, at=at)
    return restriction


def announce_lifting(rights_request: RightsRequest, *, reason: str = "", actor: Actor = HOUSE, at: datetime) -> list[Restriction]:
    """The same for whatever a locked case asked for, when it is answered: inside the caller's transaction. Without ``reason``
    the letter says that what the restriction waited for is decided.
    """
    ending = list(of_case(rights_request).filter(lifted_at=None))
    for restriction in ending:
        _announce(rights_request, restriction, reason=reason, actor=actor, at=at)
    return ending


def lift_told(*, at: datetime) -> int:
    """End the restrictions whose letters have gone out; how many."""
    sent = Letter.objects.filter(pk=OuterRef("lifting_letter"), status=LetterStatus.SENT, sent_at__lte=at).values("sent_at")
    told = Restriction.objects.filter(lifted_at=None).exclude(lifting_letter=None).annotate(sent_at=Subquery(sent))
    ready = list(told.exclude(sent_at=None).values_list("pk", "sent_at"))
    return sum(_lift(restriction_id, told_at=sent_at, at=at) for restriction_id, sent_at in ready)


def standing(rights_request: RightsRequest) -> QuerySet[Restriction]:
    """What stands about the person of a case, whichever case asked for it."""
    return about_person(rights_request).filter(lifted_at=None)


def about_person(rights_request: RightsRequest) -> QuerySet[Restriction]:
    of_person = Q(subject=rights_request.subject_id) if rights_request.subject_id else Q()
    return Restriction.objects.filter(of_person | Q(about=rights_request.reference)).order_by("since", "pk")


def of_case(rights_request: RightsRequest) -> QuerySet[Restriction]:
    """What a case asked for, whoever the person is to us by now."""
    return Restriction.objects.filter(about=rights_request.reference).order_by("since", "pk")


def has_ended(rights_request: RightsRequest) -> bool:
    """Whether all that a case asked for stood, and stands no more."""
    ends = list(of_case(rights_request).values_list("lifted_at", flat=True))
    return bool(ends) and None not in ends


@transaction.atomic
def _lift(restriction_id: UUID, *, told_at: datetime, at: datetime) -> bool:
    restriction = Restriction.objects.select_for_update(skip_locked=True).filter(pk=restriction_id, lifted_at=None).first()
    if restriction is None:
        return False
    subjects.lift(restriction_id=restriction.pk, told_at=told_at, actor=HOUSE, at=at)
    if not subjects_selectors.restrictions_of(restriction.subject).exists():
        for source in registry.all_sources():
            if not source.is_manual:
                source.unrestrict(restriction.subject, at=at)
    if restriction.about:
        audit.record(action="restriction.lifted", about=restriction.about, actor=HOUSE, at=at, restriction=restriction.ground)
    return True


def _announce(rights_request: RightsRequest, restriction: Restriction, *, reason: str, actor: Actor, at: datetime) -> None:
    if not _is_to_be_told(restriction):
        return
    to, about = _address(rights_request, restriction), rights_request.reference
    letter = correspondence_restriction.lifting(rights_request, restriction, to=to, reason=reason, at=at)
    subjects.announce(restriction_id=restriction.pk, letter_id=letter.pk, actor=actor, at=at)
    audit.record(action="restriction.lifting_announced", about=about, actor=actor, at=at, restriction=restriction.ground)


def _is_to_be_told(restriction: Restriction) -> bool:
    if restriction.lifting_letter is None:
        return True
    return Letter.objects.filter(pk=restriction.lifting_letter, status__in=_NEVER_ARRIVES).exists()


def _address(rights_request: RightsRequest, restriction: Restriction) -> str:
    """Where the person reads it: the address of the case, or once that is gone, one that they proved. Empty: it goes by hand."""
    if rights_request.by_hand_to:
        return ""
    known = [rights_request.email, *subjects_selectors.emails(restriction.subject)]
    found = next((email for email in known if email), "")
    if not found:
        raise NobodyToTell
    return found


def _holding(rights_request: RightsRequest) -> list[Source]:
    """Sources that hold something of the person besides what handling the request itself makes."""
    found = rights_request.tasks.filter(verb=Verb.FIND).values_list("source", "result")
    holding = {source for source, result in found if sum(result.get("counts", {}).values())}
    return [source for source in registry.all_sources() if source.key in holding and not source.is_handling]
