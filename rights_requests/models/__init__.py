"""The rows of a case. The case itself is in ``case``; what stands beside it, in a file per concern."""

from rights_requests.models.answer import Package, Withholding
from rights_requests.models.case import RightsRequest, SourceTask
from rights_requests.models.erasure import ErasurePreview
from rights_requests.models.identity import AccessCode, IdentityClaim, Link
from rights_requests.models.thread import Message

__all__ = [
    "AccessCode",
    "ErasurePreview",
    "IdentityClaim",
    "Link",
    "Message",
    "Package",
    "RightsRequest",
    "SourceTask",
    "Withholding",
]
