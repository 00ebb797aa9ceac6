"""Whether released figures hold what we say of them: see ``datamap.promises``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.utils.translation import gettext_noop

from datamap.promises import Fact, Verdict, check, judged
from trends import access
from trends.models import Figure

if TYPE_CHECKING:
    from datetime import datetime


@check("P024", "P095")
def no_figure_is_under_the_threshold(_at: datetime) -> Verdict:
    """Every figure that is told stands at or above the threshold of its release, and two people stand behind it."""
    releases = access.released()
    few = Figure.objects.filter(release__in=releases, count__lt=F("release__fewest")).count()
    alone = releases.filter(approved_by=F("prepared_by")).count()
    fact = Fact(
        gettext_noop("%(releases)s releases of figures; figures under their threshold: %(few)s."),
        {"releases": releases.count(), "few": few},
    )
    return judged(fact, broken=bool(few or alone))
