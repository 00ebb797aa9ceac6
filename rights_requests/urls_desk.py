"""The desk's addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from rights_requests.views import (
    case_files,
    desk,
    desk_correcting,
    desk_disclosures,
    desk_letters,
    desk_mails,
    desk_notices,
    desk_package,
    desk_record,
    desk_request,
    desk_source,
)

if TYPE_CHECKING:
    from django.urls import URLPattern

REQUEST = "desk/requests/<str:reference>/"

urlpatterns: list[URLPattern] = [
    path("desk/", desk.desk_queue, name="desk_queue"),
    path("desk/assign/", desk.desk_queue_assign, name="desk_queue_assign"),
    path("desk/requests/new/", desk_record.desk_request_record, name="desk_request_record"),
    path("desk/requests/recorded/", desk_record.desk_request_recorded, name="desk_request_recorded"),
    path(REQUEST, desk_request.desk_request_open, name="desk_request_open"),
    path(f"{REQUEST}name/", desk_request.desk_request_name, name="desk_request_name"),
    path(f"{REQUEST}sources/<str:key>/", desk_source.desk_request_source, name="desk_request_source"),
    path(f"{REQUEST}corrections/new/", desk_correcting.desk_request_correct, name="desk_request_correct"),
    path(f"{REQUEST}corrections/<uuid:correction_id>/", desk_correcting.desk_request_correction, name="desk_request_correction"),
    path(f"{REQUEST}package/", desk_package.desk_request_package, name="desk_request_package"),
    path(f"{REQUEST}<slug:action>/", desk_request.desk_request_action, name="desk_request_action"),
    path("desk/files/<uuid:attachment_id>/", case_files.desk_file, name="desk_file"),
    path("desk/disclosures/", desk_disclosures.desk_disclosures, name="desk_disclosures"),
    path("desk/recipients/", desk_notices.desk_notices, name="desk_notices"),
    path("desk/mails/", desk_mails.desk_mails, name="desk_mails"),
    path("desk/mails/<uuid:mail_id>/", desk_mails.desk_mail, name="desk_mail"),
    path("desk/letters/", desk_letters.desk_letters, name="desk_letters"),
    path("desk/letters/<uuid:letter_id>/", desk_letters.desk_letter, name="desk_letter"),
    path("desk/letters/<uuid:letter_id>/pdf/", desk_letters.desk_letter_pdf, name="desk_letter_pdf"),
    path("desk/letters/<uuid:letter_id>/settle/", desk_letters.desk_letter_settle, name="desk_letter_settle"),
]
