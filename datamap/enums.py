from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Category(TextChoices):
    """The categories of personal data that the policy names, and those it takes to keep it."""

    ACCOUNT = "ACCOUNT", _("Account and contact details")
    APPLICATION = "APPLICATION", _("Job applications")
    NAVIGATION = "NAVIGATION", _("Navigation data")
    CUSTOMER_DATABASE = "CUSTOMER_DATABASE", _("Customer databases")
    COOKIES = "COOKIES", _("Cookie choices")
    HANDLING = "HANDLING", _("Handling of your requests")


class Role(TextChoices):
    CONTROLLER = "CONTROLLER", _("Controller")
    PROCESSOR = "PROCESSOR", _("Processor")


class Origin(TextChoices):
    PROVIDED = "PROVIDED", _("Given by you")
    OBSERVED = "OBSERVED", _("Recorded while you used our services")
    INFERRED = "INFERRED", _("Concluded by us")


class Basis(TextChoices):
    CONTRACT = "CONTRACT", _("Contract (Art. 6(1)(b))")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", _("Legal obligation (Art. 6(1)(c))")
    LEGITIMATE_INTEREST = "LEGITIMATE_INTEREST", _("Legitimate interest (Art. 6(1)(f))")
    CONSENT = "CONSENT", _("Consent (Art. 6(1)(a))")


class Ground(TextChoices):
    """Why something is refused, limited or kept: the closed list of ``legal-rules`` 2.3."""

    ID_NOT_PROVEN = "ID_NOT_PROVEN", _("Identity not shown (Art. 12(2), 12(6))")
    UNFOUNDED = "UNFOUNDED", _("Manifestly unfounded (Art. 12(5))")
    EXCESSIVE_REPEAT = "EXCESSIVE_REPEAT", _("Excessive: repeated (Art. 12(5))")
    EXCESSIVE_ABUSE = "EXCESSIVE_ABUSE", _("Excessive: abusive intent (Art. 12(5))")
    THIRD_PARTY_RIGHTS = "THIRD_PARTY_RIGHTS", _("Rights of others (Art. 15(4))")
    NO_ERASURE_GROUND = "NO_ERASURE_GROUND", _("No ground for erasure (Art. 17(1))")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", _("Duty of law (Art. 17(3)(b))")
    LEGAL_CLAIMS = "LEGAL_CLAIMS", _("Legal claims (Art. 17(3)(e))")
    FREEDOM_EXPRESSION = "FREEDOM_EXPRESSION", _("Freedom of expression and information (Art. 17(3)(a))")
    PUBLIC_HEALTH = "PUBLIC_HEALTH", _("Public health (Art. 17(3)(c))")
    ARCHIVE_RESEARCH = "ARCHIVE_RESEARCH", _("Archiving or research (Art. 17(3)(d))")
    NOT_CONTROLLER = "NOT_CONTROLLER", _("Another controller decides")
    MEMBER_STATE_RESTRICTION = "MEMBER_STATE_RESTRICTION", _("Restriction by national law (Art. 23)")
