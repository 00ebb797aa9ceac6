"""What only those read who have no e-mail address: letters that somebody posts, or reads out at their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone, translation

from letters.values import Items, Rows
from rights_requests.correspondence import of_package, right_of, tell_proxy, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from letters.models import Letter
    from letters.values import Value
    from rights_requests.models import Package, RightsRequest
    from rights_requests.packages import Built, Foretold


def identity_asked(cases: Sequence[RightsRequest], *, code: str, until: datetime, at: datetime) -> None:
    first = cases[0]
    with translation.override(first.language):
        values: dict[str, Value] = {
            "reference": ", ".join(case.reference for case in cases),
            "right": ", ".join(dict.fromkeys(map(right_of, cases))),
            "until": timezone.localdate(until),
        }
        write(first, "identity_by_post", values, secrets={"code": code}, at=at)


def copy_enclosed(rights_request: RightsRequest, package: Package | None, built: Built | Foretold, *, at: datetime) -> None:
    """The copy goes with the letter: printed, or for portability on a data carrier. ``package`` None: it is not made yet. A proxy who may
    receive the answer reads where it went, and how a copy reaches them too.
    """
    with translation.override(rights_request.language):
        figures = of_package(package)
        values: dict[str, Value] = {
            "right": right_of(rights_request),
            "received_on": rights_request.received_on,
            "rows": figures["rows"],
            "sources": Items(built.sources),
            "left_out": Rows(rows=built.left_out),
            "withheld": Items(built.withheld),
        }
        write(rights_request, "copy_by_post", values, at=at)
        tell_proxy(rights_request, "copy_by_post_proxy", {**values, "until": figures["until"]}, at=at)


def erasure_notice(rights_request: RightsRequest, *, by_hand_to: str, carry_out_at: datetime, at: datetime) -> Letter:
    """To where the person asked us to write, or to what our records have beside it: then it is no letter of the case's page."""
    values: dict[str, Value] = {"carry_out_at": timezone.localtime(carry_out_at)}
    is_own = by_hand_to == rights_request.by_hand_to
    return write(rights_request, "erasure_notice_by_post", values, by_hand_to=by_hand_to, is_shown=is_own, at=at)


def message(rights_request: RightsRequest, *, text: str, at: datetime) -> None:
    write(rights_request, "message_by_post", {"text": text}, at=at)
