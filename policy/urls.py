from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from policy import views


class DayConverter:
    """A day of the calendar, as 2026-11-01."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("policy/", views.policy_in_force, name="policy_in_force"),
    path("policy/<day:day>/", views.policy_version, name="policy_version"),
]
