"""What a decision would write, before it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from letters.models import Letter
from rights_requests import correspondence, tellings
from rights_requests.enums import Status, TaskStatus, Verb
from rights_requests.models import ErasurePreview, RightsRequest, SourceTask
from rights_requests.services import answering, running
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


def letters_of(decide: Callable[[], object], *, rights_request: RightsRequest, at: datetime) -> list[Letter]:
    """The letters that ``decide`` would write about a case, word for word: it is done and taken back, so that nothing is sent,
    recorded or changed. What it raises is raised.
    """
    with transaction.atomic():
        about = Letter.objects.filter(about=rights_request.reference)
        before = list(about.values_list("pk", flat=True))
        decide()
        if rights_request.status != Status.CARRYING_OUT:
            _follow(rights_request, at=at)
            _foretell_erasure(rights_request, at=at)
        written = list(about.exclude(pk__in=before))
        transaction.set_rollback(True)
    return written


def _follow(rights_request: RightsRequest, *, at: datetime) -> None:
    """Where the letter waits for every source to restrict, to stop or to correct, count that as done: no source is touched. Where
    it waits for a package, none is made.
    """
    case = RightsRequest.objects.filter(pk=rights_request.pk, status=Status.CARRYING_OUT).first()
    if case is None:
        return
    if case.tasks.filter(verb=Verb.PACKAGE).exists():
        answering.foretell(case, at=at)
        return
    waited_for = SourceTask.objects.filter(request=case, verb__in=[Verb.RESTRICT, Verb.OBJECT, Verb.RECTIFY])
    if waited_for.update(status=TaskStatus.DONE):
        running.advance(request_id=case.pk, at=at)


def _foretell_erasure(rights_request: RightsRequest, *, at: datetime) -> None:
    """What two people are about to approve ends with the letter that says it was done: on the first day on which it can be."""
    case = RightsRequest.objects.filter(pk=rights_request.pk, status__in=[Status.AWAITING_APPROVAL, Status.GRACE]).first()
    preview = ErasurePreview.objects.filter(request=case).first() if case else None
    if case is None or preview is None or case.status == rights_request.status:
        return
    first_day = preview.carry_out_at or at + tellings.grace_of(IdentifierKind.EMAIL)
    correspondence.erasure_done(case, preview.parts, recipients=preview.recipients, at=first_day)
