from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Land(TextChoices):
    """Where people say that they are: a partner of that country may hear of them."""

    BE = "BE", _("Belgium")
    FR = "FR", _("France")
    LU = "LU", _("Luxembourg")
    NL = "NL", _("Netherlands")
    DE = "DE", _("Germany")
    CH = "CH", _("Switzerland")
