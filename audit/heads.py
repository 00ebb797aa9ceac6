"""Telling the newest seal to somebody outside: without a copy elsewhere, nobody could find out a full rewrite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.models import Seal

if TYPE_CHECKING:
    from collections.abc import Callable

#: Filled by the apps above, which can write to people.
on_head: list[Callable[[Seal], None]] = []


def announce() -> Seal | None:
    """Hand the newest seal to whoever asked for it."""
    head = Seal.objects.order_by("-number").first()
    if head is not None:
        for tell in on_head:
            tell(head)
    return head
