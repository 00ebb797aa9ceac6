"""Addresses that other systems call: without a language."""

from __future__ import annotations

from django.urls import URLPattern, path

from connectors.views import hooks

urlpatterns: list[URLPattern] = [
    path("hooks/mailchimp/<str:secret>/", hooks.hook_mailchimp, name="hook_mailchimp"),
]
