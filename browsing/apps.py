from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BrowsingConfig(AppConfig):
    name = "browsing"
    verbose_name = _("Visits")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what is counted of visits for the public."""
        # The models must be loaded first.
        from browsing import trends  # noqa: PLC0415
        from datamap import trends as counted  # noqa: PLC0415

        counted.register(trends.VISITS)
