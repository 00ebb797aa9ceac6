from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LinkGround(TextChoices):
    """Why visits may be linked with a person (policy III): the closed list."""

    LAW = "LAW", _("Duty of law")
    BREACH = "BREACH", _("Breach of the acceptable use policy")
    SECURITY = "SECURITY", _("Security of our services")
    OWN_REQUEST = "OWN_REQUEST", _("The person’s own request, with an address and a time proved (Art. 11(2))")


class HoldGround(TextChoices):
    """Why visits are kept beyond their period (policy VII)."""

    SECURITY = "SECURITY", _("Security of our services")
    PERFORMANCE = "PERFORMANCE", _("Performance of our services")
    LAW = "LAW", _("Duty of law")


class Dimension(TextChoices):
    """By what the visits of a day are counted."""

    ALL = "ALL", _("All visits")
    BROWSER = "BROWSER", _("Browser")
    PLATFORM = "PLATFORM", _("Platform")
    COUNTRY = "COUNTRY", _("Country")
    REFERRER = "REFERRER", _("Referring site")
