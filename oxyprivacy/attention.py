"""What other rooms have for the privacy officer, in a line each, for the first page of the desk. Where all is well there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import ngettext

from accounts import staff
from datamap.promises import State
from policy.promises import alarming
from retention import access
from retention.enums import RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser


@dataclass(frozen=True, slots=True)
class Line:
    words: str
    url: str


def lines(*, user: staff.User | AnonymousUser, at: datetime) -> list[Line]:
    """From what was written down at the last looks, in two queries: nothing is checked and nobody's rows are counted."""
    # Whoever can do nothing about it is not told here.
    return [*_promises(at=at), *_plans(user)] if staff.can(user, access.PERMISSION) else []


def _promises(*, at: datetime) -> Iterator[Line]:
    found, url = alarming.loud(at=at), reverse("desk_promises")
    if broken := found[State.BROKEN]:
        yield Line(ngettext("%(count)s promise is not kept", "%(count)s promises are not kept", broken) % {"count": broken}, url)
    if unseen := found[State.UNKNOWN]:
        words = ngettext("%(count)s promise was not seen lately", "%(count)s promises were not seen lately", unseen)
        yield Line(words % {"count": unseen}, url)


def _plans(user: staff.User | AnonymousUser) -> Iterator[Line]:
    if stopped := access.runs_for_desk(user).filter(status=RunStatus.STOPPED).count():
        words = ngettext("%(count)s plan to delete waits for two people", "%(count)s plans to delete wait for two people", stopped)
        yield Line(words % {"count": stopped}, reverse("desk_retention"))
