"""What stays of a letter: its text as long as somebody needs it, then only the fact that it was written."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from audit.actor import Actor
from audit.services import record
from letters.enums import LetterStatus
from letters.models import Letter


@transaction.atomic
def minimise(*, about: str, at: datetime) -> int:
    """Empty the letters of a case: recipient, name and text go; that, when and of what kind we wrote stays as proof.

    What is still on its way is left until it has arrived; call again.
    """
    count = empty(Letter.objects.filter(about=about))
    if count:
        record(action="letter.minimised", about=about, actor=Actor.system("letters"), at=at, letters=count)
    return count


def empty(letters: QuerySet[Letter]) -> int:
    """Empty letters inside the caller's transaction."""
    on_the_way = Letter.objects.on_the_way()
    full = letters.exclude(recipient="", by_hand_to="").exclude(pk__in=on_the_way.values("pk"))
    return full.update(recipient="", by_hand_to="", recipient_name="", subject="", body=[], sealed=b"")


def empty_rows(keys: Iterable[UUID]) -> int:
    return empty(Letter.objects.filter(pk__in=list(keys)))


def empty_again(letters: QuerySet[Letter]) -> list[UUID]:
    """After a restore: letters that were emptied since, wherever a backup has them on their way; what became of them then nobody knows."""
    keys = list(letters.exclude(recipient="").values_list("pk", flat=True))
    back = Letter.objects.filter(pk__in=keys)
    back.on_the_way().update(status=LetterStatus.UNKNOWN)
    empty(back)
    return keys


def forget(*, abouts: Collection[str]) -> None:
    """Delete the letters of cases that are deleted themselves, inside the caller's transaction."""
    Letter.objects.filter(about__in=abouts).delete()
