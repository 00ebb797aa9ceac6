"""Whom somebody has to call, or to write to by post, before an erasure begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from letters.enums import LetterStatus
from rights_requests.forms_by_post import TellingForm
from subjects.enums import IdentifierKind

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django import forms

    from datamap.declaration import Text
    from rights_requests.models import RightsRequest, Telling


TO_BE_TOLD = "decide"


@dataclass(frozen=True, slots=True)
class TellingRow:
    """``form`` is None once nothing more is to be done; ``refused`` says why not. ``where`` is shown to who had the
    person shown.
    """

    id: UUID
    kind: Text
    where: str
    state: str
    state_label: str
    at: datetime | None
    why_not: str
    told: str
    letter_url: str
    pdf_url: str
    form: forms.Form | None
    refused: forms.Form | None

    @property
    def is_waiting(self) -> bool:
        return self.state == TO_BE_TOLD


def of(rights_request: RightsRequest, refused: forms.Form | None = None) -> list[TellingRow]:
    """``refused`` goes back to the one that it was typed for."""
    preview = getattr(rights_request, "preview", None)
    if preview is None:
        return []
    return [_row(telling, rights_request, refused) for telling in preview.tellings.select_related("letter").order_by("kind", "pk")]


def _row(telling: Telling, rights_request: RightsRequest, refused: forms.Form | None) -> TellingRow:
    state, words = _state(telling)
    may_settle = state == TO_BE_TOLD and rights_request.status == "GRACE"
    is_mine = refused is not None and str(refused["telling"].value()) == str(telling.pk)
    is_posted = telling.kind == IdentifierKind.POSTAL
    return TellingRow(
        id=telling.pk,
        kind=IdentifierKind(telling.kind).label,
        where=telling.letter.by_hand_to,
        state=state,
        state_label=words,
        at=telling.settled_at or telling.letter.sent_at,
        why_not=telling.impossible_because,
        told=_("Posted today") if is_posted else _("Told by telephone"),
        letter_url=reverse("desk_letter", args=[telling.letter_id]),
        pdf_url=reverse("desk_letter_pdf", args=[telling.letter_id]) if is_posted and may_settle else "",
        form=(refused if is_mine else TellingForm(auto_id=f"telling-{telling.pk}-%s")) if may_settle else None,
        refused=refused if is_mine else None,
    )


def _state(telling: Telling) -> tuple[str, str]:
    if telling.settled_at is not None:
        return "stopped", _("Impossible")
    if telling.letter.status == LetterStatus.SENT:
        return "done", _("Told")
    if telling.letter.status == LetterStatus.DROPPED:
        return "stopped", _("Not told: the erasure was stopped first")
    return TO_BE_TOLD, _("To be told")
