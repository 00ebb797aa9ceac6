"""Navigation data (policy II, III and VII): visits, which name nobody, and the cases that link some of them with a person."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.personal_data.keeping import held
from browsing import dropping, rules, selectors
from browsing.enums import HoldGround, LinkGround
from browsing.models import LinkCase, Visit, VisitHold
from datamap import holding
from datamap.declaration import NOTHING, Field, HoldToReview, Kept, Lot, Outcome, Overdue, PurgePlan, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.held import HeldSource
from datamap.purposes import EVIDENCE, SECURITY, SERVICE, STATISTICS
from datamap.registry import exempt, register
from datamap.rows import RowSource, span_of
from subjects import selectors as subjects

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from django.db.models import Model, QuerySet

    from datamap.declaration import Part, RowKeys, Text
    from subjects.models import Subject

RECORDED = (SECURITY, STATISTICS)
VISITS, HOLDS = "visits", "holds"
UNTIL_PERIOD, UNTIL_RELEASED = _("when the period for each visit is over"), _("when the hold on these visits is released")

#: Why an erasure leaves what a case links, and what a hold keeps; a person's own request keeps nothing.
KEEPING_CASES: Mapping[LinkGround, tuple[Ground, str]] = {
    LinkGround.LAW: (Ground.LEGAL_OBLIGATION, "Art. 17(3)(b) GDPR"),
    LinkGround.BREACH: (Ground.LEGAL_CLAIMS, "Art. 17(3)(e) GDPR"),
    LinkGround.SECURITY: (Ground.NO_ERASURE_GROUND, "Art. 17(1)(c) GDPR"),
}
KEEPING_HOLDS: Mapping[HoldGround, tuple[Ground, str]] = {
    HoldGround.LAW: (Ground.LEGAL_OBLIGATION, "Art. 17(3)(b) GDPR"),
    HoldGround.SECURITY: (Ground.NO_ERASURE_GROUND, "Art. 17(1)(c) GDPR"),
    HoldGround.PERFORMANCE: (Ground.NO_ERASURE_GROUND, "Art. 17(1)(c) GDPR"),
}

exempt("browsing.LogFile", "How far a log file has been read, by a digest of its content: nobody can be found by it.")
exempt("browsing.DayCount", "Counts from truncated addresses; what few did is not stored: nobody stands in them.")


@register
class Visits(HeldSource):
    """Visits carry no person (Art. 11): theirs are those that an open link case covers, the person's own proof included."""

    key = selectors.VISITS
    label = _("Visits to our website and services")
    category = Category.NAVIGATION
    role = Role.CONTROLLER
    origin_label = _("From your browser, when you visit us")
    models = ("browsing.Visit", "browsing.VisitHold")
    parts = {VISITS: "browsing.Visit", HOLDS: "browsing.VisitHold"}
    fields = (
        Field("visits.at", _("Time and date"), Origin.OBSERVED, RECORDED, is_masked=False),
        Field("visits.ip", _("IP address"), Origin.OBSERVED, RECORDED),
        Field("visits.browser", _("Browser and version"), Origin.OBSERVED, RECORDED, is_masked=False),
        Field("visits.platform", _("Platform"), Origin.OBSERVED, RECORDED, is_masked=False),
        Field("visits.referrer", _("Referring page"), Origin.OBSERVED, RECORDED, is_masked=False),
        # Only where somebody allowed it in the browser (``datamap.gate.is_allowed_in_browser``).
        Field("visits.language", _("Language"), Origin.OBSERVED, (SERVICE,), is_masked=False),
        Field("visits.country", _("Country"), Origin.INFERRED, (SERVICE,), is_masked=False),
        Field("holds.ip", _("IP address"), Origin.OBSERVED, (SECURITY,)),
        Field("holds.ground", _("Ground"), Origin.INFERRED, (SECURITY,), is_masked=False),
        Field("holds.starts_at", _("From"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("holds.until", _("Until"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("holds.since", _("Held since"), Origin.OBSERVED, (SECURITY,), is_masked=False),
        Field("holds.review_on", _("To be reviewed on"), Origin.INFERRED, (SECURITY,), is_masked=False),
        Field("holds.released_at", _("Released"), Origin.OBSERVED, (SECURITY,), is_masked=False),
    )
    unlisted = {
        "visits.id": "the row's own key",
        "holds.id": "the row's own key",
        "holds.about": "our own reference of an incident, an order or a file",
        "holds.owner_id": "the colleague who set it: somebody else's data",
    }
    recipients = ("azure", "kinsta")
    not_identifiable = _(
        "Our servers record each visit with its time, IP address, browser and referring page. These records name nobody, and we do "
        "not link them with people, so we cannot tell which of them are yours (Art. 11 GDPR). If you want yours, give us an IP address "
        "and a time at which it was yours, with something that shows it, such as a letter of your internet provider."
    )
    retention = (
        RetentionRule(
            code=selectors.VISITS_RULE,
            label=_("Visits"),
            trigger="at",
            keep_for=relativedelta(months=settings.BROWSING["keep_months"]),
            ground=_("Long enough to see how our services are used and to look into an attack; longer only under a hold with its ground"),
            promise="P074",
            shortest=relativedelta(months=1),
        ),
        RetentionRule(
            code="browsing.visits.holds-released",
            label=_("Holds on visits, after their release"),
            trigger="released_at",
            keep_for=relativedelta(years=1),
            ground=_("Questions about what was held"),
            promise="P075",
        ),
    )

    # For a person.
    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        cases = selectors.open_cases_of(subject)
        return {
            VISITS: Visit.objects.filter(ip__in=cases.values("ip")).filter(selectors.linked_by(cases)).order_by("at", "pk"),
            HOLDS: VisitHold.objects.filter(Exists(cases.filter(ip=OuterRef("ip")))).order_by("pk"),
        }

    def part_label(self, part: str) -> Text:
        return self.label if part == VISITS else _("Holds on visits")

    def exported(self, part: str, model: type[Model]) -> Sequence[tuple[str, Text]]:
        fields = [(field.name.partition("."), field.label) for field in self.fields]
        return [("id", _("Key")), *((column, label) for (of_part, _dot, column), label in fields if of_part == part)]

    def count(self, subject: Subject) -> dict[str, int]:
        """Almost nobody has a case: a year of partitions is not asked about everybody."""
        if not selectors.open_cases_of(subject).exists():
            return {}
        return {part: number for part, rows in self.held(subject).items() if (number := rows.count())}

    def export_parts(self, subject: Subject, *, only: Container[str] | None) -> Iterator[Part]:
        if selectors.open_cases_of(subject).exists():
            yield from super().export_parts(subject, only=only)

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        return self._outcome(subject, erase=lambda rows, _part: list(rows.order_by("pk").values_list("pk", flat=True)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Delete what the person's own request found. What another case or a hold needs stays, with its ground."""
        return self._outcome(
            subject,
            erase=lambda rows, part: delete_rows(spare(rows, sparing, part), source=self.key, part=part, at=at),
        )

    def _outcome(self, subject: Subject, *, erase: Any) -> Outcome:
        if not selectors.open_cases_of(subject).exists():
            return Outcome()
        found = self.held(subject)
        if subjects.is_held(subject=subject, source=self.key):
            return Outcome(kept=tuple(held(part=part, rows=number) for part, rows in found.items() if (number := rows.count())))
        kept = (*_kept_by_holds(found[VISITS]), *_kept_by_cases(subject, found[VISITS]), *_standing(found[HOLDS]))
        others = selectors.open_cases_of(subject).filter(ground__in=KEEPING_CASES)
        going = {
            VISITS: found[VISITS].exclude(selectors.on_hold()).exclude(selectors.linked_by(others)),
            HOLDS: found[HOLDS].filter(released_at__isnull=False),
        }
        erased = {part: keys for part, rows in going.items() if (keys := erase(rows, part))}
        return Outcome(erased=erased, kept=kept)

    def overdue(self, subject: Subject, *, at: datetime) -> Iterator[Overdue]:
        if not selectors.open_cases_of(subject).exists():
            return
        rule = self.rule_of(selectors.VISITS_RULE, at=at)
        rows = selectors.over(self.held(subject)[VISITS], keep_for=rule.keep_for, at=at)
        if number := rows.count():
            first = rows.order_by("at")[0].at.astimezone(rules.HOME) + rule.keep_for
            yield Overdue(rule=rule.code, rows=number, since=first.date())

    # For time.
    def due(self, rule: RetentionRule, *, at: datetime, limit: int) -> PurgePlan:
        """Whole weeks first, each of them one lot, then what is due of the others row by row."""
        rows, lots = self._due(rule, at=at), list[Lot]()
        if rule.trigger == "at":
            lots = list(islice(dropping.lots(keep_for=rule.keep_for, at=at), limit))
            rows = rows.filter(dropping.outside(lots))
        keys = rows.order_by(rule.trigger, "pk").values_list("pk", flat=True)[: limit - len(lots)]
        return PurgePlan(rule=rule.code, at=at, keys=(*lots, *keys))

    def count_due(self, rule: RetentionRule, *, at: datetime) -> int:
        return self._due(rule, at=at).count()

    def holds_to_review(self, *, on: date) -> Iterator[HoldToReview]:
        for hold in VisitHold.objects.filter(released_at=None, review_on__lte=on).order_by("review_on", "pk"):
            yield HoldToReview(label=self.part_label(HOLDS), about=hold.about, owner_id=hold.owner_id, review_on=hold.review_on)

    def destroy(self, plan: PurgePlan, *, at: datetime) -> int:
        rule = self.rule_of(plan.rule, at=at)
        keys = [key for key in plan.keys if not isinstance(key, Lot)]
        swept = self._due(rule, at=at).filter(pk__in=keys).delete()[0] if keys else 0
        return swept + sum(dropping.drop(lot, keep_for=rule.keep_for, at=at) for lot in plan.lots)

    def oldest(self, rule: RetentionRule) -> datetime | None:
        found: datetime | None = self._all(rule).aggregate(oldest=Min(rule.trigger))["oldest"]
        return found

    def span(self, plan: PurgePlan) -> tuple[datetime | None, datetime | None]:
        """A plan holds its rows in the order of their times: of a million the first and the last are asked."""
        rule = self.rule_of(plan.rule, at=plan.at)
        keys = [key for key in plan.keys if not isinstance(key, Lot)]
        found = [span_of(self._all(rule), rule.trigger, keys[:1] + keys[-1:]), *((lot.oldest, lot.newest) for lot in plan.lots)]
        times = [at for pair in found for at in pair if at is not None]
        return min(times, default=None), max(times, default=None)

    def _all(self, rule: RetentionRule) -> QuerySet[Any]:
        return Visit.objects.all() if rule.trigger == "at" else VisitHold.objects.filter(released_at__isnull=False)

    def _due(self, rule: RetentionRule, *, at: datetime) -> QuerySet[Any]:
        if rule.trigger == "at":
            return selectors.over(selectors.unprotected(), keep_for=rule.keep_for, at=at)
        return selectors.released_over(keep_for=rule.keep_for, at=at)


def _kept_by_holds(visits: QuerySet[Visit]) -> Iterator[Kept]:
    """What holds keep, by the first ground that covers each visit."""
    rows = visits
    for ground, (why, article) in KEEPING_HOLDS.items():
        covered = selectors.on_hold(ground)
        if number := rows.filter(covered).count():
            yield Kept(part=VISITS, rows=number, ground=why, article=article, until_event=UNTIL_RELEASED)
        rows = rows.exclude(covered)


def _kept_by_cases(subject: Subject, visits: QuerySet[Visit]) -> Iterator[Kept]:
    """The same of link cases other than the person's own request."""
    rows = visits.exclude(selectors.on_hold())
    for ground, (why, article) in KEEPING_CASES.items():
        covered = selectors.linked_by(selectors.open_cases_of(subject).filter(ground=ground))
        if number := rows.filter(covered).count():
            yield Kept(part=VISITS, rows=number, ground=why, article=article, until_event=UNTIL_PERIOD)
        rows = rows.exclude(covered)


def _standing(holds: QuerySet[VisitHold]) -> Iterator[Kept]:
    found = holds.filter(released_at=None).order_by().values_list("ground").annotate(rows=Count("*"))
    for ground, number in sorted(found):
        why, article = KEEPING_HOLDS[HoldGround(ground)]
        yield Kept(part=HOLDS, rows=number, ground=why, article=article, until_event=UNTIL_RELEASED)


@register
class Links(RowSource):
    """When and why somebody's visits were linked with them: in their access answer, whoever asked for it (P031)."""

    key = "browsing.links"
    label = _("Cases that link visits with a person")
    category = Category.NAVIGATION
    role = Role.CONTROLLER
    origin_label = _("From our staff, for a ground that the policy names")
    models = ("browsing.LinkCase",)
    parts = {"links": "browsing.LinkCase"}
    fields = (
        Field("ground", _("Ground"), Origin.INFERRED, (SECURITY, EVIDENCE), is_masked=False),
        Field("ip", _("IP address"), Origin.OBSERVED, (SECURITY, EVIDENCE)),
        Field("starts_at", _("Visits from"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_masked=False),
        Field("until", _("Visits until"), Origin.OBSERVED, (SECURITY, EVIDENCE), is_masked=False),
        Field("asked_at", _("Asked"), Origin.OBSERVED, (EVIDENCE,), is_masked=False),
        Field("approved_at", _("Approved by a second colleague"), Origin.OBSERVED, (EVIDENCE,), is_masked=False),
        Field("open_until", _("Open until"), Origin.OBSERVED, (EVIDENCE,), is_masked=False),
        Field("ended_at", _("Ended"), Origin.OBSERVED, (EVIDENCE,), is_masked=False),
    )
    unlisted = {
        "id": "the row's own key",
        "subject": "the person whose file this is",
        "about": "our own reference of an incident, an order or a file",
        "asked_by": "the colleague who asked: somebody else's data",
        "approved_by": "the colleague who approved: somebody else's data",
    }
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code="browsing.links.ended",
            label=_("Link cases: one year after they ended"),
            trigger="ended_at",
            keep_for=relativedelta(years=1),
            ground=_("Questions about what was linked, and why"),
            promise="P031",
        ),
    )

    def held(self, subject: Subject) -> Mapping[str, QuerySet[Any]]:
        return {"links": LinkCase.objects.filter(subject=subject)}

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        keys = list(self._over(subject).order_by("pk").values_list("pk", flat=True))
        return self._outcome(subject, keys)

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """What has ended goes; an open case stays until it ends."""
        rows = spare(self._over(subject), sparing, "links")
        return self._outcome(subject, delete_rows(rows, source=self.key, part="links", at=at))

    def _over(self, subject: Subject) -> QuerySet[LinkCase]:
        rows = LinkCase.objects.filter(subject=subject, ended_at__isnull=False)
        return rows.none() if subjects.is_held(subject=subject, source=self.key) else rows

    def _outcome(self, subject: Subject, keys: list[Any]) -> Outcome:
        rows = LinkCase.objects.filter(subject=subject).exclude(pk__in=keys)
        erased = {"links": keys} if keys else {}
        if subjects.is_held(subject=subject, source=self.key) and (number := rows.count()):
            return Outcome(erased=erased, kept=(held(part="links", rows=number),))
        if not (number := rows.filter(ended_at=None).count()):
            return Outcome(erased=erased)
        until = _("one year after the case has ended")
        kept = Kept(part="links", rows=number, ground=Ground.LEGAL_CLAIMS, article="Art. 17(3)(e) GDPR", until_event=until)
        return Outcome(erased=erased, kept=(kept,))

    def governed(self, rule: RetentionRule) -> QuerySet[Any]:
        kept = subjects.kept_subjects(source=self.key, reach=holding.reach_of(rule))
        return LinkCase.objects.filter(ended_at__isnull=False).exclude(subject__in=kept)
