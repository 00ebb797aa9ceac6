"""What a legal hold covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from subjects.models import LegalHold

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class _All(frozenset[str]):
    """Every source: whatever is asked for is in it."""

    def __contains__(self, source: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


ALL: Final = _All()


def held_sources(subject_id: UUID, at: datetime) -> frozenset[str]:
    """The sources that a legal hold covered at ``at``, or ``ALL``."""
    standing = LegalHold.objects.filter(subject_id=subject_id, since__lte=at).exclude(released_at__lte=at)
    sources = frozenset(standing.values_list("source", flat=True))
    return ALL if "" in sources else sources
