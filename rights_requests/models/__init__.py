"""The rows of a case. The case itself is in ``case``; what stands beside it, in a file per concern."""

from rights_requests.models.answer import Correction, Package, RecipientNotice, Withholding
from rights_requests.models.case import RightsRequest, SourceTask
from rights_requests.models.clock import Pause, Reminder
from rights_requests.models.erasure import CategoryDecision, ErasurePreview, PreviewRows, Telling
from rights_requests.models.identity import AccessCode, IdentityClaim, Link, Mandate
from rights_requests.models.objection import Weighing
from rights_requests.models.thread import Attachment, IncomingMail, Message

__all__ = [
    "AccessCode",
    "Attachment",
    "CategoryDecision",
    "Correction",
    "ErasurePreview",
    "IdentityClaim",
    "IncomingMail",
    "Link",
    "Mandate",
    "Message",
    "Package",
    "Pause",
    "PreviewRows",
    "RecipientNotice",
    "Reminder",
    "RightsRequest",
    "SourceTask",
    "Telling",
    "Weighing",
    "Withholding",
]
