from __future__ import annotations

from django.urls import URLPattern, path

from hosting.views import desk, desk_backups, portal, portal_backups, portal_copies

ONE = "databases/<uuid:database_id>/"

urlpatterns: list[URLPattern] = [
    path("databases/", portal.hosting_databases, name="hosting_databases"),
    path(ONE, portal.hosting_database, name="hosting_database"),
    path(f"{ONE}access/<uuid:grant_id>/end/", portal.hosting_access_end, name="hosting_access_end"),
    path(f"{ONE}backups/", portal_backups.hosting_backups, name="hosting_backups"),
    path(f"{ONE}backups/<uuid:backup_id>/restore/", portal_backups.hosting_backup_ask, name="hosting_backup_ask"),
    path(f"{ONE}backups/restored/<uuid:restoration_id>/<slug:verb>/", portal_backups.hosting_restored, name="hosting_restored"),
    path(f"{ONE}backups/rows/", portal_backups.hosting_erased, name="hosting_erased"),
    path(f"{ONE}cancel/", portal.hosting_cancel, name="hosting_cancel"),
    path(f"{ONE}copies/", portal_copies.hosting_export, name="hosting_export"),
    path(f"{ONE}copies/<uuid:export_id>/", portal_copies.hosting_export_take, name="hosting_export_take"),
    path(f"{ONE}delete/", portal.hosting_delete, name="hosting_delete"),
    path(f"{ONE}delete/call-off/", portal.hosting_delete_call_off, name="hosting_delete_call_off"),
    path(f"{ONE}delete/confirm/", portal.hosting_delete_confirm, name="hosting_delete_confirm"),
    path(f"{ONE}password/", portal.hosting_password, name="hosting_password"),
    path(f"{ONE}reactivate/", portal.hosting_reactivate, name="hosting_reactivate"),
    path(f"{ONE}region/", portal.hosting_region, name="hosting_region"),
    path(f"{ONE}zone/", portal.hosting_replica, name="hosting_replica"),
    path("desk/databases/", desk.desk_databases, name="desk_databases"),
    path(f"desk/{ONE}", desk.desk_database, name="desk_database"),
    path(f"desk/{ONE}restore/", desk_backups.desk_restore, name="desk_restore"),
    path("desk/restored/<uuid:restoration_id>/<slug:verb>/", desk_backups.desk_restoration, name="desk_restoration"),
    path("desk/access/<uuid:grant_id>/<slug:verb>/", desk.desk_access, name="desk_access"),
    path("desk/regions/<uuid:request_id>/", desk.desk_region_answer, name="desk_region_answer"),
]
