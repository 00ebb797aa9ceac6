from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext_lazy as _

from datamap import holding
from datamap.declaration import NOTHING, Field, HoldToReview, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import EVIDENCE, RIGHTS
from datamap.registry import register
from datamap.rows import RowSource
from subjects import journal
from subjects.models import LegalHold, Objection, OrderChange, Restriction, Subject
from subjects.orders import KEEP_ORDERS
from subjects.selectors import kept_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from django.db.models import QuerySet

    from datamap.declaration import PurgePlan, RowKeys, Text

ROW_KEY = "our row key, which means nothing outside"


@register
class Standing(RowSource):
    """What stands about a person: restrictions, objections, legal holds."""

    key = "subjects.standing"
    label = _("Restrictions, objections and holds")
    category = Category.HANDLING
    role = Role.CONTROLLER
    origin_label = _("From your requests, and from duties of law")
    models = ("subjects.Restriction", "subjects.Objection", "subjects.LegalHold", "subjects.OrderChange")
    fields = (
        Field("restriction.ground", _("Ground"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("restriction.about", _("Request"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("restriction.since", _("Since"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("restriction.announced_at", _("End announced"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("restriction.told_at", _("Told to you"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("restriction.lifted_at", _("Lifted"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("objection.purpose", _("Purpose"), Origin.PROVIDED, (RIGHTS,), is_portable=False),
        Field("objection.since", _("Since"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("objection.ended_at", _("Ended"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("legalhold.source", _("What is held"), Origin.INFERRED, (EVIDENCE,), is_portable=False),
        Field("legalhold.field", _("Which field of it"), Origin.INFERRED, (EVIDENCE,), is_portable=False),
        Field("legalhold.starts_at", _("Of the time from"), Origin.INFERRED, (EVIDENCE,), is_portable=False),
        Field("legalhold.until", _("Of the time until"), Origin.INFERRED, (EVIDENCE,), is_portable=False),
        Field("legalhold.ground", _("Ground"), Origin.INFERRED, (EVIDENCE,), is_portable=False),
        Field("legalhold.since", _("Since"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("legalhold.review_on", _("To be reviewed on"), Origin.INFERRED, (EVIDENCE,), is_portable=False),
        Field("legalhold.released_at", _("Released"), Origin.OBSERVED, (EVIDENCE,), is_portable=False),
        Field("orderchange.kind", _("Kind"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
        Field("orderchange.noted_at", _("Changed at"), Origin.OBSERVED, (RIGHTS,), is_portable=False),
    )
    unlisted = {
        "restriction.id": ROW_KEY,
        "restriction.subject": "the person whose file this is",
        "restriction.lifting_letter": "our key of a letter, which is handed over itself",
        "objection.id": ROW_KEY,
        "objection.subject": "the person whose file this is",
        "legalhold.id": ROW_KEY,
        "legalhold.subject": "the person whose file this is",
        "legalhold.owner_id": "the colleague who set it: somebody else's data",
        "orderchange.id": ROW_KEY,
        "orderchange.row_key": "the restriction, objection or hold that changed, which is handed over itself",
        "orderchange.copied_at": "when the copy was made",
        "orderchange.number": "which file of ours holds the copy",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="subjects.standing.restrictions-lifted",
            label=_("Restrictions: one year after they were lifted"),
            trigger="lifted_at",
            keep_for=relativedelta(years=1),
            ground=_("Questions about what was restricted"),
        ),
        RetentionRule(
            code="subjects.standing.objections-ended",
            label=_("Objections: one year after they ended"),
            trigger="ended_at",
            keep_for=relativedelta(years=1),
            ground=_("Questions about what was objected to"),
        ),
        RetentionRule(
            code="subjects.standing.holds-released",
            label=_("Legal holds: one year after their release"),
            trigger="released_at",
            keep_for=relativedelta(years=1),
            ground=_("Questions about what was held"),
        ),
        RetentionRule(
            code="subjects.standing.copies",
            label=_("Copies of restrictions, objections and holds for a restore: thirteen months after the change"),
            trigger="noted_at",
            keep_for=KEEP_ORDERS,
            ground=_("A restored backup must not forget what you told us since; backups live for twelve months"),
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        """What is copied is handed over itself: that it was copied says nothing more."""
        return {
            "restriction": Restriction.objects.filter(subject=subject),
            "objection": Objection.objects.filter(subject=subject),
            "legalhold": LegalHold.objects.filter(subject=subject),
        }

    def part_label(self, part: str) -> Text:
        labels = {"restriction": _("Restrictions"), "objection": _("Objections"), "legalhold": _("Legal holds")}
        return labels[part]

    def holds_to_review(self, *, on: date) -> Iterator[HoldToReview]:
        for hold in LegalHold.objects.filter(released_at=None, review_on__lte=on).order_by("review_on", "pk"):
            about = f"subjects.legalhold:{hold.pk}"
            yield HoldToReview(label=_("Legal hold"), about=about, owner_id=hold.owner_id, review_on=hold.review_on)

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        over = self._over(subject)
        erased = {part: list(rows.values_list("pk", flat=True)) for part, rows in over.items()}
        return Outcome(erased={part: keys for part, keys in erased.items() if keys}, kept=_kept(self.count(subject), erased))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """What is over goes; what stands must stand, or we would forget what the person told us not to do."""
        counts = self.count(subject)
        over = {part: spare(rows, sparing, part) for part, rows in self._over(subject).items() if counts.get(part)}
        erased = {part: delete_rows(rows, source=self.key, part=part, at=at) for part, rows in over.items()}
        return Outcome(erased={part: keys for part, keys in erased.items() if keys}, kept=_kept(counts, erased, sparing))

    def _over(self, subject: Subject) -> dict[str, QuerySet[Any]]:
        ends = {"restriction": "lifted_at", "objection": "ended_at", "legalhold": "released_at"}
        return {part: rows.filter(**{f"{ends[part]}__isnull": False}) for part, rows in self.held(subject).items()}

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        if rule.trigger == "noted_at":
            return OrderChange.objects.exclude(copied_at=None)
        models = {"lifted_at": Restriction, "ended_at": Objection, "released_at": LegalHold}
        over = models[rule.trigger]._default_manager.filter(**{f"{rule.trigger}__isnull": False})
        return over.exclude(subject__in=kept_subjects(source=self.key, reach=holding.reach_of(rule)))

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        """The copies outside the database go with the notes of them, and so do those whose notes a restore has lost."""
        gone = super().destroy(plan, at=at)
        if plan.rule == "subjects.standing.copies":
            journal.drop_expired(at)
        return gone


def _kept(counts: Mapping[str, int], *without: RowKeys) -> tuple[Kept, ...]:
    grounds = {
        "restriction": (Ground.LEGAL_OBLIGATION, "Art. 18 GDPR", _("until it is lifted")),
        "objection": (Ground.LEGAL_OBLIGATION, "Art. 21(3) GDPR", _("until you withdraw it")),
        "legalhold": (Ground.LEGAL_CLAIMS, "Art. 17(3)(e) GDPR", _("until it is released")),
    }
    return tuple(
        Kept(part=part, rows=rows, ground=ground, article=article, until_event=until)
        for part, (ground, article, until) in grounds.items()
        if (rows := counts.get(part, 0) - sum(len(keys.get(part, ())) for keys in without))
    )
