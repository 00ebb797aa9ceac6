"""Events and interest for everybody, passing on for the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import path

from events.views import desk, interest, links, registering

if TYPE_CHECKING:
    from django.urls import URLPattern

urlpatterns: list[URLPattern] = [
    path("events/", registering.events, name="events"),
    path("events/sent/", registering.events_sent, name="events_sent"),
    path("events/confirm/<str:token>/", links.events_confirm, name="events_confirm"),
    path("events/own/<str:token>/", links.events_own, name="events_own"),
    path("events/<slug:slug>/", registering.events_register, name="events_register"),
    path("partners/", interest.partners, name="partners"),
    path("partners/sent/", interest.partners_sent, name="partners_sent"),
    path("partners/confirm/<str:token>/", links.partners_confirm, name="partners_confirm"),
    path("partners/own/<str:token>/", links.partners_own, name="partners_own"),
    path("desk/events/", desk.desk_events, name="desk_events"),
    path("desk/events/<uuid:event_id>/", desk.desk_event, name="desk_event"),
    path("desk/events/<uuid:event_id>/hand-over/", desk.desk_event_hand_over, name="desk_event_hand_over"),
    path("desk/interests/", desk.desk_interests, name="desk_interests"),
    path("desk/interests/<uuid:interest_id>/", desk.desk_interest, name="desk_interest"),
]
