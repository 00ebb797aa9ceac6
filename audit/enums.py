from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActorKind(TextChoices):
    PERSON = "PERSON", _("Data subject")
    STAFF = "STAFF", _("Staff")
    SYSTEM = "SYSTEM", _("OxyPrivacy")
