from __future__ import annotations

from datetime import date

from django.urls import path, register_converter

from policy.views import changes, drafts, portal, processors, promises, record, registers, tables, texts


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
    path("policy/data/", tables.policy_data, name="policy_data"),
    path("processors/", processors.processors, name="processors"),
    path("processors/<day:day>/", processors.processors_version, name="processors_version"),
    path("account/changes/<uuid:notice_id>/", portal.account_change, name="account_change"),
    path("desk/registers/", registers.desk_registers, name="desk_registers"),
    path("desk/registers/import/", registers.desk_registers_import, name="desk_registers_import"),
    path("desk/registers/export/", registers.desk_registers_export, name="desk_registers_export"),
    path("desk/registers/processors/<str:code>/", registers.desk_register, name="desk_register"),
    path("desk/registers/processors/<str:code>/papers/<uuid:paper_id>/", registers.desk_register_paper, name="desk_register_paper"),
    path("desk/registers/changes/", changes.desk_changes, name="desk_changes"),
    path("desk/registers/changes/<uuid:notice_id>/", changes.desk_change, name="desk_change"),
    path("desk/registers/changes/<uuid:notice_id>/objections/<uuid:objection_id>/", changes.desk_change_answer, name="desk_change_answer"),
    path("desk/registers/processing/", record.desk_processing, name="desk_processing"),
    path("desk/registers/processing/csv/", record.desk_processing_csv, name="desk_processing_csv"),
    path("desk/registers/processing/pdf/", record.desk_processing_pdf, name="desk_processing_pdf"),
]
