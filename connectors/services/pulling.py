"""Systems without a connector: they ask for their tasks, work on them under a lease, and answer. Whatever they do twice counts once.

The order of a system's work: ``claim`` (again and again, each few minutes), for each task ``renew`` while it takes long, then exactly one of
``answer_found`` (FIND), ``hand_over`` (EXPORT) and ``answer_erased`` (ERASE), or ``give_back``. Of ``Claimed.fence`` each of these is told: who
was slow, and whose task was given to a second worker meanwhile, meets ``LostClaim``. The same answer again, under the number that answered,
changes nothing and is not refused; with other numbers it is (``AnsweredOtherwise``): who counted wrong must not believe that it was corrected.

Who may speak for a system is decided by whoever calls: every function takes the key of the system for which the caller speaks, and finds
no task of any other (``NoSuchTask``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from audit import services as audit
from connectors import handed
from connectors.declared import systems
from connectors.declared.reading import ARTICLE, KEEPING
from connectors.enums import TaskStatus, TaskVerb
from connectors.handed import MOST_ROWS, WrongAnswer
from connectors.models import PullTask
from datamap import answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from audit.actor import Actor
    from connectors.declared.shapes import PullSystem
    from datamap.enums import FewerReason
    from subjects.models import Subject

Counts: TypeAlias = "Mapping[str, int]"

#: A worker of a system may ask for so many at once.
MOST_AT_ONCE = 50


class NoSuchTask(LookupError):
    """There is no such task, or it is another system's: nobody is told which."""


class LostClaim(Exception):
    """The lease ran out and the task is somebody else's by now, or it was answered by somebody else: this answer changes nothing."""


class AnsweredOtherwise(Exception):
    """The same claim has answered the task, with other numbers: these stand."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task in the hands of its system.

    ``identifiers`` say who is meant, as (kind, value): EMAIL in lower case, ACCOUNT the key of the account with us, PHONE, POSTAL, VISITOR. ``asked``
    are the rows by part as the system found them at ``as_of``: of an ERASE those that two people approved, of which no more may go than are named;
    of an EXPORT all, and where fewer come it says why.
    ``due_at`` is when somebody is told that the system does not answer.
    """

    id: UUID
    verb: TaskVerb
    fence: int
    lease_until: datetime
    due_at: datetime
    identifiers: tuple[tuple[str, str], ...]
    asked: Counts
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows that a system must keep: ``ground`` is one of ``reading.KEEPING``, ``article`` a law by its article, ``until`` the last day."""

    part: str
    rows: int
    ground: str
    article: str
    until: date


@transaction.atomic
def claim(*, system: str, limit: int = 10, lease: timedelta | None = None, at: datetime) -> list[Claimed]:
    """Take up to ``limit`` tasks that wait, or whose lease ran out, the oldest first. ``lease`` is at most, and by default, what the setting
    ``CONNECTORS["pull_lease"]`` says. Nothing to do is an empty list.

    Raises:
        NoSuchSystem: no such system is declared.
    """
    systems.pulled(system)
    longest: timedelta = settings.CONNECTORS["pull_lease"]
    until = at + max(min(lease or longest, longest), timedelta(seconds=1))
    free = PullTask.objects.filter(Q(status=TaskStatus.WAITING) | Q(status=TaskStatus.CLAIMED, lease_until__lte=at), system=system)
    tasks = list(free.select_for_update(skip_locked=True, of=("self",)).select_related("subject")[: max(0, min(limit, MOST_AT_ONCE))])
    for task in tasks:
        task.status, task.lease_until, task.fence = TaskStatus.CLAIMED, until, task.fence + 1
        task.save(update_fields=["status", "lease_until", "fence"])
    return [_claimed(task, until) for task in tasks]


def in_hand(*, system: str, claims: Mapping[str, int]) -> list[Claimed]:
    """Of tasks that a claim took, by their keys and numbers, those that are in its hands still: told again to who lost the answer.

    Raises:
        NoSuchSystem: no such system is declared.
    """
    systems.pulled(system)
    tasks = PullTask.objects.filter(pk__in=list(claims), system=system, status=TaskStatus.CLAIMED).select_related("subject")
    return [_claimed(task, task.lease_until) for task in tasks if task.lease_until and task.fence == claims[str(task.pk)]]


@transaction.atomic
def renew(*, system: str, task_id: UUID, fence: int, at: datetime) -> datetime:
    """Keep a claim for another lease; until when.

    Raises:
        NoSuchTask, LostClaim: see there.
    """
    task = _in_hand(system, task_id, fence)
    task.lease_until = at + settings.CONNECTORS["pull_lease"]
    task.save(update_fields=["lease_until"])
    return task.lease_until


@transaction.atomic
def give_back(*, system: str, task_id: UUID, fence: int, at: datetime) -> None:
    """Let somebody else, or oneself later, take the task up.

    Raises:
        NoSuchTask, LostClaim: see there.
    """
    task = _in_hand(system, task_id, fence)
    task.status, task.lease_until = TaskStatus.WAITING, None
    task.save(update_fields=["status", "lease_until"])


@transaction.atomic
def answer_found(
    *, system: str, task_id: UUID, fence: int, counts: Counts, kept: Sequence[KeptRows] = (), actor: Actor, at: datetime
) -> None:
    """Answer a FIND: how many rows of the person each part holds, and which of them an erasure would keep, with the law that says so. A part
    without rows may be left out.

    Raises:
        NoSuchTask, LostClaim: see there.
        AnsweredOtherwise: see there.
        WrongAnswer: a part that is not declared, a number that is none, more kept than held, a ground that keeps nothing.
    """
    task = _to_answer(system, task_id, fence, TaskVerb.FIND)
    if _is_answered(task, counts, kept):
        return
    declared = systems.pulled(system)
    _refuse(_wrong_counts(declared, counts), _wrong_kept(declared, kept, within=counts, at=at))
    _answer(task, counts=counts, kept=kept, actor=actor, at=at)


@transaction.atomic
def answer_erased(
    *, system: str, task_id: UUID, fence: int, erased: Counts, kept: Sequence[KeptRows] = (), actor: Actor, at: datetime
) -> None:
    """Answer an ERASE: how many rows of each part are gone, and which are kept by law. Nothing of a part: leave it out.

    Raises:
        NoSuchTask, LostClaim: see there.
        AnsweredOtherwise: see there.
        WrongAnswer: as of a FIND, and where more went than was asked for: that is for people to sort out before it is written down.
    """
    task = _to_answer(system, task_id, fence, TaskVerb.ERASE)
    if _is_answered(task, erased, kept):
        return
    declared = systems.pulled(system)
    more = [f"{part}: more rows than were to go." for part, rows in erased.items() if part in task.asked and rows > task.asked[part]]
    unasked = [f"{part}: nothing was to go." for part, rows in erased.items() if rows and part not in task.asked]
    _refuse(_wrong_counts(declared, erased), _wrong_kept(declared, kept, within=None, at=at), more, unasked)
    _answer(task, counts=erased, kept=kept, actor=actor, at=at)


def hand_over(
    *, system: str, task_id: UUID, fence: int, lines: Iterable[bytes], fewer: FewerReason | None = None, actor: Actor, at: datetime
) -> Counts:
    """Answer an EXPORT: the rows themselves, as JSON Lines in chunks of any size (see ``connectors.handed``); rows by part. They are encrypted
    while they come, and kept until they were passed on. ``fewer`` says why a part has fewer rows than were found, where one has: whoever answers
    the person sees both numbers and decides.

    Raises:
        NoSuchTask, LostClaim: see there.
        WrongAnswer: with the numbers of the wrong lines, or fewer rows than were found and no word why; nothing is kept.
    """
    with transaction.atomic():
        task = _to_answer(system, task_id, fence, TaskVerb.EXPORT)
        if task.status == TaskStatus.ANSWERED:
            return dict(task.counts)
    checked = handed.Checked(systems.pulled(system), lines, most=settings.CONNECTORS["pull_upload"])
    sealed = handed.ROOM.write(checked, bound_to=task.pk)
    try:
        with transaction.atomic():
            current = _to_answer(system, task_id, fence, TaskVerb.EXPORT)
            if current.status == TaskStatus.ANSWERED:
                handed.ROOM.discard(sealed.file_name)
                return dict(current.counts)
            current.file_name, current.sealed_key = sealed.file_name, sealed.sealed_key
            current.size, current.digest, current.rows = sealed.size, sealed.digest, sum(checked.counts.values())
            current.fewer = _why_fewer(current, checked.counts, fewer)
            _answer(current, counts=checked.counts, kept=(), actor=actor, at=at)
    except BaseException:
        handed.ROOM.discard(sealed.file_name)
        raise
    return checked.counts


def _why_fewer(task: PullTask, counts: Counts, said: FewerReason | None) -> str:
    """Empty where all came that were found. Rows may go meanwhile; a page that was left out by mistake looks the same."""
    missing = [(part, found, counts.get(part, 0)) for part, found in task.asked.items() if counts.get(part, 0) < found]
    if missing and said is None:
        _refuse([f"{part}: {found} rows were found and {came} came. Hand all over, or say why in fewer." for part, found, came in missing])
    return said.value if missing and said is not None else ""


def ask(*, system: str, subject: Subject, verb: TaskVerb, asked: Counts | None = None, as_of: datetime | None = None, at: datetime) -> None:
    """Open a task, once: what is open already stays as it is."""
    PullTask.objects.bulk_create(
        [
            PullTask(
                system=system,
                subject=subject,
                verb=verb,
                asked=dict(asked or {}),
                as_of=as_of,
                asked_at=at,
                due_at=at + settings.CONNECTORS["pull_within"],
            )
        ],
        ignore_conflicts=True,
    )


def _claimed(task: PullTask, until: datetime) -> Claimed:
    told = task.subject.identifiers.order_by("kind", "value").values_list("kind", "value")
    return Claimed(
        id=task.pk,
        verb=TaskVerb(task.verb),
        fence=task.fence,
        lease_until=until,
        due_at=task.due_at,
        identifiers=tuple((str(kind), value) for kind, value in told),
        asked=task.asked,
        as_of=task.as_of,
    )


def _locked(system: str, task_id: UUID) -> PullTask:
    systems.pulled(system)
    task = PullTask.objects.select_for_update(of=("self",)).filter(pk=task_id, system=system).first()
    if task is None:
        raise NoSuchTask
    return task


def _in_hand(system: str, task_id: UUID, fence: int) -> PullTask:
    """A lease that ran out and that nobody took over is still in hand: the number says whose it is, not the clock."""
    task = _locked(system, task_id)
    if task.status != TaskStatus.CLAIMED or task.fence != fence:
        raise LostClaim
    return task


def _to_answer(system: str, task_id: UUID, fence: int, verb: TaskVerb) -> PullTask:
    """The task that this answers; it is ANSWERED where the same claim has answered it before."""
    task = _locked(system, task_id)
    if task.verb != verb:
        raise WrongAnswer(f"This task is {task.verb}: it is answered in another way.")
    if task.status == TaskStatus.ANSWERED and task.fence == fence:
        return task
    return _in_hand(system, task_id, fence)


def _is_answered(task: PullTask, counts: Counts, kept: Sequence[KeptRows]) -> bool:
    """Whether this very answer was given before."""
    if task.status != TaskStatus.ANSWERED:
        return False
    if (task.counts, _sorted(task.kept)) != (_without_none(counts), _sorted(_as_json(row) for row in kept if row.rows)):
        raise AnsweredOtherwise
    return True


def _without_none(counts: Counts) -> dict[str, int]:
    return {part: rows for part, rows in counts.items() if rows}


def _sorted(kept: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(kept, key=lambda row: sorted(row.items()))


def _answer(task: PullTask, *, counts: Counts, kept: Sequence[KeptRows], actor: Actor, at: datetime) -> None:
    task.status, task.answered_at, task.lease_until = TaskStatus.ANSWERED, at, None
    task.counts = _without_none(counts)
    task.kept = [_as_json(row) for row in kept if row.rows]
    task.save()
    audit.record(
        action="pull_task.answered",
        about=f"connectors.pulltask:{task.pk}",
        actor=actor,
        at=at,
        system=task.system,
        verb=task.verb,
        rows=sum(task.counts.values()),
        **({"found": sum(task.asked.values()), "reason": task.fewer} if task.fewer else {}),
    )
    answers.tell(source=task.system, subject_id=task.subject_id, at=at)


def _as_json(row: KeptRows) -> dict[str, Any]:
    return {"part": row.part, "rows": row.rows, "ground": row.ground, "article": row.article, "until": row.until.isoformat()}


def _refuse(*findings: list[str]) -> None:
    if found := [one for some in findings for one in some]:
        raise WrongAnswer(*found)


def _wrong_counts(system: PullSystem, counts: Counts) -> list[str]:
    parts = {part.name for part in system.parts}
    wrong = [f"{part[:64]}: this part is not declared." for part in counts if part not in parts]
    wrong += [
        f"{part}: the number of rows must be a whole number from 0 to {MOST_ROWS}."
        for part, rows in counts.items()
        if part in parts and (not _is_number(rows))
    ]
    return wrong or ([handed.TOO_MANY] if sum(counts.values()) > MOST_ROWS else [])


def _is_number(rows: object) -> bool:
    return isinstance(rows, int) and not isinstance(rows, bool) and 0 <= rows <= MOST_ROWS


def _wrong_kept(system: PullSystem, kept: Sequence[KeptRows], *, within: Counts | None, at: datetime) -> list[str]:
    wrong = _wrong_counts(system, {row.part: row.rows for row in kept})
    for row in kept:
        if row.ground not in KEEPING:
            wrong.append(f"{row.part[:64]}: this ground keeps nothing from an erasure.")
        if not ARTICLE.fullmatch(row.article) or len(row.article) > 120:
            wrong.append(f"{row.part[:64]}: what is kept needs the article of the law that says so.")
        if row.until < at.date():
            wrong.append(f"{row.part[:64]}: it is kept until a day that is over.")
    if not wrong and within is not None:
        held = {part: sum(row.rows for row in kept if row.part == part) for part in {row.part for row in kept}}
        wrong += [f"{part}: more is kept than held." for part, rows in held.items() if rows > within.get(part, 0)]
    return wrong
