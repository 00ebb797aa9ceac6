"""The portal's addresses and the desk's."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("rights_requests.urls_portal")),
    path("", include("rights_requests.urls_desk")),
]
