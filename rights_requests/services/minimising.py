"""What is left of a case whose data is not needed any more: its number, its dates, its outcome, and the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from audit import services as audit
from letters import services as letters
from rights_requests import approved, attachments, packages
from rights_requests.models import AccessCode, ErasurePreview, Mandate, Package, Telling
from rights_requests.services.moving import HOUSE

if TYPE_CHECKING:
    from datetime import datetime

    from rights_requests.models import RightsRequest

#: Stands where words stood: that there was evidence is part of the proof.
EMPTIED = "-"


def minimise(rights_request: RightsRequest, *, at: datetime) -> None:
    """Reduce a locked, closed case inside the caller's transaction, its letters too. Doing it twice changes nothing."""
    if rights_request.minimised_at is not None or rights_request.is_open:
        return
    for package in Package.objects.filter(request=rights_request, destroyed_at=None):
        packages.destroy(package, at=at)
    attachments.forget(Q(request=rights_request), Q(mail__request=rights_request))
    for rows in (
        rights_request.messages.all(),
        rights_request.claims.all(),
        rights_request.links.all(),
        rights_request.withholdings.all(),
        rights_request.pauses.all(),
        rights_request.corrections.all(),
        rights_request.weighings.all(),
        rights_request.attachments.all(),
        rights_request.mails.all(),
        Mandate.objects.filter(request=rights_request),
        Telling.objects.filter(preview=rights_request.pk),
        AccessCode.objects.filter(reference=rights_request.reference),
    ):
        rows.delete()
    # Who was told stays as proof; what they answered may name somebody.
    rights_request.category_decisions.exclude(until_event="").update(until_event=EMPTIED)
    rights_request.notices.exclude(evidence="").update(evidence=EMPTIED)
    approved.forget(rights_request.pk)
    _empty_preview(rights_request)
    rights_request.refusal_evidence = EMPTIED if rights_request.refusal_evidence else ""
    for name in ("name", "email", "phone", "postal_address", "text", "paragraph"):
        setattr(rights_request, name, "")
    rights_request.subject = rights_request.account_id = rights_request.assigned_to = None
    rights_request.minimised_at = at
    rights_request.save()
    letters.minimise(about=rights_request.reference, at=at)
    audit.record(action="rights_request.minimised", about=rights_request.reference, actor=HOUSE, at=at)


def _empty_preview(rights_request: RightsRequest) -> None:
    """A signed paper never changes: one without the typed ends takes its place, under the same names and digest."""
    preview = ErasurePreview.objects.filter(request=rights_request).first()
    typed = set(rights_request.category_decisions.exclude(until_event="").values_list("source", flat=True))
    if preview is None or not typed:
        return
    preview.delete()
    preview.pk = rights_request.pk
    preview.parts = [{**row, "until": EMPTIED} if row["source"] in typed else row for row in preview.parts]
    preview.save(force_insert=True)
