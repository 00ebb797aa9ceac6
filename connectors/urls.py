from __future__ import annotations

from django.urls import URLPattern, path

from connectors.views import desk

urlpatterns: list[URLPattern] = [
    path("desk/systems/", desk.desk_systems, name="desk_systems"),
]
