from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Scope(TextChoices):
    """What a token opens, each by itself: none implies another."""

    REQUESTS_FILE = "requests:file", _("File requests for people")
    REQUESTS_READ = "requests:read", _("Read how the requests it filed stand")
    GATE_ASK = "gate:ask", _("Ask whether somebody’s data may be used")
    TASKS_WORK = "tasks:work", _("Pull tasks of its source and answer them")
    DISCLOSURES_REPORT = "disclosures:report", _("Report what it passes on")
    CONSENTS_READ = "consents:read", _("Ask what a browser allowed")
    VISITS_WRITE = "visits:write", _("Hand in visits")
