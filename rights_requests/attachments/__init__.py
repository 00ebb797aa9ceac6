"""Files that come with messages: looked at by content, written anew where that can be done, kept encrypted, never shown in a page."""

from datamap.files.names import shown as shown_name
from rights_requests.attachments.checking import Checked, NotTaken, check
from rights_requests.attachments.room import FileGone, destroy, destroy_evidence, discard_orphans, forget, is_there, keep, read

__all__ = [
    "Checked",
    "FileGone",
    "NotTaken",
    "check",
    "destroy",
    "destroy_evidence",
    "discard_orphans",
    "forget",
    "is_there",
    "keep",
    "read",
    "shown_name",
]
