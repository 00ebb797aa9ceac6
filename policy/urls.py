from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from policy.views import drafts, promises, texts


class DayConverter:
    """A day of the calendar, as 2026-11-01."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns = [
    path("policy/", texts.policy_in_force, name="policy_in_force"),
    path("policy/<day:day>/", texts.policy_version, name="policy_version"),
    path("policy/<day:day>/changes/", texts.policy_changes, name="policy_changes"),
    path("desk/policy/", drafts.desk_policy, name="desk_policy"),
    path("desk/policy/<uuid:draft_id>/", drafts.desk_policy_draft, name="desk_policy_draft"),
    path("policy/promises/", promises.policy_promises, name="policy_promises"),
    path("desk/promises/", promises.desk_promises, name="desk_promises"),
    path("desk/promises/<slug:number>/", promises.desk_promise, name="desk_promise"),
]
