from __future__ import annotations

from django.urls import URLPattern, path
from django.views.generic import TemplateView

urlpatterns: list[URLPattern] = [path("databases/<uuid:database_id>/", TemplateView.as_view(), name="hosting_database")]
