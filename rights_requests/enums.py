from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from datamap.citations import cited


class Right(TextChoices):
    ACCESS = "ACCESS", _("Access")
    RECTIFICATION = "RECTIFICATION", _("Rectification")
    ERASURE = "ERASURE", _("Erasure")
    RESTRICTION = "RESTRICTION", _("Restriction")
    PORTABILITY = "PORTABILITY", _("Portability")
    OBJECTION = "OBJECTION", _("Objection")


class Status(TextChoices):
    AWAITING_IDENTITY = "AWAITING_IDENTITY", _("Identity")
    COLLECTING = "COLLECTING", _("Collecting")
    IN_REVIEW = "IN_REVIEW", _("Review")
    AWAITING_APPROVAL = "AWAITING_APPROVAL", _("Approval")
    GRACE = "GRACE", _("Waiting time")
    CARRYING_OUT = "CARRYING_OUT", _("Being carried out")
    ANSWERED = "ANSWERED", _("Answered")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Taken back")
    LAPSED = "LAPSED", _("Never confirmed")
    FORWARDED = "FORWARDED", _("Forwarded")


CLOSED_STATUSES = frozenset({Status.ANSWERED, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED, Status.FORWARDED})
OPEN_STATUSES = frozenset(Status) - CLOSED_STATUSES


class Action(TextChoices):
    CONFIRM_IDENTITY = "CONFIRM_IDENTITY", _("Identity confirmed")
    FINISH_COLLECTING = "FINISH_COLLECTING", _("All sources answered")
    COLLECT_AGAIN = "COLLECT_AGAIN", _("Ask all again")
    LEARN_MORE = "LEARN_MORE", _("Further address confirmed")
    ANSWER = "ANSWER", _("Answer")
    PROPOSE_ERASURE = "PROPOSE_ERASURE", _("Ask for approval")
    SEND_BACK = "SEND_BACK", _("Send back")
    APPROVE_ERASURE = "APPROVE_ERASURE", _("Approve")
    START_ERASING = "START_ERASING", _("Waiting time over")
    FINISH = "FINISH", _("Carried out")
    REFUSE = "REFUSE", _("Refuse")
    WITHDRAW = "WITHDRAW", _("Take back")
    LAPSE = "LAPSE", _("Close unconfirmed")
    FORWARD = "FORWARD", _("Forward")
    ACT_AT_ONCE = "ACT_AT_ONCE", _("Done at once")
    FOUND_DONE = "FOUND_DONE", _("Found carried out")
    ORDER_ENDED = "ORDER_ENDED", _("Approval ran out")
    RECONSIDER = "RECONSIDER", _("Back to review after a restore")


class Channel(TextChoices):
    PORTAL = "PORTAL", _("Portal")
    ACCOUNT = "ACCOUNT", _("Portal, signed in")
    MAIL = "MAIL", _("E-mail")
    PHONE = "PHONE", _("Telephone")
    POST_BE = "POST_BE", _("Letter to Dilbeek")
    POST_FR = "POST_FR", _("Letter to Lille")
    HR = "HR", _("Reply to recruitment")
    DESK = "DESK", _("Recorded by the helpdesk")
    API = "API", _("Another system of ours")


class Requester(TextChoices):
    CUSTOMER = "CUSTOMER", _("A customer")
    APPLICANT = "APPLICANT", _("A job applicant")
    VISITOR = "VISITOR", _("A visitor or somebody else")


class Verb(TextChoices):
    FIND = "FIND", _("Find")
    ERASE = "ERASE", _("Erase")
    RECHECK = "RECHECK", _("Second look")
    PACKAGE = "PACKAGE", _("Build the package")
    RECTIFY = "RECTIFY", _("Correct")
    RESTRICT = "RESTRICT", _("Restrict")
    OBJECT = "OBJECT", _("Stop the use")


class TaskStatus(TextChoices):
    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Answered")
    MANUAL = "MANUAL", _("Waiting for a person")


class LinkPurpose(TextChoices):
    CONFIRM = "CONFIRM", _("Confirm the request")
    CLAIM = "CLAIM", _("Confirm a further address")
    CANCEL = "CANCEL", _("Cancel the erasure")
    POST = "POST", _("Code by post")


class ClaimStatus(TextChoices):
    OPEN = "OPEN", _("Open")
    ASKED = "ASKED", _("Asked through the channel on file")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    REJECTED = "REJECTED", _("Not confirmed")


class Outcome(TextChoices):
    COMPLETE = "COMPLETE", _("In full")
    PARTIAL = "PARTIAL", _("In part")
    NOTHING_HELD = "NOTHING_HELD", _("We hold nothing")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Taken back")
    LAPSED = "LAPSED", _("Never confirmed")
    FORWARDED = "FORWARDED", _("Forwarded to the customer who decides")


class PauseReason(TextChoices):
    """What the clock waits for. Nothing else stops it."""

    IDENTITY = "IDENTITY", cited(_("Doubt about identity (%(law)s)"), "12(6)")
    CLARIFICATION = "CLARIFICATION", _("Which data is meant (Recital 63)")


class ExtensionReason(TextChoices):
    """Art. 12(3): nothing but these two allows two further months."""

    COMPLEXITY = "COMPLEXITY", _("Complexity of the request")
    NUMBER = "NUMBER", _("Number of requests")


class ErasureGround(TextChoices):
    """Art. 17(1). The agent names it; the person need not."""

    NOT_NECESSARY = "NOT_NECESSARY", cited(_("No longer necessary (%(law)s)"), "17(1)(a)")
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN", cited(_("Consent withdrawn (%(law)s)"), "17(1)(b)")
    OBJECTION = "OBJECTION", cited(_("Objection (%(law)s)"), "17(1)(c)")
    UNLAWFUL = "UNLAWFUL", cited(_("Processed unlawfully (%(law)s)"), "17(1)(d)")
    LEGAL_DUTY = "LEGAL_DUTY", cited(_("Duty of law to erase (%(law)s)"), "17(1)(e)")
    CHILD = "CHILD", cited(_("Service offered to a child (%(law)s)"), "17(1)(f)")


class CorrectionState(TextChoices):
    OPEN = "OPEN", _("To be decided")
    ACCEPTED = "ACCEPTED", _("To be corrected")
    REFUSED = "REFUSED", _("Not corrected")
    APPLIED = "APPLIED", _("Corrected")
    GONE = "GONE", _("No longer held")


class NoticeState(TextChoices):
    """What became of telling a recipient (Art. 19)."""

    OPEN = "OPEN", _("To be told")
    SENT = "SENT", _("Told")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    REFUSED = "REFUSED", _("Refused")
    IMPOSSIBLE = "IMPOSSIBLE", _("Impossible")


class MandateKind(TextChoices):
    REPRESENTATIVE = "REPRESENTATIVE", _("Somebody with a written mandate")
    LAWYER = "LAWYER", _("A lawyer")
    PARENT = "PARENT", _("A parent")
    GUARDIAN = "GUARDIAN", _("A guardian")
    ASSOCIATION = "ASSOCIATION", cited(_("An association (%(law)s)"), "80")
    HEIR = "HEIR", _("An heir (France)")


class DismissReason(TextChoices):
    """Why a mail is no request."""

    SPAM = "SPAM", _("Advertising, or meant to harm")
    OTHER = "OTHER", _("About something else: passed on to whom it concerns")
    TWICE = "TWICE", _("The same as a mail that is sorted already")
    AUTOMATIC = "AUTOMATIC", _("Written by a machine")


class MailState(TextChoices):
    UNSORTED = "UNSORTED", _("To be sorted")
    FILED = "FILED", _("Became a request")
    THREAD = "THREAD", _("Put with its request")
    DISMISSED = "DISMISSED", _("No request")


class FileKind(TextChoices):
    """What may be attached to a message: kinds that are shown whole, or can be written anew."""

    PDF = "application/pdf", _("PDF")
    PNG = "image/png", _("Picture (PNG)")
    JPEG = "image/jpeg", _("Picture (JPEG)")
    TEXT = "text/plain", _("Plain text")
