from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Evidence")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit import refusals  # noqa: PLC0415 - it stands on the models

        connection_created.connect(refusals.attach, dispatch_uid="audit.refusals")
