from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

#: What an app declares of itself: the data it holds, and the checks of the promises it keeps.
DECLARATIONS = ("personal_data", "promises")


class DatamapConfig(AppConfig):
    name = "datamap"
    verbose_name = _("Data map")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let every installed app declare what it holds, then check that nothing is left undeclared."""
        for config in apps.get_app_configs():
            for name in DECLARATIONS:
                if config.module is not None and module_has_submodule(config.module, name):
                    import_module(f"{config.name}.{name}")
        import_module("datamap.checks")
        import_module("subjects.holds").register(import_module("datamap.holding").vocabulary)
        import_module("datamap.watching")
