from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrendsConfig(AppConfig):
    name = "trends"
    verbose_name = _("Trends")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have released figures looked at."""
        from trends import promises  # noqa: F401, PLC0415 - the models must be loaded first
