from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TaskVerb(TextChoices):
    """What a system that answers by itself is asked."""

    FIND = "FIND", _("Count what you hold")
    EXPORT = "EXPORT", _("Hand over what you hold")
    ERASE = "ERASE", _("Erase what may go")


class TaskStatus(TextChoices):
    WAITING = "WAITING", _("Waits for the system")
    CLAIMED = "CLAIMED", _("The system works on it")
    ANSWERED = "ANSWERED", _("Answered")


class CallVerb(TextChoices):
    """What the mailing service is told."""

    UNSUBSCRIBE = "UNSUBSCRIBE", _("Unsubscribe the address")
    ARCHIVE = "ARCHIVE", _("Set the address aside")
    DELETE = "DELETE", _("Delete the address for good")


class CallStatus(TextChoices):
    WAITING = "WAITING", _("Waits to be sent")
    DONE = "DONE", _("Carried out")
    STUCK = "STUCK", _("Failed too often")
