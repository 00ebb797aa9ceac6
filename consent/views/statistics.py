"""Choices as figures, by site, language and notice: whether refusing is as easy as accepting shows here first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.db.models import Sum
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import staff
from accounts.enums import Language
from accounts.roles import roles_with
from consent.models import Category, ChoiceCount, Notice, Site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from accounts.staff import StaffRequest

DAYS = (("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")))
#: From so many days on, a bar is a week.
WEEKLY = 60


class FiguresForm(forms.Form):
    days = forms.ChoiceField(label=_("Period"), choices=DAYS, required=False)
    site = forms.ChoiceField(label=_("Site"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("", _("All languages")), *Language.choices], required=False)
    notice = forms.ChoiceField(label=_("Notice"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        site, notice = self.fields["site"], self.fields["notice"]
        numbers = Notice.objects.order_by("-number").values_list("number", flat=True).distinct()
        site.choices = [("", _("All sites")), *Site.objects.values_list("code", "code")]  # type: ignore[attr-defined]
        named = [(str(number), _("Notice %(number)s") % {"number": number}) for number in numbers]
        notice.choices = [("", _("All notices")), *named]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, object]:
        return self.cleaned_data if self.is_valid() else {}


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    total: int
    allowed: int
    share: int


@staff.staff_required(roles_with("consent.see_statistics"))
@require_safe
def desk_choices(request: StaffRequest) -> HttpResponse:
    form = FiguresForm(request.GET)
    chosen = form.chosen()
    days = int(str(chosen.get("days") or DAYS[0][0]))
    today = timezone.localdate()
    since = today - timedelta(days=days)
    counts = _counts(since, chosen)
    bars = _bars(counts, since=since, today=today, is_weekly=days > WEEKLY)
    context = {
        "figures": form,
        "bars": bars,
        "is_weekly": days > WEEKLY,
        "totals": (),
        "total": (_("Choices together"), sum(number for _label, number in bars)),
        "lines": _lines(counts),
        "sites": _by(counts, "notice__site__code"),
        "languages": [(str(Language(code).label), number) for code, number in _by(counts, "notice__language")],
        "hidden": counts.filter(allowed=None).count(),
        "fewest": settings.CONSENT["fewest_choices"],
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/choices.html", context)


def _counts(since: date, chosen: dict[str, object]) -> QuerySet[ChoiceCount]:
    found = ChoiceCount.objects.filter(day__gte=since).order_by()
    columns = {"site": "notice__site__code", "language": "notice__language", "notice": "notice__number"}
    return found.filter(**{column: chosen[name] for name, column in columns.items() if chosen.get(name)})


def _whole(counts: QuerySet[ChoiceCount]) -> QuerySet[ChoiceCount]:
    """One row of each day and notice: every choice answers for each category, so any one of them counts them all."""
    return counts.order_by("day", "notice_id", "category").distinct("day", "notice_id")


def _bars(counts: QuerySet[ChoiceCount], *, since: date, today: date, is_weekly: bool) -> list[tuple[str, int]]:
    """By day or by week, the days without a count too."""
    totals: dict[date, int] = {}
    for day, total in _whole(counts).values_list("day", "total"):
        totals[day] = totals.get(day, 0) + (total or 0)
    days = [since + timedelta(days=number) for number in range((today - since).days)]
    step = 7 if is_weekly else 1
    groups = [days[start : start + step] for start in range(0, len(days), step)]
    return [(date_format(group[0], "j M"), sum(totals.get(day, 0) for day in group)) for group in groups]


def _lines(counts: QuerySet[ChoiceCount]) -> list[Line]:
    """By category, of the days on which both ways may be told."""
    told = counts.filter(allowed__isnull=False)
    found = {row["category"]: row for row in told.values("category").annotate(total=Sum("total"), allowed=Sum("allowed"))}
    titles: Sequence[tuple[str, str]] = [(category.code, category.title()) for category in Category.objects.all()]
    return [
        Line(label=title, total=row["total"], allowed=row["allowed"], share=round(row["allowed"] * 100 / (row["total"] or 1)))
        for code, title in titles
        if (row := found.get(code))
    ]


def _by(counts: QuerySet[ChoiceCount], column: str) -> list[tuple[str, int]]:
    rows = _whole(counts).values_list(column, "total")
    together: dict[str, int] = {}
    for value, total in rows:
        together[value] = together.get(value, 0) + (total or 0)
    return sorted(together.items(), key=lambda pair: (-pair[1], pair[0]))
