from __future__ import annotations

import sys

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeclarationRefused(SystemExit):
    """The process cannot start: each line is a finding. A ``SystemExit``, so that nothing buries it in a traceback."""


class ConnectorsConfig(AppConfig):
    name = "connectors"
    verbose_name = _("Connected systems")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Every declared system is a source from now on. A file that is wrong lets nothing start."""
        # The models must be loaded first.
        from django.conf import settings  # noqa: PLC0415

        from connectors import personal_data  # noqa: F401, PLC0415
        from connectors.declared.shapes import WrongDeclaration  # noqa: PLC0415
        from connectors.services import mailing  # noqa: PLC0415
        from connectors.sources import registering  # noqa: PLC0415
        from subjects import suppressing  # noqa: PLC0415

        suppressing.on_suppressed(mailing.suppressed)
        try:
            registering.register_folder(settings.CONNECTORS["files"])
        except WrongDeclaration as error:
            # The command that says what is wrong must start.
            if "check_connectors" not in sys.argv:
                raise DeclarationRefused(str(error)) from error
