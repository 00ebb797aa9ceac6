"""What nobody rang for, or whose bell nobody heard: taken up each half minute. Two sweepers at once share the work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from letters import selectors as letter_selectors
from letters import services as letters
from rights_requests import attachments, bells, leases, packages, tellings
from rights_requests.enums import OPEN_STATUSES, Status, TaskStatus, Verb
from rights_requests.models import AccessCode, RightsRequest, SourceTask
from rights_requests.services import awaiting, clock, closing, codes, identity, mail_alarm, reminding, restricting
from rights_requests.services.moving import HOUSE
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

#: As many as are rung in one sweep; the next one follows soon.
AT_ONCE = 2000
#: A letter that closes a case leaves so many days before the first date at the latest.
LAPSE_AHEAD = timedelta(days=5)


def sweep(*, at: datetime) -> int:
    """Ring for every case that something is due of, and answer the codes that were asked; how many."""
    with transaction.atomic():
        due = leases.take_up(at=at, limit=AT_ONCE)
        idle = _idle(at)
        for request_id in dict.fromkeys([*due, *idle]):
            bells.ring_request(request_id)
    restricting.lift_told(at=at)
    return len(due) + len(idle) + _answer_codes(at)


def answered(*, source: str, subject_id: UUID, at: datetime) -> None:
    """A system that answers by itself has answered: whichever cases wait for it go on."""
    waiting = SourceTask.objects.filter(
        Q(source=source) | Q(verb=Verb.PACKAGE), status=TaskStatus.WAITING, error=leases.AWAITED, request__subject=subject_id
    )
    keys = list(waiting.values_list("request_id", flat=True).distinct())
    waiting.update(next_try_at=at)
    for request_id in keys:
        bells.ring_request(request_id)


def tend(*, at: datetime) -> None:
    """Once an hour: remind, let lapse, note what is late, empty what arrived late, sweep away files without a key."""
    _remind(at)
    _lapse(at)
    _note_late(at)
    awaiting.note_overdue(at=at)
    reminding.remind(at=at)
    mail_alarm.sound(at=at)
    _empty_late_letters(at)
    packages.discard_orphans(at=at)
    attachments.discard_orphans(at=at)


def _idle(at: datetime) -> list[UUID]:
    """Cases whose tasks are all done, or whose waiting time is over, and that nobody took further."""
    unfinished = SourceTask.objects.filter(request=OuterRef("pk")).exclude(status=TaskStatus.DONE)
    worked_off = Q(status__in=leases.WORKING_STATUSES) & ~Exists(unfinished)
    waited = Q(status=Status.GRACE, preview__carry_out_at__lte=at) & (
        ~tellings.is_awaited() | Q(preview__carry_out_at__lt=at - settings.RIGHTS["erasure_order_life"])
    )
    ready = RightsRequest.objects.filter(worked_off | waited, status__in=[*leases.WORKING_STATUSES, Status.GRACE])
    return list(ready.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:AT_ONCE])


def _answer_codes(at: datetime) -> int:
    asked = AccessCode.objects.filter(is_answered=False, expires_at__gt=at).order_by("asked_at")
    waiting = list(asked.values_list("pk", flat=True)[:AT_ONCE])
    for code_id in waiting:
        codes.answer_code(code_id=code_id, at=at)
    return len(waiting)


def _remind(at: datetime) -> None:
    """A fresh link after a week; cases that were confirmed meanwhile are passed over."""
    old = RightsRequest.objects.filter(
        status=Status.AWAITING_IDENTITY,
        reminded_at=None,
        paused_on=None,
        received_at__lte=at - settings.RIGHTS["remind_after"],
    )
    for request_id in old.order_by("received_at").values_list("pk", flat=True)[:AT_ONCE]:
        _remind_one(request_id, at=at)


@transaction.atomic
def _remind_one(request_id: UUID, *, at: datetime) -> None:
    if RightsRequest.objects.filter(pk=request_id, reminded_at=None).update(reminded_at=at):
        try:
            identity.send_link_again(request_id=request_id, at=at, event="remind_unconfirmed")
        except CannotNow:
            # Also when the address got enough for today: its turn comes later.
            transaction.set_rollback(True)


def _lapse(at: datetime) -> None:
    """Where the clock stood still, the closing letter still leaves before the first date, which moved with it."""
    old = RightsRequest.objects.filter(
        Q(pauses=None) | Q(first_due_on__lte=timezone.localdate(at) + LAPSE_AHEAD),
        status=Status.AWAITING_IDENTITY,
        paused_on=None,
        received_at__lte=at - settings.RIGHTS["lapse_after"],
    )
    for request_id in old.order_by("received_at").values_list("pk", flat=True).distinct()[:AT_ONCE]:
        try:
            closing.lapse(request_id=request_id, at=at)
        except CannotNow:
            continue


def _note_late(at: datetime) -> None:
    late = RightsRequest.objects.filter(status__in=OPEN_STATUSES, late_noted_at=None, paused_on=None, due_on__lt=timezone.localdate(at))
    for request_id in late.order_by("due_on").values_list("pk", flat=True)[:AT_ONCE]:
        clock.note_late(request_id=request_id, actor=HOUSE, at=at)


def _empty_late_letters(at: datetime) -> None:
    """Letters that were still on their way when their case was reduced to its evidence."""
    late = RightsRequest.objects.exclude(minimised_at=None).filter(reference__in=letter_selectors.abouts_with_words())
    for reference in late.values_list("reference", flat=True)[:AT_ONCE]:
        letters.minimise(about=reference, at=at)
