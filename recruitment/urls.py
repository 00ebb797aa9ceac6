"""Jobs for everybody, applications for human resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from recruitment.views import desk, desk_application, desk_employment, desk_redacting, jobs, links

if TYPE_CHECKING:
    from django.urls import URLPattern

ONE = "desk/applications/<str:reference>/"
EMPLOYED = "desk/employments/<uuid:employment_id>/"

urlpatterns: list[URLPattern] = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/sent/", jobs.jobs_sent, name="jobs_sent"),
    path("jobs/keep/<str:token>/", links.jobs_pool, name="jobs_pool"),
    path("jobs/offer/<str:token>/", links.jobs_offer, name="jobs_offer"),
    path("jobs/<slug:slug>/", jobs.jobs_apply, name="jobs_apply"),
    path("desk/applications/", desk.desk_applications, name="desk_applications"),
    path("desk/applications/new/", desk.desk_application_enter, name="desk_application_enter"),
    path(ONE, desk_application.desk_application_open, name="desk_application_open"),
    path(f"{ONE}message/", desk_application.desk_application_message, name="desk_application_message"),
    path(f"{ONE}reply/", desk_application.desk_application_reply, name="desk_application_reply"),
    path(f"{ONE}read/", desk_application.desk_application_read, name="desk_application_read"),
    path(f"{ONE}details/", desk_application.desk_application_offer, name="desk_application_offer"),
    path(f"{ONE}documents/<uuid:document_id>/", desk_application.desk_application_document, name="desk_application_document"),
    path(f"{ONE}messages/<uuid:message_id>/request/", desk_application.desk_application_request, name="desk_application_request"),
    path(f"{ONE}letters/<uuid:letter_id>/", desk_application.desk_application_letter, name="desk_application_letter"),
    path(f"{ONE}flag/<slug:part>/<uuid:row_id>/", desk_redacting.desk_application_flag, name="desk_application_flag"),
    path(f"{ONE}redact/<slug:part>/<uuid:row_id>/", desk_redacting.desk_application_redact, name="desk_application_redact"),
    path(f"{ONE}<slug:action>/", desk_application.desk_application_step, name="desk_application_step"),
    path("desk/employments/", desk.desk_employments, name="desk_employments"),
    path(EMPLOYED, desk_employment.desk_employment, name="desk_employment"),
    path(f"{EMPLOYED}documents/", desk_employment.desk_employment_add, name="desk_employment_add"),
    path(f"{EMPLOYED}end/", desk_employment.desk_employment_end, name="desk_employment_end"),
    path(f"{EMPLOYED}documents/<uuid:document_id>/", desk_employment.desk_employment_document, name="desk_employment_document"),
]
