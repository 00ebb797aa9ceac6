"""A release as other tests need one: figures of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from trends import rules
from trends.models import Figure, Release

if TYPE_CHECKING:
    from datetime import datetime


def released(at: datetime) -> Release:
    quarter = rules.after(rules.quarter_of(timezone.localdate(at)), -1)
    told = {"provider": "requests", "starts_on": quarter, "ends_on": rules.after(quarter), "fewest": 10, "round_to": 5, "total": 100}
    release = Release.objects.create(**told, prepared_at=at, prepared_by="a")
    month = f"{quarter:%Y-%m}"
    for right, count in (("ACCESS", 60), ("ERASURE", None), ("OBJECTION", None)):
        Figure.objects.create(release=release, values=[right, month], count=count)
    release.approved_at, release.approved_by = at, "b"
    release.save(update_fields=["approved_at", "approved_by"])
    return release
