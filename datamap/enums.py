from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from datamap.citations import cited


class Category(TextChoices):
    """The categories of personal data that the policy names, and those it takes to keep it."""

    ACCOUNT = "ACCOUNT", _("Account and contact details")
    APPLICATION = "APPLICATION", _("Job applications")
    NAVIGATION = "NAVIGATION", _("Navigation data")
    CUSTOMER_DATABASE = "CUSTOMER_DATABASE", _("Customer databases")
    COOKIES = "COOKIES", _("Cookie choices")
    HANDLING = "HANDLING", _("Handling of your requests")


#: Whose data a category is, as the record of processing says it (Art. 30(1)(c)).
PEOPLE = {
    Category.ACCOUNT: _("Customers, their staff, contacts and prospects; our own staff who sign in"),
    Category.APPLICATION: _("Candidates; employees and former employees"),
    Category.NAVIGATION: _("Visitors of our websites and users of our services"),
    Category.CUSTOMER_DATABASE: _("Whoever our customers keep data of in their databases"),
    Category.COOKIES: _("Visitors of our websites; subscribers to the newsletter"),
    Category.HANDLING: _("Whoever makes use of their rights with us, and those who act for them"),
}


class Role(TextChoices):
    CONTROLLER = "CONTROLLER", _("Controller")
    PROCESSOR = "PROCESSOR", _("Processor")


class Origin(TextChoices):
    PROVIDED = "PROVIDED", _("Given by you")
    OBSERVED = "OBSERVED", _("Recorded while you used our services")
    INFERRED = "INFERRED", _("Concluded by us")


class Basis(TextChoices):
    CONTRACT = "CONTRACT", cited(_("Contract (%(law)s)"), "6(1)(b)")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", cited(_("Legal obligation (%(law)s)"), "6(1)(c)")
    LEGITIMATE_INTEREST = "LEGITIMATE_INTEREST", cited(_("Legitimate interest (%(law)s)"), "6(1)(f)")
    CONSENT = "CONSENT", cited(_("Consent (%(law)s)"), "6(1)(a)")


class Ground(TextChoices):
    """Why something is refused, limited or kept: the closed list of ``legal-rules`` 2.3."""

    ID_NOT_PROVEN = "ID_NOT_PROVEN", cited(_("Identity not shown (%(law)s)"), "12(2)", "12(6)")
    UNFOUNDED = "UNFOUNDED", cited(_("Manifestly unfounded (%(law)s)"), "12(5)")
    EXCESSIVE_REPEAT = "EXCESSIVE_REPEAT", cited(_("Excessive: repeated (%(law)s)"), "12(5)")
    EXCESSIVE_ABUSE = "EXCESSIVE_ABUSE", cited(_("Excessive: abusive intent (%(law)s)"), "12(5)")
    THIRD_PARTY_RIGHTS = "THIRD_PARTY_RIGHTS", cited(_("Rights of others (%(law)s)"), "15(4)")
    ACCURATE = "ACCURATE", cited(_("Accurate as it is (%(law)s)"), "16")
    NO_ERASURE_GROUND = "NO_ERASURE_GROUND", cited(_("No ground for erasure (%(law)s)"), "17(1)")
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION", cited(_("Duty of law (%(law)s)"), "17(3)(b)")
    LEGAL_CLAIMS = "LEGAL_CLAIMS", cited(_("Legal claims (%(law)s)"), "17(3)(e)")
    FREEDOM_EXPRESSION = "FREEDOM_EXPRESSION", cited(_("Freedom of expression and information (%(law)s)"), "17(3)(a)")
    PUBLIC_HEALTH = "PUBLIC_HEALTH", cited(_("Public health (%(law)s)"), "17(3)(c)")
    ARCHIVE_RESEARCH = "ARCHIVE_RESEARCH", cited(_("Archiving or research (%(law)s)"), "17(3)(d)")
    NO_RESTRICTION_GROUND = "NO_RESTRICTION_GROUND", cited(_("No ground for restriction (%(law)s)"), "18(1)")
    NOT_PORTABLE_BASIS = "NOT_PORTABLE_BASIS", cited(_("Neither consent nor contract (%(law)s)"), "20(1)(a)")
    NOT_AUTOMATED = "NOT_AUTOMATED", cited(_("Not processed by automated means (%(law)s)"), "20(1)(b)")
    NOT_PROVIDED = "NOT_PROVIDED", cited(_("Not provided by the person (%(law)s)"), "20(1)")
    COMPELLING_GROUNDS = "COMPELLING_GROUNDS", cited(_("Compelling legitimate grounds (%(law)s)"), "21(1)")
    NOT_CONTROLLER = "NOT_CONTROLLER", _("Another controller decides")
    MEMBER_STATE_RESTRICTION = "MEMBER_STATE_RESTRICTION", cited(_("Restriction by national law (%(law)s)"), "23")


class FewerReason(TextChoices):
    """Why another system handed over fewer rows than it had found, as it says."""

    PERIOD_ENDED = "PERIOD_ENDED", _("their period ended meanwhile")
    DELETED = "DELETED", _("they were deleted meanwhile, by the person or in use")
    MISCOUNTED = "MISCOUNTED", _("they had been miscounted")


class Service(TextChoices):
    """What a processor does for us: the four that policy VI names, and those it takes to name the rest."""

    PAYMENT = "PAYMENT", _("Payment")
    AUDIENCE = "AUDIENCE", _("Audience measurement")
    HOSTING = "HOSTING", _("Cloud hosting")
    MARKETING = "MARKETING", _("Marketing and communication")
    PROTECTION = "PROTECTION", _("Protection of the website")
    SUPPORT = "SUPPORT", _("Support and local services")
    EVENTS = "EVENTS", _("Events")


#: Policy VI names these: each has a processor, or the register says that nobody does it.
NAMED_SERVICES = (Service.PAYMENT, Service.AUDIENCE, Service.HOSTING, Service.MARKETING)


class PaperKind(TextChoices):
    CONTRACT = "CONTRACT", _("Contract on data processing")
    CERTIFICATE = "CERTIFICATE", _("Certificate")
    PCI_DSS = "PCI_DSS", _("Attestation of PCI-DSS compliance")
    CLAUSES = "CLAUSES", _("Standard contractual clauses")
    FRAMEWORK = "FRAMEWORK", _("Certification under an adequacy decision")


class NoticeKind(TextChoices):
    ADD = "ADD", _("A new processor")
    REPLACE = "REPLACE", _("A processor in the place of another")
    TRANSFER = "TRANSFER", _("Data in another country outside the European Economic Area")


#: After these a processor may begin to work on customers' data.
NOTICES_OF_A_BEGINNING = (NoticeKind.ADD, NoticeKind.REPLACE)


class TransferBasis(TextChoices):
    """Why data may go to a country, the strongest first."""

    EEA = "EEA", _("European Economic Area")
    ADEQUACY = "ADEQUACY", cited(_("Adequacy decision (%(law)s)"), "45")
    CLAUSES = "CLAUSES", cited(_("Standard contractual clauses (%(law)s)"), "46")
    NOTICE = "NOTICE", _("Prior information to customers, and nothing else")
