"""A checked upload on its way to a row: encrypted already, and bound to the key that its row will have."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from audit.keys import new_key
from recruitment import storing

if TYPE_CHECKING:
    from datetime import datetime

    from recruitment.models import StoredFile
    from recruitment.uploads import CheckedFile


@dataclass(frozen=True, slots=True)
class Filed:
    id: UUID
    name: str
    media_type: str
    sealed: storing.Sealed

    @classmethod
    def of(cls, checked: CheckedFile) -> Self:
        """Put a checked file into storage. Until a row knows it, it is an orphan, and gone after a day."""
        key = new_key()
        return cls(id=key, name=checked.name, media_type=checked.media_type, sealed=storing.write(checked.content, bound_to=key))

    @classmethod
    def from_session(cls, kept: dict[str, Any]) -> Self:
        sealed = storing.Sealed(kept["file_name"], base64.b64decode(kept["sealed_key"]), kept["size"], kept["digest"])
        return cls(id=UUID(kept["id"]), name=kept["name"], media_type=kept["media_type"], sealed=sealed)

    def for_session(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "name": self.name,
            "media_type": self.media_type,
            "size": self.sealed.size,
            "digest": self.sealed.digest,
            "file_name": self.sealed.file_name,
            "sealed_key": base64.b64encode(self.sealed.sealed_key).decode(),
        }

    @property
    def is_there(self) -> bool:
        return storing.ROOM.has(self.sealed.file_name)

    def columns(self, *, at: datetime) -> dict[str, Any]:
        """What the row of the file says of it."""
        return {
            "id": self.id,
            "name": self.name,
            "media_type": self.media_type,
            "size": self.sealed.size,
            "digest": self.sealed.digest,
            "file_name": self.sealed.file_name,
            "sealed_key": self.sealed.sealed_key,
            "received_at": at,
        }


def content_of(document: StoredFile) -> bytes:
    """Raises ``storing.FileUnreadable``."""
    return storing.read(file_name=document.file_name, sealed_key=bytes(document.sealed_key), bound_to=document.pk)
