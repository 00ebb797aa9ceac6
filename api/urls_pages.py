"""What people read: the page about the API, and the desk's tokens."""

from __future__ import annotations

from django.urls import path

from api.views import described, desk

urlpatterns = [
    path("api/", described.api_page, name="developers"),
    path("desk/tokens/", desk.desk_tokens, name="desk_tokens"),
    path("desk/tokens/<uuid:token_id>/revoke/", desk.desk_token_revoke, name="desk_token_revoke"),
]
