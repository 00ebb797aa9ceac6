from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecruitmentConfig(AppConfig):
    name = "recruitment"
    verbose_name = _("Job applications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Let files leave storage with their rows, and check what the forms ask."""
        from recruitment import checks, receivers  # noqa: F401, PLC0415 - they connect themselves
