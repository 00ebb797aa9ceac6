from django.conf import settings
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "accounts.admin_site.AdminSite"

    def ready(self) -> None:
        if settings.IS_ANSWERING:
            super().ready()
