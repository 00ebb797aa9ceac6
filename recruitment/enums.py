from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(TextChoices):
    RECEIVED = "RECEIVED", pgettext_lazy("state of an application", "Received")
    IN_REVIEW = "IN_REVIEW", _("In review")
    INTERVIEW = "INTERVIEW", _("Interview")
    OFFER = "OFFER", _("Job offered")
    HIRED = "HIRED", _("Hired")
    REJECTED = "REJECTED", _("Not hired")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    CLOSED = "CLOSED", _("Closed without a decision")


#: The procedure goes on.
RUNNING_STATUSES = frozenset({Status.RECEIVED, Status.IN_REVIEW, Status.INTERVIEW, Status.OFFER})
#: It is over and the person does not work for us: the period of the policy runs.
ENDED_STATUSES = frozenset({Status.REJECTED, Status.WITHDRAWN, Status.CLOSED})
#: What is asked for the contract exists from here on.
OFFERED_STATUSES = frozenset({Status.OFFER, Status.HIRED})


class Action(TextChoices):
    REVIEW = "REVIEW", _("Look at it")
    INVITE = "INVITE", _("Invite to an interview")
    OFFER = "OFFER", _("Offer the job")
    HIRE = "HIRE", _("Hire")
    REJECT = "REJECT", _("Decline")
    WITHDRAW = "WITHDRAW", _("Withdrawn by the person")
    CLOSE = "CLOSE", _("Close without a decision")
    REOPEN = "REOPEN", _("Open it again")


class Origin(TextChoices):
    """Where an application came from (Art. 14(2)(f), 15(1)(g))."""

    FORM = "FORM", _("Our own form")
    HR = "HR", _("Entered by our human resources")
    AGENCY = "AGENCY", _("An employment agency")


class DocumentKind(TextChoices):
    CV = "CV", _("Curriculum vitae")
    LETTER = "LETTER", _("Cover letter")
    MAILED = "MAILED", _("Attached to a mail")


class PersonnelKind(TextChoices):
    """Kinds of documents of an employment; for each the register of statutory periods has a law, country by country."""

    CONTRACT = "CONTRACT", _("Employment contract")
    PAYSLIP = "PAYSLIP", _("Payslip")
    SOCIAL = "SOCIAL", _("Social document")
    WORKING_TIME = "WORKING_TIME", _("Record of working time")


class FlagReason(TextChoices):
    """Why something should not have been sent. Which special category it is would say again what is to be forgotten."""

    SPECIAL = "SPECIAL", _("Special category of data (Art. 9)")
    OTHERS = "OTHERS", _("Data of somebody else")
    NOT_NEEDED = "NOT_NEEDED", _("Not needed to judge the application")


class LinkPurpose(TextChoices):
    POOL = "POOL", _("Do not keep me")
    OFFER = "OFFER", _("Details for the contract")
