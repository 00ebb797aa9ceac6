from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    name = "security"
    verbose_name = _("Security")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what went wrong about a case, how data is protected, and which breaches still need their letters."""
        # The models must be loaded first.
        from datamap import incidents, measures  # noqa: PLC0415
        from letters import cases  # noqa: PLC0415
        from security import checks, selectors  # noqa: F401, PLC0415

        incidents.register(selectors.incidents_about)
        measures.register(selectors.declared_measures)
        cases.register(selectors.running)
