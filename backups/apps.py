from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackupsConfig(AppConfig):
    name = "backups"
    verbose_name = _("Backups")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import refusals  # noqa: PLC0415 - the models must be loaded first
        from backups import checks, personal_data  # noqa: F401, PLC0415 - both register themselves

        refusals.watch("backups_backup", action="backup.refused")
