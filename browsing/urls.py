from __future__ import annotations

from django.urls import path

from browsing.views import holds, links, statistics

urlpatterns = [
    path("desk/visits/", statistics.desk_visits, name="desk_visits"),
    path("desk/visits/links/", links.desk_visits_links, name="desk_visits_links"),
    path("desk/visits/links/<uuid:link_id>/", links.desk_visits_link, name="desk_visits_link"),
    path("desk/visits/links/<uuid:link_id>/visits/", links.desk_visits_linked, name="desk_visits_linked"),
    path("desk/visits/holds/", holds.desk_visits_holds, name="desk_visits_holds"),
    path("desk/visits/holds/<uuid:hold_id>/review/", holds.desk_visits_hold_review, name="desk_visits_hold_review"),
    path("desk/visits/holds/<uuid:hold_id>/release/", holds.desk_visits_hold_release, name="desk_visits_hold_release"),
]
