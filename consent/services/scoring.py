"""The score of a form on a site that still asks reCAPTCHA: the number, and neither token nor identifier of Google's (P030)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from consent.models import FormScore, Site

if TYPE_CHECKING:
    from datetime import date


class NoScore(ValueError):
    """The site asks for none, or the number is none between 0 and 1."""


def note(*, site: str, score: float, day: date) -> FormScore:
    """Keep a score.

    Raises:
        NoScore: the site asks for none, or the number is none between 0 and 1.
    """
    asking = Site.objects.filter(code=site, has_scores=True).first()
    if asking is None or not 0 <= score <= 1:
        raise NoScore
    return FormScore.objects.create(site=asking, score=Decimal(str(round(score, 1))), day=day)
