from __future__ import annotations

from django.urls import path

from trends.views import desk, public

urlpatterns = [
    path("trends/", public.trends, name="trends"),
    path("trends/<uuid:release_id>.csv", public.trends_file, name="trends_file"),
    path("desk/trends/", desk.desk_trends, name="desk_trends"),
    path("desk/trends/<uuid:release_id>/", desk.desk_trend, name="desk_trend"),
]
