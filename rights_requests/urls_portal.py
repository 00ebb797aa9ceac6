"""The portal's addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from rights_requests.views import case_files, portal, portal_follow, portal_links, portal_rights, portal_status

if TYPE_CHECKING:
    from django.urls import URLPattern

CASE = "cases/<str:reference>/"

urlpatterns: list[URLPattern] = [
    path("rights/", portal_rights.portal_rights, name="portal_rights"),
    path("request/", portal.portal_request_right, name="portal_request_right"),
    path("request/details/", portal.portal_request_details, name="portal_request_details"),
    path("request/you/", portal.portal_request_person, name="portal_request_person"),
    path("request/check/", portal.portal_request_check, name="portal_request_check"),
    path("request/sent/", portal.portal_request_sent, name="portal_request_sent"),
    path("confirm/<str:token>/", portal_links.portal_link_confirm, name="portal_link_confirm"),
    path("cancel/<str:token>/", portal_links.portal_link_cancel, name="portal_link_cancel"),
    path("follow/", portal_follow.portal_follow, name="portal_follow"),
    path("follow/code/", portal_follow.portal_follow_code, name="portal_follow_code"),
    path("cases/", portal_status.portal_cases, name="portal_cases"),
    path(CASE, portal_status.portal_case, name="portal_case"),
    path(f"{CASE}message/", portal_status.portal_case_message, name="portal_case_message"),
    path(f"{CASE}link/", portal_status.portal_case_link, name="portal_case_link"),
    path(f"{CASE}withdraw/", portal_status.portal_case_withdraw, name="portal_case_withdraw"),
    path(f"{CASE}verify/", portal_status.portal_case_verify, name="portal_case_verify"),
    path(f"{CASE}package/", portal_status.portal_case_package, name="portal_case_package"),
    path(f"{CASE}files/<uuid:attachment_id>/", case_files.portal_case_file, name="portal_case_file"),
    path(f"{CASE}letters/<uuid:letter_id>/", portal_status.portal_case_letter, name="portal_case_letter"),
    path(f"{CASE}letters/<uuid:letter_id>/pdf/", portal_status.portal_case_letter_pdf, name="portal_case_letter_pdf"),
]
