"""The copy of a person's data: one ZIP, streamed into an age-encrypted file under a key of its own.

Never whole in memory, never in clear on the disk. File and key are destroyed together.
"""

from rights_requests.packages.building import build, foretell
from rights_requests.packages.files import destroy, discard, discard_orphans, is_there, open_stream
from rights_requests.packages.members import Built, Foretold
from rights_requests.packages.portable import build_portable, foretell_portable

__all__ = [
    "Built",
    "Foretold",
    "build",
    "build_portable",
    "destroy",
    "discard",
    "discard_orphans",
    "foretell",
    "foretell_portable",
    "is_there",
    "open_stream",
]
