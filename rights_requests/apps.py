from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsRequestsConfig(AppConfig):
    name = "rights_requests"
    verbose_name = _("Rights requests")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Open the door for messages that turn out to be requests, and say which letters and which data cases still need."""
        # The models must be loaded first.
        from datamap import answers  # noqa: PLC0415
        from datamap import trends as counted  # noqa: PLC0415
        from letters import cases  # noqa: PLC0415
        from rights_requests import intake, personal_data, trends  # noqa: PLC0415
        from rights_requests.services import awaiting, sweeping  # noqa: PLC0415
        from subjects import intake as subjects  # noqa: PLC0415
        from subjects import keepers  # noqa: PLC0415

        subjects.register(intake.file)
        subjects.recognise(intake.rights_in)
        subjects.accept(intake.take)
        cases.register(personal_data.running, references=personal_data.references_of)
        keepers.register(awaiting.people)
        keepers.register(awaiting.claimed_people)
        keepers.register_claimed(awaiting.claimed)
        answers.register(sweeping.answered)
        counted.register(trends.REQUESTS)
