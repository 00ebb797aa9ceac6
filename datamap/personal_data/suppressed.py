from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import RIGHTS
from datamap.registry import register
from datamap.rows import RETENTION, RowSource, as_retention, due_rows
from subjects.enums import SuppressionState
from subjects.models import Subject, Suppression
from subjects.selectors import suppressions_of_subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import PurgePlan, RowKeys

ROW_KEY = "our row key, which means nothing outside"


@register
class Suppressed(RowSource):
    """Addresses that are not written to any more. They survive an erasure, or we would forget what we were told."""

    key = "subjects.suppressed"
    label = _("Addresses that we do not write to")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("From your objection, or from the withdrawal of your consent")
    models = ("subjects.Suppression",)
    parts = {"suppression": "subjects.Suppression"}
    fields = (
        Field("purpose", _("Purpose"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("state", _("What you told us"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("about", _("Request"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("since", _("Since"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("expires_at", _("Kept until"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    )
    unlisted = {
        "id": ROW_KEY,
        "digest": "a keyed hash of your address, which only our mailers can use",
        "key_name": "which of our keys made that hash",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="subjects.suppressed.over",
            label=_("Addresses that we do not write to: until you ask us to write again, and one year more"),
            trigger="expires_at",
            keep_for=relativedelta(),
            ground=_("Without them we would not know to whom we must not write"),
        ),
    )
    guarded = True

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        """By the addresses that the person proved: the rows themselves name nobody."""
        return {"suppression": suppressions_of_subject(subject)}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        rows = self.count(subject).get("suppression", 0)
        if not rows:
            return Outcome()
        kept = Kept(
            part="suppression",
            rows=rows,
            ground=Ground.LEGAL_OBLIGATION,
            article="Art. 21(3) GDPR",
            until_event=_("until you ask us to write again"),
        )
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Suppression]:
        """A yes stays as long as an older no to something else stands beside it: alone, that no would cover it again."""
        older = Suppression.objects.filter(digest=OuterRef("digest"), since__lte=OuterRef("since"), state=SuppressionState.STANDS)
        beside = older.exclude(purpose=OuterRef("purpose"))
        return Suppression.objects.exclude(Q(state=SuppressionState.LIFTED) & Exists(beside))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """With a yes goes the no that it ended, first: the other way round the no would stand again."""
        due = due_rows(self.governed(self.retention[0]), self.retention[0], at=at).filter(pk__in=plan.keys).using(RETENTION)
        with as_retention():
            found = list(due)
            ended = [row for row in found if row.state == SuppressionState.LIFTED]
            gone = sum(_before(row).using(RETENTION).delete()[0] for row in ended)
            return gone + Suppression.objects.using(RETENTION).filter(pk__in=[row.pk for row in found]).delete()[0]


def _before(row: Suppression) -> QuerySet[Suppression]:
    return Suppression.objects.filter(digest=row.digest, purpose=row.purpose, since__lte=row.since).exclude(pk=row.pk)
