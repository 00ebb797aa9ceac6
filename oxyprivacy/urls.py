"""Every address. The language stands in the path, English without a prefix; health, static files, schemas
and admin have none.
"""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from oxyprivacy import views
from policy.views.health import health_promises, registers_health
from retention.views.health import retention_health
from rights_requests.packages.portable import SCHEMA_PATH
from rights_requests.views import schemas

handler400 = "oxyprivacy.views.bad_request"
handler403 = "oxyprivacy.views.forbidden"
handler404 = "oxyprivacy.views.not_found"
handler500 = "oxyprivacy.views.server_error"

urlpatterns = [
    path("favicon.ico", views.favicon, name="favicon"),
    path("health/", views.health, name="health"),
    path("health/retention/", retention_health, name="retention_health"),
    path("health/promises/", health_promises, name="health_promises"),
    path("health/registers/", registers_health, name="registers_health"),
    *([path("admin/", admin.site.urls)] if settings.IS_ANSWERING else []),
    path(SCHEMA_PATH, schemas.portability_schema, name="portability_schema"),
    path("", include("consent.urls_api")),
    path("", include("connectors.urls_hooks")),
    *([path("api/v1/", include("api.urls"))] if settings.IS_ANSWERING else []),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("accessibility/", views.accessibility, name="accessibility"),
        path("", include("policy.urls")),
        path("", include("rights_requests.urls")),
        path("", include("recruitment.urls")),
        path("", include("browsing.urls")),
        path("", include("hosting.urls")),
        path("", include("retention.urls")),
        path("", include("consent.urls")),
        path("", include("events.urls")),
        path("", include("connectors.urls")),
        path("", include("security.urls")),
        path("", include("trends.urls")),
        *([path("", include("api.urls_pages"))] if settings.IS_ANSWERING else []),
        path("", include("accounts.urls")),
        *([] if settings.IS_PRODUCTION else [path("", include("demo.urls"))]),
        prefix_default_language=False,
    ),
]
