"""What other rooms have for the privacy officer, in a line each, for the first page of the desk. Where all is well there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff
from datamap.promises import State
from policy.promises import alarming, board
from retention import access
from retention.enums import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True, slots=True)
class Line:
    room: str
    words: str
    url: str


def lines(*, user: staff.User | AnonymousUser, at: datetime) -> list[Line]:
    """From what was written down at the last looks, in two queries: nothing is checked and nobody's rows are counted."""
    # Whoever can do nothing about it is not told here.
    return [*_promises(at=at), *_plans(user)] if staff.can(user, access.PERMISSION) else []


def _promises(*, at: datetime) -> Iterator[Line]:
    found = alarming.loud(at=at)
    for state in (State.BROKEN, State.UNKNOWN):
        if number := found[state]:
            yield Line(_("Promises"), f"{number} {board.counted(state, number)}", reverse("desk_promises"))


def _plans(user: staff.User | AnonymousUser) -> Iterator[Line]:
    if stopped := access.runs_for_desk(user).filter(status=RunStatus.STOPPED).count():
        words = ngettext("%(count)s plan waits for two people", "%(count)s plans wait for two people", stopped)
        yield Line(_("Retention"), words % {"count": stopped}, reverse("desk_retention"))
