"""What every page may show of us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {"organisation": settings.ORGANISATION, "is_demo": settings.IS_DEMO, "answer_days": settings.ACCOUNTS["answer_within_days"]}
