"""Telling those who got data of the person what was corrected, erased, restricted or objected to (Art. 19)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import pan
from datamap import selectors as datamap_selectors
from rights_requests.enums import NoticeState
from rights_requests.models import RecipientNotice
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.models import RightsRequest

#: Where a notice can go from each state; what is in none of them has come to its end.
STEPS: dict[NoticeState, frozenset[NoticeState]] = {
    NoticeState.OPEN: frozenset(NoticeState) - {NoticeState.OPEN},
    NoticeState.SENT: frozenset({NoticeState.CONFIRMED, NoticeState.REFUSED, NoticeState.IMPOSSIBLE}),
}
NEEDS_EVIDENCE = STEPS[NoticeState.SENT]


class EvidenceRequired(CannotNow):
    message = _("Write down how you know: what the recipient answered, or why telling it is impossible.")


class NoticeSettled(CannotNow):
    message = _("This recipient was settled already.")


def open_notices(
    rights_request: RightsRequest, *, at: datetime, recipients: Iterable[str] = (), of_fields: Collection[tuple[str, str]] | None = None
) -> list[RecipientNotice]:
    """A notice to be given to each recipient that the register of disclosures names for the person, and to ``recipients`` (codes).
    ``of_fields``, source and field: only who got one of these.

    Inside the caller's transaction. A recipient has one notice of a case, whatever happens twice.
    """
    codes = {*actual_recipients(rights_request, of_fields=of_fields), *recipients}
    known = set(rights_request.notices.values_list("recipient_id", flat=True))
    made = [RecipientNotice(request=rights_request, recipient_id=code, made_at=at) for code in sorted(codes - known)]
    return RecipientNotice.objects.bulk_create(made)


def actual_recipients(rights_request: RightsRequest, *, of_fields: Collection[tuple[str, str]] | None = None) -> list[str]:
    """Codes of those who got data of the person, or one of these fields of a source, in the order of their names."""
    if rights_request.subject is None:
        return []
    found = datamap_selectors.disclosures_of(rights_request.subject).order_by("recipient__name")
    rows = found.values_list("recipient_id", "source", "fields")
    return list(dict.fromkeys(code for code, source, fields in rows if of_fields is None or _got(source, fields, of_fields)))


def _got(source: str, fields: Collection[str], wanted: Collection[tuple[str, str]]) -> bool:
    """Whether a disclosure holds one of the wanted fields; it names them as the source does, with or without their part."""
    return any(source == of_source and {field, field.rpartition(".")[2]} & set(fields) for of_source, field in wanted)


@transaction.atomic
def settle_notice(
    *, notice_id: UUID, state: NoticeState, evidence: str = "", agent_id: UUID | None, actor: Actor, at: datetime
) -> RecipientNotice:
    """Note what became of telling a recipient; the same again changes nothing. It stays possible after the case is closed.

    Raises:
        EvidenceRequired: confirmed, refused and impossible are known from something.
        NoticeSettled: it has come to its end, or does not go back.
    """
    notice = RecipientNotice.objects.select_for_update(of=("self",)).select_related("request").get(pk=notice_id)
    known_by = pan.mask(evidence.strip())
    if notice.state == state and known_by in {"", notice.evidence}:
        return notice
    if state not in STEPS.get(NoticeState(notice.state), ()):
        raise NoticeSettled
    if state in NEEDS_EVIDENCE and not known_by:
        raise EvidenceRequired
    notice.state = state
    notice.evidence = known_by or notice.evidence
    notice.settled_at, notice.by_id = at, agent_id
    if state == NoticeState.SENT:
        notice.sent_at = at
    notice.save()
    audit.record(action=f"notice.{state.lower()}", about=notice.request.reference, actor=actor, at=at, recipient=notice.recipient_id)
    return notice
