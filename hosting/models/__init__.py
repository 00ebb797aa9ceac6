"""The rows of this room: databases and what happens to them, and their backups."""

from hosting.models.backups import Backup, ErasureOrder, Replica, Restoration
from hosting.models.databases import (
    AccessGrant,
    CustomerDatabase,
    Deletion,
    Export,
    Instruction,
    RegionRequest,
    Server,
    Step,
)

__all__ = [
    "AccessGrant",
    "Backup",
    "CustomerDatabase",
    "Deletion",
    "ErasureOrder",
    "Export",
    "Instruction",
    "RegionRequest",
    "Replica",
    "Restoration",
    "Server",
    "Step",
]
