from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectorsConfig(AppConfig):
    name = "connectors"
    verbose_name = _("Connected systems")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every declared system is a source from now on. A file that is wrong lets nothing start."""
        # The models must be loaded first.
        from django.conf import settings  # noqa: PLC0415

        from connectors import personal_data  # noqa: F401, PLC0415
        from connectors.sources import registering  # noqa: PLC0415

        registering.register_folder(settings.CONNECTORS["files"])
