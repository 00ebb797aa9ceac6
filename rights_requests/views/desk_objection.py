"""What somebody objects to, as the desk's page shows it: each use, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from datamap.enums import Ground
from datamap.purposes import purpose_of
from rights_requests import wording
from rights_requests.enums import Right

if TYPE_CHECKING:
    from datamap.declaration import Text
    from rights_requests.models import RightsRequest, Weighing


@dataclass(frozen=True, slots=True)
class UseRow:
    label: Text
    state: str
    state_label: str
    ground: str
    reason: str


def of(rights_request: RightsRequest) -> list[UseRow]:
    """Nothing is read for any other right."""
    if rights_request.right != Right.OBJECTION:
        return []
    weighed = {weighing.purpose: weighing for weighing in rights_request.weighings.all()}
    return [_row(code, weighed.get(code), rights_request) for code in rights_request.purposes]


def _row(code: str, weighing: Weighing | None, rights_request: RightsRequest) -> UseRow:
    label = purpose_of(code).label
    if rights_request.is_absolute:
        return UseRow(label, "done", _("Ended at once"), "", "")
    if weighing is None:
        open_words = ("decide", _("To be weighed")) if rights_request.is_open else ("stopped", _("Goes on"))
        return UseRow(label, *open_words, "", "")
    if weighing.is_upheld:
        return UseRow(label, "done", _("Ended"), "", "")
    return UseRow(label, "refused", _("Goes on"), wording.ground_of(Right.OBJECTION, Ground(weighing.ground)), weighing.reason)
