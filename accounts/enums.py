from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class UserRole(TextChoices):
    CUSTOMER = "CUSTOMER", _("Customer")
    COMPANY_ADMINISTRATOR = "COMPANY_ADMINISTRATOR", _("Company administrator")
    HELPDESK = "HELPDESK", _("Helpdesk")
    PRIVACY_OFFICER = "PRIVACY_OFFICER", _("Privacy officer")
    HR = "HR", _("Human resources")
    ADMIN = "ADMIN", _("Administrator")


STAFF_ROLES = frozenset({UserRole.HELPDESK, UserRole.PRIVACY_OFFICER, UserRole.HR, UserRole.ADMIN})
DESK_ROLES = frozenset({UserRole.HELPDESK, UserRole.PRIVACY_OFFICER, UserRole.ADMIN})


class Language(TextChoices):
    EN = "en", "English"
    FR = "fr", "Français"
    NL = "nl", "Nederlands"


class Country(TextChoices):
    """Countries of the establishments of Oxygis."""

    BE = "BE", _("Belgium")
    FR = "FR", _("France")
