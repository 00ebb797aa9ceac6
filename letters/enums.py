from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LetterStatus(TextChoices):
    BY_HAND = "BY_HAND", _("To be posted")
    QUEUED = "QUEUED", _("To be sent")
    SENDING = "SENDING", _("Being sent")
    SENT = "SENT", _("Sent")
    UNKNOWN = "UNKNOWN", _("Perhaps sent")
    FAILED = "FAILED", _("Not sent")
    DROPPED = "DROPPED", _("Given up: never posted, never read out")
    HELD = "HELD", _("Not sent: too many to this address today")


#: Somebody still has to send these, or is at it.
ON_THE_WAY = frozenset({LetterStatus.QUEUED, LetterStatus.SENDING, LetterStatus.BY_HAND})
