"""The answer to a rectification: what was corrected, what is kept beside it, what stays and why, and who else is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation

from datamap import registers, registry
from datamap.phrases import pair
from letters.values import Items, Rows
from rights_requests import correction_words as words
from rights_requests.correspondence import write
from rights_requests.enums import CorrectionState, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from letters.values import Value
    from rights_requests.models import Correction, RecipientNotice, RightsRequest


def rectified(
    rights_request: RightsRequest, corrections: Sequence[Correction], *, notices: Sequence[RecipientNotice], at: datetime
) -> None:
    """One of three letters: nothing held, all refused, or what was done with each point."""
    with translation.override(rights_request.language):
        received: dict[str, Value] = {"received_on": rights_request.received_on}
        if rights_request.outcome == Outcome.NOTHING_HELD:
            looked = Items([str(source.label) for source in registry.all_sources()])
            write(rights_request, "nothing_to_correct", {**received, "sources": looked}, at=at)
        elif rights_request.outcome == Outcome.REFUSED:
            write(rights_request, "rectification_refused", {**received, "refused": _refused(corrections)}, at=at)
        else:
            write(rights_request, "rectified", {**received, **_points(corrections), "recipients": _recipients(notices)}, at=at)


def _points(corrections: Sequence[Correction]) -> dict[str, Value]:
    applied = [correction for correction in corrections if correction.state == CorrectionState.APPLIED]
    written = [correction for correction in applied if correction.field]
    gone = [correction for correction in corrections if correction.state == CorrectionState.GONE]
    return {
        "corrected": Rows([(words.where(one), words.said(one, one.old), words.said(one, one.new)) for one in written]),
        "statements": Items([one.new for one in applied if not one.field]),
        "gone": Items([words.where(one) for one in gone]),
        "refused": _refused(corrections),
    }


def _refused(corrections: Sequence[Correction]) -> Rows:
    refused = [correction for correction in corrections if correction.state == CorrectionState.REFUSED]
    return Rows([(_asked(one), words.because(one), one.reason) for one in refused])


def _asked(correction: Correction) -> str:
    new = words.said(correction, correction.new)
    place = words.where(correction)
    return pair(place, new) if place else new


def _recipients(notices: Sequence[RecipientNotice]) -> Items:
    return Items([registers.said(notice.recipient.name) for notice in notices])
