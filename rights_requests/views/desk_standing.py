"""What stands about the person of a case: restrictions and how they end, and data that only waits for the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from letters import dates
from letters.enums import LetterStatus
from letters.models import Letter
from rights_requests import wording
from rights_requests.services import restricting
from rights_requests.views.desk_case import address

if TYPE_CHECKING:
    from datetime import date, datetime

    from datamap.declaration import Text
    from rights_requests.models import RightsRequest
    from subjects.models import Restriction

_LOST = frozenset({LetterStatus.FAILED, LetterStatus.HELD})


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    ground: Text
    about: str
    since: datetime
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Standing:
    """``end_url`` is empty where nothing is to be announced; ``overdue_since`` None where nothing waits for the answer."""

    restrictions: list[RestrictionRow]
    end_url: str
    overdue_rows: int
    overdue_since: date | None


def of(rights_request: RightsRequest) -> Standing:
    restrictions = _restrictions(rights_request)
    may_end = any(row.lifted_at is None and (row.lifting_letter is None or _status_of(row) in _LOST) for row in restrictions)
    is_waiting = rights_request.is_open and bool(rights_request.overdue_rows)
    return Standing(
        restrictions=[_row(restriction) for restriction in restrictions],
        end_url=address(rights_request.reference, "end-restriction") if may_end else "",
        overdue_rows=rights_request.overdue_rows if is_waiting else 0,
        overdue_since=rights_request.overdue_since if is_waiting else None,
    )


def to_end(rights_request: RightsRequest) -> list[tuple[str, str]]:
    """The restrictions that could be ended from here: key and words."""
    return [(str(row.pk), _named(row)) for row in restricting.standing(rights_request)]


def _restrictions(rights_request: RightsRequest) -> list[Restriction]:
    status = Letter.objects.filter(pk=OuterRef("lifting_letter")).values("status")
    return list(restricting.about_person(rights_request).annotate(letter_status=Subquery(status)))


def _row(restriction: Restriction) -> RestrictionRow:
    state, words = _state(restriction)
    ground = wording.restriction_of(restriction.ground)
    return RestrictionRow(ground, restriction.about, restriction.since, state, words)


def _state(restriction: Restriction) -> tuple[str, str]:
    if restriction.lifted_at is not None and restriction.told_at is not None:
        told, lifted = (dates.in_words(moment, "date_plain") for moment in (restriction.told_at, restriction.lifted_at))
        return "done", _("Ended on %(lifted)s, told on %(told)s") % {"lifted": lifted, "told": told}
    if restriction.lifting_letter is None:
        return "stopped", _("Stands")
    if _status_of(restriction) in _LOST:
        return "late", _("Stands: the letter about its end did not arrive")
    if _status_of(restriction) == LetterStatus.UNKNOWN:
        return "late", _("Stands: nobody knows whether the letter about its end left")
    return "waiting", _("Ends when the letter has gone out")


def _status_of(restriction: Restriction) -> str:
    return str(getattr(restriction, "letter_status", "") or "")


def _named(restriction: Restriction) -> str:
    words = {
        "ground": wording.restriction_of(restriction.ground),
        "day": dates.in_words(timezone.localdate(restriction.since), "date_plain"),
        "about": restriction.about,
    }
    return _("%(ground)s, since %(day)s (%(about)s)") % words if restriction.about else _("%(ground)s, since %(day)s") % words
