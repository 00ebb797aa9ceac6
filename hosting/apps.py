from django.apps import AppConfig


class HostingConfig(AppConfig):
    name = "hosting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import refusals  # noqa: PLC0415 - the models must be loaded first
        from hosting import checks, personal_data  # noqa: F401, PLC0415 - they register themselves

        refusals.watch("hosting_backup", action="backup.refused")
