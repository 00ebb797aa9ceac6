"""Pages that exist in the demo and in tests alone."""

from __future__ import annotations

from django.urls import URLPattern, path

from demo import components

urlpatterns: list[URLPattern] = [
    path("components/", components.demo_components_show, name="demo_components_show"),
    path("components/<slug:page>/", components.demo_components_show, name="demo_components_page_show"),
]
