"""The register of breaches: what it says of a person is that they were concerned, and when they were told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from datamap.citations import cited
from datamap.declaration import NOTHING, Field, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.purposes import EVIDENCE
from datamap.registry import exempt, register
from datamap.rows import RowSource
from security.models import AffectedPerson, Breach
from subjects.selectors import kept_subjects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys
    from subjects.models import Subject

KEY = "security.breaches"
PART = "affectedperson"
ENDED = "security.breaches.ended"

#: Rows of a breach that name nobody, and go with it.
OF_A_BREACH = {
    "breach": "reference about known_at hours due_at status recorded_at recorded_by closed_at closed_by expires_at",
    "account": "breach facts role harms categories of_people people records consequences measures risk risk_reasons written_at written_by",
    "decision": "breach audience is_told reason words decided_at decided_by approved_at approved_by",
    "submission": "breach authority submitted_at file_number late_because recorded_at recorded_by",
    "wording": "breach readers language facts consequences measures advice written_at written_by",
    "affectedcustomer": "breach customer added_at told_at told_by",
    "entry": "breach text written_at written_by",
    "warned": "breach hours at",
}


@register
class Breaches(RowSource):
    """Breaches and who was concerned. The register is a duty of law (Art. 33(5)), so nobody has themselves taken out of it."""

    key = KEY
    label = _("Data breaches and the people concerned")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("Recorded when a breach was handled")
    models = (
        "security.AffectedPerson",
        "security.Breach",
        "security.Account",
        "security.Decision",
        "security.Submission",
        "security.Wording",
        "security.AffectedCustomer",
        "security.Entry",
        "security.Warned",
    )
    fields = (
        Field(f"{PART}.added_at", _("Recorded as concerned"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field(f"{PART}.told_at", _("Told"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field(f"{PART}.told_by", _("Told how"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field(f"{PART}.language", _("Language"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
    )
    unlisted = {
        **{
            f"{part}.{name}": "tells of a breach, and names nobody"
            for part, names in OF_A_BREACH.items()
            for name in ("id", *names.split())
        },
        f"{PART}.id": "our row key, which means nothing outside",
        f"{PART}.breach": "the breach, which the letter to the person tells of",
        f"{PART}.subject": "whose row it is",
    }
    recipients = ("azure",)
    leaves_tombstones = False
    retention = (
        RetentionRule(
            code=ENDED,
            label=_("Breaches: ten years after they were closed"),
            trigger="expires_at",
            begins=_("When the breach was closed"),
            keep_for=relativedelta(),
            ground=cited(
                _("The register that a supervisory authority may ask for, for as long as claims can be brought (%(law)s)"), "33(5)"
            ),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {PART: AffectedPerson.objects.filter(subject=subject)}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        """Everything stays, until the last breach that concerned the person is old enough."""
        rows = AffectedPerson.objects.filter(subject=subject).count()
        if not rows:
            return Outcome()
        ends = _("ten years after the breach was closed")
        kept = Kept(part=PART, rows=rows, ground=Ground.LEGAL_OBLIGATION, article="Art. 33(5) GDPR", until_event=ends)
        return Outcome(kept=(kept,))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        return self.preview(subject, at=at)

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        return Breach.objects.exclude(affected__subject__in=kept_subjects(source=KEY))


exempt("security.Measure", "How data is protected: texts, and the function that answers for each.")
exempt("security.Evidence", "Which measure was seen at work, and which colleague looked, by the number of the account, for six years.")
