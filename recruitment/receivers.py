"""Files leave storage with their rows, whoever deletes those: a purge, an erasure, a replay after a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from recruitment import storing
from recruitment.models import Document, PersonnelDocument

if TYPE_CHECKING:
    from recruitment.models import StoredFile


@receiver(post_delete, sender=Document)
@receiver(post_delete, sender=PersonnelDocument)
def discard_file(instance: StoredFile, **_: Any) -> None:
    """Once the transaction has committed. A crash in between leaves noise: the key went with the row."""
    storing.discard_on_commit([instance.file_name])
