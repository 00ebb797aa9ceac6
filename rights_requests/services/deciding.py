"""What people decide about a case: answer, withhold, refuse, propose and approve an erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import registry
from datamap import selectors as datamap_selectors
from rights_requests import approved, bells, correspondence, deeds, rules
from rights_requests.enums import Action, ErasureGround, Outcome, Right, Status, Verb
from rights_requests.models import ErasurePreview, RightsRequest, SourceTask, Withholding
from rights_requests.services import categories, knowing, notifying, rectifying, restricting, telling
from rights_requests.services.closing import finish_access_without_data, finish_nothing_portable
from rights_requests.services.moving import drop_open_work, lock, move
from rights_requests.services.own_words import tidy
from rights_requests.workflow import CannotNow, TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from audit.actor import Actor
    from datamap.enums import Ground
    from rights_requests.services.categories import Keeping


class GroundRequired(CannotNow):
    message = _("Give the ground, and the reasons that the person will read.")


class ArticleRequired(GroundRequired):
    message = _("A ground in national law needs its article, and a duty of law also the day on which it ends.")


class DutyOver(GroundRequired):
    message = _("The day on which that duty of law ends has come: it is no ground any more.")


class ProofRequired(GroundRequired):
    message = _("Write down what shows that the request is manifestly unfounded or excessive: the proof of that is ours.")


class GroundNotForThisRight(CannotNow):
    message = _("This ground does not exist for this right.")


class NothingToWithhold(CannotNow):
    message = _("There is no such value in this request.")


class SamePerson(CannotNow):
    message = _("An erasure is approved by somebody other than the person who prepared it.")


class PreviewChanged(CannotNow):
    message = _("What would be erased has changed since it was prepared. Send it back and prepare it again.")


class PreparedAnew(CannotNow):
    message = _("This was sent back and prepared anew since you opened the page. Look at the list as it is now, and approve it then.")


@transaction.atomic
def answer(*, request_id: UUID, paragraph: str = "", actor: Actor, at: datetime) -> RightsRequest:
    """Answer an access request: the package is built and the letter goes out with it. Where nothing is held, the letter
    says so and closes the case at once. Of a rectification, what was accepted is carried out and the letter follows.
    ``paragraph`` is what the agent adds to that letter.

    Raises:
        TransitionNotAllowed: it is not in review, or an erasure.
        Undecided, NothingOnTheList: a rectification, of which there is something to decide yet.
    """
    rights_request = lock(request_id)
    if rights_request.right in {Right.RESTRICTION, Right.OBJECTION}:
        # They need their ground, and what ends: see ``restricting`` and ``objecting``.
        raise TransitionNotAllowed
    rights_request.paragraph = tidy(paragraph)
    move(rights_request, action=Action.ANSWER, actor=actor, at=at)
    if rights_request.right == Right.RECTIFICATION:
        rectifying.begin(rights_request, holds_something=knowing.holds_something(rights_request), at=at)
    elif knowing.holds_something(rights_request):
        SourceTask.objects.bulk_create([SourceTask(request=rights_request, verb=Verb.PACKAGE, next_try_at=at)], ignore_conflicts=True)
        bells.ring_request(rights_request.pk)
    elif rights_request.right == Right.PORTABILITY:
        finish_nothing_portable(rights_request, left_out=(), at=at)
    else:
        finish_access_without_data(rights_request, at=at)
    return rights_request


@transaction.atomic
def withhold(
    *,
    request_id: UUID,
    source: str,
    part: str,
    row_key: str,
    column: str,
    ground: Ground,
    agent_id: UUID,
    actor: Actor,
    at: datetime,
) -> Withholding:
    """Leave one value out of an answer, since it would reveal somebody else (Art. 15(4), 20(4)). Twice changes nothing.

    Raises:
        GroundNotForThisRight: not a ground for leaving out a value.
        NothingToWithhold: no such source or field, or the first column, by which rows are known.
        TransitionNotAllowed: not a request whose answer gives values, in review.
    """
    rights_request = _lock_in_review(request_id)
    if ground not in rules.WITHHOLDING_GROUNDS:
        raise GroundNotForThisRight
    if source not in {known.key for known in registry.all_sources()} or not (part and row_key) or column in {"", "id", "pk"}:
        raise NothingToWithhold
    withholding, is_new = Withholding.objects.get_or_create(
        request=rights_request,
        source=source,
        part=part,
        row_key=row_key,
        column=column,
        defaults={"ground": ground, "by_id": agent_id, "at": at},
    )
    if is_new:
        _record_withholding("value.withheld", withholding, actor=actor, at=at)
    return withholding


@transaction.atomic
def unwithhold(*, request_id: UUID, source: str, part: str, row_key: str, column: str, actor: Actor, at: datetime) -> None:
    """Give the value after all; one that was not left out is no error."""
    rights_request = _lock_in_review(request_id)
    found = Withholding.objects.filter(request=rights_request, source=source, part=part, row_key=row_key, column=column).first()
    if found is not None:
        _record_withholding("value.given", found, actor=actor, at=at)
        found.delete()


@transaction.atomic
def refuse(
    *,
    request_id: UUID,
    ground: Ground,
    reason: str,
    article: str = "",
    until_on: date | None = None,
    evidence: str = "",
    paragraph: str = "",
    actor: Actor,
    at: datetime,
) -> RightsRequest:
    """Refuse the whole request. The letter gives the reasons, the complaint and the remedy (Art. 12(4)).

    ``article`` of a national law belongs to a duty of law and to a restriction by national law; ``until_on`` to the former.
    ``evidence`` is what shows that a request is unfounded or excessive: it stays with the case, and stands in no letter.
    ``paragraph`` is what the agent adds to the letter, outside what the law wants it to say.

    Raises:
        GroundRequired: no ground, no reasons, or one that rests on national law without its article, or its end, or on a duty
            that is over, or on what the request is without its evidence.
        GroundNotForThisRight: the closed list of this right does not have it.
        TransitionNotAllowed: too late for it.
    """
    rights_request = lock(request_id)
    if not ground or not reason.strip():
        raise GroundRequired
    if not rules.may_refuse(right=Right(rights_request.right), ground=ground, is_absolute=rights_request.is_absolute):
        raise GroundNotForThisRight
    require_complete(ground, article=article, until_on=until_on, evidence=evidence, today=timezone.localdate(at))
    rights_request.ground = ground
    rights_request.refusal_evidence = tidy(evidence) if ground in rules.NEEDS_EVIDENCE else ""
    move(rights_request, action=Action.REFUSE, actor=actor, at=at, outcome=Outcome.REFUSED, ground=ground.value)
    drop_open_work(rights_request)
    words = {"reason": reason, "article": article.strip(), "paragraph": tidy(paragraph)}
    correspondence.refused(rights_request, **words, until_on=until_on, at=at)
    # What was set aside until this decision is free again after the person was told (Art. 18(3)).
    if rights_request.subject is not None:
        restricting.announce_lifting(rights_request, at=at)
    return rights_request


def require_complete(ground: Ground, *, article: str, until_on: date | None, evidence: str, today: date) -> None:
    """See that a ground of the closed list comes with what it needs, of a whole request as of a single value.

    Raises:
        ArticleRequired, DutyOver, ProofRequired: it does not.
    """
    if (ground in rules.NEEDS_ARTICLE and not article.strip()) or (ground in rules.NEEDS_END and not until_on):
        raise ArticleRequired
    if ground in rules.NEEDS_END and until_on and until_on <= today:
        raise DutyOver
    if ground in rules.NEEDS_EVIDENCE and not evidence.strip():
        raise ProofRequired


@transaction.atomic
def propose_erasure(
    *,
    request_id: UUID,
    agent_id: UUID,
    ground: ErasureGround | None = None,
    kept: Sequence[Keeping] | None = None,
    paragraph: str = "",
    actor: Actor,
    at: datetime,
) -> ErasurePreview:
    """Write down what an erasure would do, for somebody else to approve. ``ground`` and ``kept`` None: as decided before.
    ``paragraph`` is what the agent adds to the letter that says what was done.

    Raises:
        AllKept: decisions leave nothing to erase.
        SourceUnknown, NoExceptionToErasure, ExceptionIncomplete: one of ``kept`` cannot be kept so.
        TransitionNotAllowed: not an erasure in review.
    """
    rights_request = lock(request_id)
    rights_request.paragraph = tidy(paragraph)
    move(rights_request, action=Action.PROPOSE_ERASURE, actor=actor, at=at)
    if kept is not None:
        categories.write(rights_request, ground=ground, kept=kept, agent_id=agent_id, actor=actor, at=at)
    planned = deeds.plan(rights_request, at=at)
    if planned.is_idle and deeds.decided(rights_request):
        raise categories.AllKept
    preview = ErasurePreview.objects.create(
        request=rights_request,
        parts=planned.parts,
        digest=planned.digest,
        recipients=_recipients(rights_request),
        recipient_codes=notifying.actual_recipients(rights_request),
        prepared_by_id=agent_id,
        prepared_at=at,
    )
    approved.note(rights_request.pk, planned.erased)
    return preview


@transaction.atomic
def send_back(*, request_id: UUID, actor: Actor, at: datetime) -> RightsRequest:
    """Back to review: the preview is torn up.

    Raises:
        TransitionNotAllowed: nothing waits for approval.
    """
    rights_request = lock(request_id)
    move(rights_request, action=Action.SEND_BACK, actor=actor, at=at)
    ErasurePreview.objects.filter(request=rights_request).delete()
    return rights_request


@transaction.atomic
def approve_erasure(*, request_id: UUID, agent_id: UUID, prepared_at: datetime | None = None, actor: Actor, at: datetime) -> ErasurePreview:
    """Approve what a colleague prepared. Every known channel of the person is told, a mailbox with a link to cancel; the waiting
    time runs from here and, where somebody has to post a letter or to call, from when they did. ``prepared_at`` is that of the
    list that was looked at; None where there is no other.

    Raises:
        PreparedAnew: another list has been prepared since.
        SamePerson: who prepared it approves it (the database would refuse it too).
        PreviewChanged: the rows are not those of the preview any more.
        TransitionNotAllowed: nothing waits for approval.
    """
    rights_request = lock(request_id)
    preview = ErasurePreview.objects.select_for_update().filter(request=rights_request).first()
    if preview is None:
        raise TransitionNotAllowed
    if preview.prepared_by_id == agent_id:
        raise SamePerson
    if prepared_at is not None and preview.prepared_at != prepared_at:
        raise PreparedAnew
    move(rights_request, action=Action.APPROVE_ERASURE, actor=actor, at=at, digest=preview.digest)
    if deeds.plan(rights_request, at=at).digest != preview.digest:
        raise PreviewChanged
    preview.approved_by_id = agent_id
    preview.approved_at = at
    preview.save()
    telling.announce(rights_request, preview, at=at)
    return preview


def _lock_in_review(request_id: UUID) -> RightsRequest:
    rights_request = lock(request_id)
    if rights_request.right not in rules.GIVES_VALUES or rights_request.status != Status.IN_REVIEW:
        raise TransitionNotAllowed
    return rights_request


def _recipients(rights_request: RightsRequest) -> list[str]:
    """Who actually got data of the person (Art. 19)."""
    disclosures = datamap_selectors.disclosures_of(deeds.subject_of(rights_request))
    return sorted(set(disclosures.values_list("recipient__name", flat=True)))


def _record_withholding(action: str, withholding: Withholding, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action=action,
        about=withholding.request.reference,
        actor=actor,
        at=at,
        source=withholding.source,
        part=withholding.part,
        ground=withholding.ground,
    )
