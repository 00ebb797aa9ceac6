"""A system that asks for its tasks, as a source: each verb asks it, waits, and gives its answer."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from connectors import handed
from connectors.declared.spoken import spoken
from connectors.enums import TaskStatus, TaskVerb
from connectors.models import PullTask
from connectors.services import pulling
from connectors.sources.declaring import columns_of, row_key, says
from datamap.declaration import NOTHING, Awaited, Fewer, Kept, Outcome, Part, PurgePlan, Source, nobody_spared
from datamap.enums import FewerReason, Ground

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from connectors.declared.shapes import Part as DeclaredPart
    from connectors.declared.shapes import PullSystem
    from datamap.declaration import RetentionRule, RowKeys, Spared
    from subjects.models import Subject

#: Why a verb cannot say anything yet.
AWAITED = "awaited"


class PulledSource(Source):
    """Nobody can look into it: what it says it holds is what we know. Its rows are known by their number among the person's."""

    system: ClassVar[PullSystem]

    def count(self, subject: Subject) -> dict[str, int]:
        """Asks anew when it has erased since, and when its answer is a day old.

        Raises:
            Awaited: it has not answered yet.
        """
        at = timezone.now()
        found = self._found(subject)
        if found is None or found.answered_at is None or found.answered_at < at - settings.CONNECTORS["pull_fresh"]:
            pulling.ask(system=self.key, subject=subject, verb=TaskVerb.FIND, at=at)
            raise Awaited(AWAITED)
        return dict(found.counts)

    def prepare_export(self, subject: Subject, *, at: datetime, anew: bool = False) -> None:
        found = self._known(subject)
        if found.counts and (anew or self._handed_over(subject) is None):
            pulling.ask(system=self.key, subject=subject, verb=TaskVerb.EXPORT, asked=found.counts, as_of=found.answered_at, at=at)

    def fewer(self, subject: Subject) -> Iterator[Fewer]:
        """As it was asked for them: what it found since is another question."""
        task = self._to_hand_over(subject)
        if task is not None and task.fewer:
            for part, found in sorted(task.asked.items()):
                if task.counts.get(part, 0) < found:
                    yield Fewer(part=part, found=found, given=task.counts.get(part, 0), reason=FewerReason(task.fewer))

    def export(self, subject: Subject) -> Iterator[Part]:
        """What it handed over after it was found.

        Raises:
            Awaited: it has not yet.
        """
        task = self._to_hand_over(subject)
        for part in self.system.parts:
            if task is not None and task.counts.get(part.name):
                yield self._part(task, part)

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """What it found goes, but for what it says it must keep.

        Raises:
            Awaited: it has not said yet what it holds.
        """
        erased = self._erased(subject)
        if erased is not None:
            return Outcome(kept=_kept(erased))
        found = self._known(subject)
        held = Counter(found.counts)
        for row in found.kept:
            held[row["part"]] -= row["rows"]
        return Outcome(erased=self._keys(subject, held), kept=_kept(found))

    def prepare_erasure(self, subject: Subject, *, at: datetime, spared: Spared = nobody_spared) -> None:
        if self._erased(subject) is not None:
            return
        would_go = self.preview(subject, at=at).erased
        sparing = spared(would_go)
        going = {part: len(set(keys) - set(sparing.get(part, ()))) for part, keys in would_go.items()}
        going = {part: rows for part, rows in going.items() if rows}
        if going:
            pulling.ask(system=self.key, subject=subject, verb=TaskVerb.ERASE, asked=going, as_of=self._known(subject).answered_at, at=at)

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Raises:
        Awaited: it was asked, and has not said yet that it did.
        """
        if self._open(subject, TaskVerb.ERASE):
            raise Awaited(AWAITED)
        task = self._erased(subject)
        if task is None:
            return Outcome(kept=self.preview(subject, at=at).kept)
        return Outcome(erased=self._keys(subject, task.counts), kept=_kept(task))

    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        """It keeps its periods by itself: nobody here knows its rows."""
        return PurgePlan(rule=rule.code, at=at, keys=())

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        return 0

    def oldest(self, rule: RetentionRule) -> datetime | None:
        return None

    def stored(self) -> int:
        return 0

    def _known(self, subject: Subject) -> PullTask:
        """Its last word on what it holds, even of yesterday: what two people approve, they approve as it was found."""
        found = self._found(subject)
        if found is None:
            raise Awaited(AWAITED)
        return found

    def _found(self, subject: Subject) -> PullTask | None:
        """What it found, unless it has erased since."""
        erased = self._answered(subject, TaskVerb.ERASE).aggregate(last=Max("answered_at"))["last"]
        found = self._answered(subject, TaskVerb.FIND)
        return (found if erased is None else found.filter(answered_at__gt=erased)).order_by("-answered_at").first()

    def _to_hand_over(self, subject: Subject) -> PullTask | None:
        """What it handed over; None where it had found nothing.

        Raises:
            Awaited: it has not yet, or is asked once more.
        """
        if not self._known(subject).counts:
            return None
        task = self._handed_over(subject)
        if task is None:
            raise Awaited(AWAITED)
        return task

    def _handed_over(self, subject: Subject) -> PullTask | None:
        """What it handed over, asked after it was found; nothing while it is asked once more."""
        if self._open(subject, TaskVerb.EXPORT):
            return None
        since = self._known(subject).answered_at
        tasks = self._answered(subject, TaskVerb.EXPORT).filter(asked_at__gte=since).exclude(file_name="")
        return tasks.order_by("-answered_at").first()

    def _erased(self, subject: Subject) -> PullTask | None:
        """What it erased of what it had found last: told again to whoever asks again, until it is asked what it holds now."""
        found = self._answered(subject, TaskVerb.FIND).aggregate(last=Max("answered_at"))["last"]
        erased = self._answered(subject, TaskVerb.ERASE)
        return (erased if found is None else erased.filter(answered_at__gte=found)).order_by("-answered_at").first()

    def _answered(self, subject: Subject, verb: TaskVerb) -> QuerySet[PullTask]:
        return PullTask.objects.filter(system=self.key, subject=subject, verb=verb, status=TaskStatus.ANSWERED)

    def _open(self, subject: Subject, verb: TaskVerb) -> bool:
        tasks = PullTask.objects.filter(system=self.key, subject=subject, verb=verb)
        return tasks.exclude(status=TaskStatus.ANSWERED).exists()

    def _keys(self, subject: Subject, counts: Mapping[str, int]) -> dict[str, list[UUID]]:
        """The same rows have the same numbers, as long as there are as many."""
        return {part: [row_key(self.key, subject.pk, part, number) for number in range(rows)] for part, rows in counts.items() if rows > 0}

    def _part(self, task: PullTask, part: DeclaredPart) -> Part:
        names = [column.name for column in part.columns]
        rows = (
            (str(row_key(self.key, part.name, row["key"])), *(row["values"].get(name) for name in names))
            for row in handed.rows(task, part.name)
        )
        return Part(name=part.name, label=spoken(part.label), columns=columns_of(part.columns), rows=rows)


def _kept(task: PullTask) -> tuple[Kept, ...]:
    return tuple(
        Kept(
            part=row["part"], rows=row["rows"], ground=Ground(row["ground"]), article=row["article"], until=date.fromisoformat(row["until"])
        )
        for row in task.kept
    )


def build(system: PullSystem) -> type[PulledSource]:
    parts = {part.name: (part.label, part.columns) for part in system.parts}
    return type("DeclaredPulled", (PulledSource,), says(system, parts=parts))
