"""What both sources share: rows of one table that a mailbox confirmed, found by its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from accounts.personal_data.correcting import check
from accounts.personal_data.keeping import held
from datamap import holding, reach
from datamap.declaration import NOTHING, Outcome
from datamap.erasure import delete_rows, spare
from datamap.rows import RowSource
from events.services.ending import end
from subjects import selectors as subjects
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from datamap.declaration import Purpose, RetentionRule, RowKeys
    from events.models import Asked
    from subjects.models import Subject


class FormSource(RowSource):
    """Erased as a whole, unless a hold stands. ``ends``: the use whose consent ends with an objection."""

    model: ClassVar[type[Asked]]
    part: ClassVar[str]
    ends: ClassVar[Purpose]

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {self.part: self._of(subject).order_by("pk")}

    def _of(self, subject: Subject) -> QuerySet[Any]:
        return self.model._default_manager.filter(email__in=subjects.emails(subject))

    def channels(self, subject: Subject) -> Iterable[str]:
        """Where the confirmation came from the mailbox; what was only typed may be somebody else's."""
        return self._of(subject).filter(confirmed_at__isnull=False).values_list("email", flat=True).order_by().distinct()

    def reached_at(self, subject: Subject) -> Iterable[tuple[str, str]]:
        return reach.in_columns(self._of(subject).filter(confirmed_at__isnull=False), {IdentifierKind.PHONE: ("phone",)})

    def corrected(self, subject: Subject, row: Model, field: str, value: str) -> object:
        return check(field, super().corrected(subject, row, field, value))

    def stop(self, subject: Subject, purposes: Collection[str], *, at: datetime) -> None:
        """The gate stops every use; the consent itself ends too."""
        if self.ends.code in purposes:
            for row in self._of(subject).filter(agreed_at__isnull=False, ended_at=None).select_for_update():
                end(row, at=at)

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return self._outcome(subject, list(self._of(subject).order_by("pk").values_list("pk", flat=True)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        rows = spare(self._of(subject), sparing, self.part)
        if subjects.is_held(subject=subject, source=self.key):
            return self._outcome(subject, list(rows.order_by("pk").values_list("pk", flat=True)))
        return self._outcome(subject, delete_rows(rows, source=self.key, part=self.part, at=at))

    def _outcome(self, subject: Subject, keys: list[UUID]) -> Outcome:
        if not keys:
            return Outcome()
        if subjects.is_held(subject=subject, source=self.key):
            return Outcome(kept=(held(part=self.part, rows=len(keys)),))
        return Outcome(erased={self.part: keys})

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        kept = subjects.kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=holding.reach_of(rule))
        rows = self.model._default_manager.exclude(email__in=kept)
        return rows.filter(confirmed_at__isnull=rule.trigger == "asked_at")
