from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class IdentifierKind(TextChoices):
    EMAIL = "EMAIL", _("E-mail address")
    ACCOUNT = "ACCOUNT", _("Account")
    PHONE = "PHONE", _("Telephone number")
    POSTAL = "POSTAL", _("Postal address")
    VISITOR = "VISITOR", _("Visitor")


class IdentityMethod(TextChoices):
    SIGNED_IN = "SIGNED_IN", _("Signed in")
    MAILBOX = "MAILBOX", _("Link sent to the address")
    KNOWN_CHANNEL = "KNOWN_CHANNEL", _("Answer through a channel on file")
    GIVEN_CHANNEL = "GIVEN_CHANNEL", _("Answer through a channel that they named")
    DESK = "DESK", _("Checked by the helpdesk")
    ON_FILE = "ON_FILE", _("Confirmed address of the same account")
    RESTORED = "RESTORED", _("Recognised after a restore")


class RestrictionGround(TextChoices):
    ACCURACY = "ACCURACY", _("Accuracy contested")
    UNLAWFUL = "UNLAWFUL", _("Unlawful, but not to be erased")
    CLAIMS = "CLAIMS", _("Needed by the person for a legal claim")
    OBJECTION = "OBJECTION", _("Objection being weighed")


class HoldGround(TextChoices):
    STATUTE = "STATUTE", _("Duty of law")
    LITIGATION = "LITIGATION", _("Legal claim")


class ReviewReason(TextChoices):
    """Why a hold goes on after it was looked at again."""

    CLAIM_OPEN = "CLAIM_OPEN", _("The claim is not settled yet")
    DUTY_STANDS = "DUTY_STANDS", _("The duty of law goes on")
    INQUIRY_OPEN = "INQUIRY_OPEN", _("The inquiry is not finished yet")


class SuppressionState(TextChoices):
    STANDS = "STANDS", _("We do not write")
    LIFTED = "LIFTED", _("You asked us to write again")


class OrderKind(TextChoices):
    RESTRICTION = "RESTRICTION", _("Restriction")
    OBJECTION = "OBJECTION", _("Objection")
    HOLD = "HOLD", _("Legal hold")
    SUPPRESSION = "SUPPRESSION", _("Address not written to")
    IMPORT = "IMPORT", _("Address not imported again")
