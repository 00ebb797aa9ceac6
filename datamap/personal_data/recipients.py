from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from datamap import holding
from datamap.citations import cited
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.models import Disclosure
from datamap.purposes import EVIDENCE
from datamap.registry import register
from datamap.rows import RowSource
from datamap.selectors import disclosures_of
from subjects.enums import IdentifierKind
from subjects.models import Subject
from subjects.selectors import kept_subjects, kept_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys


ROW_KEY = "our row key, which means nothing outside"


@register
class Disclosures(RowSource):
    """Who received data of a person from us."""

    key = "datamap.disclosures"
    label = _("Recipients of personal data")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Recorded when we passed data on")
    models = ("datamap.Disclosure",)
    fields = (
        Field("email", _("E-mail address"), Origin.PROVIDED, (EVIDENCE,), is_portable=False),
        Field("recipient", _("Recipient"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("role", _("Role"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("flow", _("Way out"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("country", _("Country"), Origin.PROVIDED, (EVIDENCE,), is_portable=False),
        Field("source", _("Source"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("fields", _("Fields"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("purpose", _("Purpose"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("at", _("When"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("expires_at", _("Kept until"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
    )
    unlisted = {"id": ROW_KEY, "subject": "the person whose file this is", "about": "a reference of ours to what was passed on"}
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="datamap.disclosures.expired",
            label=_("Five years, or thirty days after an erasure"),
            trigger="expires_at",
            dated="at",
            keep_for=relativedelta(),
            ground=cited(_("To name the recipients to you and to tell them what changed (%(law)s)"), "15(1)(c)", "19"),
        ),
    )
    after_erasure = relativedelta(days=30)

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"disclosure": disclosures_of(subject).select_related(None)}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """The end is counted from the deed, which may come days after: a preview of yesterday still holds today."""
        return self._kept(subject, until_event=_("until thirty days after the erasure"))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """The recipients must still be told; after that the record goes."""
        until = at + self.after_erasure
        outcome = self._kept(subject, until=until.date())
        self.held(subject)["disclosure"].filter(expires_at__gt=until).update(expires_at=until)
        return outcome

    def _kept(self, subject: Subject, **end: Any) -> Outcome:
        rows = self.count(subject).get("disclosure", 0)
        if not rows:
            return Outcome()
        return Outcome(kept=(Kept(part="disclosure", rows=rows, ground=Ground.LEGAL_OBLIGATION, article="Art. 19 GDPR", **end),))

    def governed(self, rule: RetentionRule) -> QuerySet[Disclosure]:
        reach = holding.reach_of(rule)
        emails = kept_values(kind=IdentifierKind.EMAIL, source=self.key, reach=reach)
        people = Q(subject__in=kept_subjects(source=self.key, reach=reach), subject__isnull=False)
        return Disclosure.objects.exclude(email__in=emails).exclude(people)
