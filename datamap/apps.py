from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _


class DatamapConfig(AppConfig):
    name = "datamap"
    verbose_name = _("Data map")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every installed app declare what it holds, then check that nothing is left undeclared."""
        for config in apps.get_app_configs():
            if config.module is not None and module_has_submodule(config.module, "personal_data"):
                import_module(f"{config.name}.personal_data")
        import_module("datamap.checks")
