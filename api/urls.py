"""Under ``/api/v1/``, without a language in the path. Addresses that ``consent`` answers itself stand before these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path, re_path

from api.views import asking, described, disclosing, handing_in, requests, tasks
from api.views.base import nothing_here

if TYPE_CHECKING:
    from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    path("", described.to_page, name="api_root"),
    path("schema", described.schema, name="api_schema"),
    path("requests", requests.Requests.as_view(), name="api_requests"),
    path("requests/<str:reference>", requests.OneRequest.as_view(), name="api_request"),
    path("gate", asking.Gate.as_view(), name="api_gate"),
    path("consents/<uuid:consent_id>/<str:site>/<slug:category>", asking.Consents.as_view(), name="api_consent"),
    path("visits", handing_in.Visits.as_view(), name="api_visits"),
    path("disclosures", disclosing.Disclosures.as_view(), name="api_disclosures"),
    path("tasks/claims", tasks.Claims.as_view(), name="api_task_claims"),
    path("tasks/<uuid:task_id>/lease", tasks.Lease.as_view(), name="api_task_lease"),
    path("tasks/<uuid:task_id>/return", tasks.Returned.as_view(), name="api_task_return"),
    path("tasks/<uuid:task_id>/found", tasks.Found.as_view(), name="api_task_found"),
    path("tasks/<uuid:task_id>/erased", tasks.Erased.as_view(), name="api_task_erased"),
    path("tasks/<uuid:task_id>/rows", tasks.Rows.as_view(), name="api_task_rows"),
    re_path(r"^(?P<rest>.*)$", nothing_here, name="api_nothing"),
]
