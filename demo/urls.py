"""Pages that exist in the demo and in tests alone."""

from __future__ import annotations

from django.urls import URLPattern, path

from demo import components, views_mailbox, views_websites

urlpatterns: list[URLPattern] = [
    path("components/", components.demo_components_show, name="demo_components_show"),
    path("components/<slug:page>/", components.demo_components_show, name="demo_components_page_show"),
    path("mailbox/", views_mailbox.mailbox, name="mailbox"),
    path("mailbox/codes/", views_mailbox.mailbox_codes, name="mailbox_codes"),
    path("mailbox/<str:name>/", views_mailbox.mailbox_message, name="mailbox_message"),
    path("website/", views_websites.demo_website, name="demo_website"),
    path("website/calendar/", views_websites.demo_website_calendar, name="demo_website_calendar"),
    path("website/<slug:category>.js", views_websites.demo_website_tag, name="demo_website_tag"),
]
