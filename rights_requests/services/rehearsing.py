"""What a decision would write, before it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from letters.models import Letter

if TYPE_CHECKING:
    from collections.abc import Callable


def letters_of(decide: Callable[[], object], *, about: str) -> list[Letter]:
    """The letters that ``decide`` would write about a case, word for word: it is done and taken back, so that nothing is sent,
    recorded or changed. What it raises is raised.
    """
    with transaction.atomic():
        before = list(Letter.objects.filter(about=about).values_list("pk", flat=True))
        decide()
        written = list(Letter.objects.filter(about=about).exclude(pk__in=before))
        transaction.set_rollback(True)
    return written
