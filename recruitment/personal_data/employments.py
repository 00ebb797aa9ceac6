from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from datamap import statutory
from datamap.declaration import NOTHING, Field, GivenFile, Kept, Outcome, RetentionRule
from datamap.enums import Category, Ground, Origin, Role
from datamap.erasure import delete_rows, spare
from datamap.purposes import EMPLOYMENT, STAFF_LAW
from datamap.registry import register
from recruitment import employed, storing
from recruitment.models import Employment, PersonnelDocument
from recruitment.personal_data.keeping import ByEmail, spared, today, under_hold, while_employed
from subjects import selectors as subjects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import QuerySet

    from datamap.declaration import RowKeys, Text
    from datamap.models import StatutoryPeriod
    from subjects.models import Subject

EMPLOYMENTS, PERSONNEL = "employments", "personnel"
ENDED_DOCUMENTS, ENDED = "recruitment.employments.documents", "recruitment.employments.register"


@register
class Employments(ByEmail):
    """Who works or worked for us: for the employment, then for the period of each document's law (policy VII)."""

    key = "recruitment.employments"
    label = _("Employment with us")
    category = Category.APPLICATION
    role = Role.CONTROLLER
    origin_label = _("From your application and your employment")
    models = ("recruitment.Employment", "recruitment.PersonnelDocument")
    parts = {EMPLOYMENTS: "recruitment.Employment", PERSONNEL: "recruitment.PersonnelDocument"}
    ways = {EMPLOYMENTS: "email", PERSONNEL: "employment__email"}
    fields = (
        Field("employments.name", _("Name"), Origin.PROVIDED, (EMPLOYMENT, STAFF_LAW)),
        Field("employments.email", _("E-mail address"), Origin.PROVIDED, (EMPLOYMENT,)),
        Field("employments.position", _("Position"), Origin.OBSERVED, (EMPLOYMENT, STAFF_LAW), is_masked=False),
        Field("employments.country", _("Country"), Origin.OBSERVED, (STAFF_LAW,), is_masked=False),
        Field("employments.started_on", _("Began on"), Origin.OBSERVED, (EMPLOYMENT, STAFF_LAW), is_masked=False),
        Field("employments.ended_on", _("Ended on"), Origin.OBSERVED, (EMPLOYMENT, STAFF_LAW), is_masked=False),
        Field("employments.keep_until", _("Kept by law until"), Origin.OBSERVED, (STAFF_LAW,), is_masked=False),
        Field("personnel.name", _("File"), Origin.OBSERVED, (STAFF_LAW,)),
        Field("personnel.kind", _("Kind"), Origin.OBSERVED, (STAFF_LAW,), is_masked=False),
        Field("personnel.dated_on", _("Dated"), Origin.OBSERVED, (STAFF_LAW,), is_masked=False),
        Field("personnel.size", _("Size in bytes"), Origin.OBSERVED, (STAFF_LAW,), is_masked=False),
        Field("personnel.keep_until", _("Kept by law until"), Origin.OBSERVED, (STAFF_LAW,), is_masked=False),
    )
    parts_with_files = frozenset({PERSONNEL})
    unlisted = {
        "employments.id": "the row's own key",
        "employments.application": "the application that it came of",
        "personnel.id": "the row's own key",
        "personnel.employment": "whose it is",
        "personnel.media_type": "the name of the file says it",
        "personnel.digest": "says nothing that the file does not",
        "personnel.file_name": "where the file lies encrypted: a random name",
        "personnel.sealed_key": "a secret: never shown or exported",
        "personnel.received_at": "our own bookkeeping",
    }
    rectifiable = frozenset({"employments.name", "employments.email"})
    why_not_rectifiable = _("What the law has us record of an employment is corrected by a new document, not in the old one.")
    recipients = ("azure",)
    retention = (
        RetentionRule(
            code=ENDED_DOCUMENTS,
            label=_("Documents of an employment that ended"),
            trigger="keep_until",
            keep_for=relativedelta(),
            ground=_("Kept by the law of the country until the day that stands in each document"),
            promise="P073",
            dated="dated_on",
        ),
        RetentionRule(
            code=ENDED,
            label=_("Register of staff"),
            trigger="keep_until",
            keep_for=relativedelta(),
            ground=_("Kept by the law of the country after the employment ends, and as long as a document of it"),
            promise="P073",
            dated="started_on",
        ),
    )

    def rows(self, part: str) -> QuerySet[Any]:
        return PersonnelDocument.objects.order_by("pk") if part == PERSONNEL else Employment.objects.order_by("pk")

    def part_label(self, part: str) -> Text:
        return _("Documents of your employment") if part == PERSONNEL else self.label

    # For a person.
    def files(self, subject: Subject) -> Iterator[GivenFile]:
        for document in self.of(subject, PERSONNEL):
            opened = partial(storing.opened, file_name=document.file_name, sealed_key=bytes(document.sealed_key), bound_to=document.pk)
            yield GivenFile(key=document.pk, name=document.name, size=document.size, open=opened, field="personnel.name")

    def channels(self, subject: Subject) -> Iterable[str]:
        return self.of(subject, EMPLOYMENTS).order_by().values_list("email", flat=True).distinct()

    def preview(self, subject: Subject, *, at: datetime) -> Outcome:
        erased: dict[str, list[UUID]] = {}
        for part in (PERSONNEL, EMPLOYMENTS):
            keys = list(self._going(subject, part, at=at).values_list("pk", flat=True))
            erased |= {part: keys} if keys else {}
        return Outcome(erased=erased, kept=tuple(self._kept(subject, at=at)))

    def erase(self, subject: Subject, *, at: datetime, sparing: RowKeys = NOTHING) -> Outcome:
        """Delete what no law keeps any more; everything else stays with its article and its end."""
        kept = tuple(self._kept(subject, at=at))
        whole = spared(self._going(subject, EMPLOYMENTS, at=at), sparing, ((EMPLOYMENTS, "pk"), (PERSONNEL, "documents")))
        going = list(whole.values_list("pk", flat=True))
        papers = spare(self._going(subject, PERSONNEL, at=at), sparing, PERSONNEL)
        erased = {PERSONNEL: delete_rows(papers, source=self.key, part=PERSONNEL, at=at)}
        erased[EMPLOYMENTS] = delete_rows(self.rows(EMPLOYMENTS).filter(pk__in=going), source=self.key, part=EMPLOYMENTS, at=at)
        return Outcome(erased={part: keys for part, keys in erased.items() if keys}, kept=kept)

    def _going(self, subject: Subject, part: str, *, at: datetime) -> QuerySet[Any]:
        rows = self.of(subject, part)
        if subjects.is_held(subject=subject, source=self.key):
            return rows.none()
        over = rows.filter(keep_until__lt=today(at))
        return over if part == PERSONNEL else over.exclude(Exists(_longer(at)))

    def _kept(self, subject: Subject, *, at: datetime) -> Iterator[Kept]:
        is_held = subjects.is_held(subject=subject, source=self.key)
        for part in (EMPLOYMENTS, PERSONNEL):
            staying = self.of(subject, part).exclude(pk__in=self._going(subject, part, at=at).order_by().values("pk"))
            if is_held:
                number = staying.count()
                yield from [under_hold(part=part, rows=number)] if number else []
            else:
                yield from _kept_by_law(part, staying)

    # For time.
    def counted(self, rule: RetentionRule) -> QuerySet[Any]:
        if rule.code == ENDED_DOCUMENTS:
            return PersonnelDocument.objects.filter(keep_until__isnull=False)
        papers = PersonnelDocument.objects.filter(employment=OuterRef("pk"))
        return Employment.objects.filter(~Exists(papers), keep_until__isnull=False)

    def part_of(self, rule: RetentionRule) -> str:
        return PERSONNEL if rule.code == ENDED_DOCUMENTS else EMPLOYMENTS

    def discard(self, rows: QuerySet[Any]) -> int:
        return rows.delete()[1].get(rows.model._meta.label, 0)


def _longer(at: datetime) -> QuerySet[PersonnelDocument]:
    """Documents of an employment that stay longer than its line in the register."""
    return PersonnelDocument.objects.filter(Q(keep_until=None) | Q(keep_until__gte=today(at)), employment=OuterRef("pk"))


def _kept_by_law(part: str, rows: QuerySet[Any]) -> Iterator[Kept]:
    periods = statutory.load()
    found: Counter[tuple[date | None, str]] = Counter()
    for row in rows:
        found[row.keep_until, _article(row, periods)] += 1
    for (until, article), number in sorted(found.items(), key=str):
        if until is None:
            yield while_employed(part=part, rows=number)
        else:
            yield Kept(part=part, rows=number, ground=Ground.LEGAL_OBLIGATION, article=article, until=until)


def _article(row: Employment | PersonnelDocument, periods: list[StatutoryPeriod]) -> str:
    """The law that keeps a row; where the register has none any more, the rule that lets us obey one."""
    employment = row.employment if isinstance(row, PersonnelDocument) else row
    if employment.ended_on is None:
        return ""
    document = employed.DOCUMENTS[row.kind] if isinstance(row, PersonnelDocument) else employed.REGISTER
    dated_on = row.dated_on if isinstance(row, PersonnelDocument) else employment.ended_on
    return employed.article(country=employment.country, document=document, dated_on=dated_on, ended_on=employment.ended_on, periods=periods)
