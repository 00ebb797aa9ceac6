from __future__ import annotations

from django.urls import path

from retention.views import overview, periods, rules, runs

urlpatterns = [
    path("desk/retention/", overview.desk_retention, name="desk_retention"),
    path("desk/retention/rules/<str:code>/", rules.desk_retention_rule, name="desk_retention_rule"),
    path("desk/retention/rules/<str:code>/period/", periods.desk_retention_period, name="desk_retention_period"),
    path("desk/retention/changes/<uuid:change_id>/", periods.desk_retention_change, name="desk_retention_change"),
    path("desk/retention/runs/", runs.desk_retention_runs, name="desk_retention_runs"),
    path("desk/retention/runs/<uuid:run_id>/", runs.desk_retention_run, name="desk_retention_run"),
    path("desk/retention/runs/<uuid:run_id>/certificate/", runs.desk_retention_certificate, name="desk_retention_certificate"),
    path(
        "desk/retention/runs/<uuid:run_id>/certificate.json", runs.desk_retention_certificate_file, name="desk_retention_certificate_file"
    ),
]
