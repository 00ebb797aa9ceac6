from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    ACCESS = "ACCESS", _("Access")
    ERASURE = "ERASURE", _("Erasure")


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


CLOSED_STATUSES = frozenset({Status.ANSWERED, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED})
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


class Channel(TextChoices):
    PORTAL = "PORTAL", _("Portal")
    ACCOUNT = "ACCOUNT", _("Portal, signed in")
    DESK = "DESK", _("Recorded by the helpdesk")
    MAIL = "MAIL", _("Reply to a letter")


class Requester(TextChoices):
    CUSTOMER = "CUSTOMER", _("A customer")
    APPLICANT = "APPLICANT", _("A job applicant")
    VISITOR = "VISITOR", _("A visitor or somebody else")


class Verb(TextChoices):
    FIND = "FIND", _("Find")
    ERASE = "ERASE", _("Erase")
    RECHECK = "RECHECK", _("Second look")
    PACKAGE = "PACKAGE", _("Build the package")


class TaskStatus(TextChoices):
    WAITING = "WAITING", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Answered")
    MANUAL = "MANUAL", _("Waiting for a person")


class LinkPurpose(TextChoices):
    CONFIRM = "CONFIRM", _("Confirm the request")
    CLAIM = "CLAIM", _("Confirm a further address")
    CANCEL = "CANCEL", _("Cancel the erasure")


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
