"""After a restore: cases as a backup has them, and nobody knows what happened to them since.

What the tombstones outside the database say was done, counts as done. Whatever else would go on by itself, or could be done a
second time, waits for a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal

from django.utils import translation

from audit import services as audit
from datamap import registry
from datamap.erasure import EMPTIED
from letters import services as letters
from rights_requests import attachments, correspondence, deeds, packages, tellings
from rights_requests.enums import OPEN_STATUSES, Action, ClaimStatus, Right, Status, TaskStatus, Verb
from rights_requests.models import AccessCode, Attachment, ErasurePreview, IdentityClaim, Link, Package, RightsRequest, SourceTask
from rights_requests.services.closing import outcome_of
from rights_requests.services.moving import HOUSE, drop_open_work, lock, move
from subjects import holds
from subjects import selectors as subjects_selectors
from subjects import services as subjects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from subjects.escrow import EscrowedTombstone
    from subjects.models import Subject

RESTORED = "restored"


def put_right(stones: Sequence[EscrowedTombstone], *, at: datetime) -> dict[str, int]:
    """Inside the caller's transaction; done again it finds nothing."""
    return {
        "erasures closed that had been carried out": _close_what_was_done(stones, at=at),
        "erasures back to review whose waiting time ran": _reconsider(at=at),
        "cases stopped while they were carried out": _stop(at=at),
        "links ended": _end_links(),
        "codes ended": AccessCode.objects.all().delete()[0],
        "packages destroyed": _destroy_packages(at=at),
        "attachments destroyed": _destroy_attachments(at=at),
    }


def _close_what_was_done(stones: Sequence[EscrowedTombstone], *, at: datetime) -> int:
    """Tombstones leave the database when everything of their case is erased and looked at again: what follows is its end."""
    found: dict[str, list[EscrowedTombstone]] = defaultdict(list)
    for stone in stones:
        found[stone.about].append(stone)
    back = RightsRequest.objects.filter(reference__in=found, right=Right.ERASURE, status__in=OPEN_STATUSES)
    keys = list(back.values_list("pk", flat=True))
    for key in keys:
        rights_request = lock(key)
        _close(rights_request, found[rights_request.reference], at=at)
    return len(keys)


def _close(rights_request: RightsRequest, stones: Sequence[EscrowedTombstone], *, at: datetime) -> None:
    """The letter is written once more and not sent: a person says whether it went in the time that is lost."""
    done_at = max(stone.erased_at for stone in stones)
    recipients = rights_request.preview.recipients if hasattr(rights_request, "preview") else []
    known = {rights_request.email}
    with translation.override(rights_request.language):
        parts = _erased(stones)
        if rights_request.subject is not None:
            _lock_away(rights_request.subject, at=at)
            parts += [row for row in deeds.plan(rights_request, at=at).parts if row["kept"]]
            known |= set(subjects_selectors.emails(rights_request.subject))
    subjects.block_import(values=known - {""}, at=at)
    drop_open_work(rights_request)
    # Nobody erases for somebody who has not been recognised: in the time that is lost, at the latest then, they were.
    rights_request.identity_confirmed_at = rights_request.identity_confirmed_at or done_at
    move(
        rights_request,
        action=Action.FOUND_DONE,
        actor=HOUSE,
        at=at,
        outcome=outcome_of(parts),
        erased=_sum(parts, "erased"),
        kept=_sum(parts, "kept"),
    )
    rights_request.closed_at = done_at
    rights_request.save(update_fields=["closed_at"])
    if rights_request.email or rights_request.by_hand_to:
        correspondence.erasure_done(rights_request, parts, recipients=recipients, at=done_at)
        letters.doubt(about=rights_request.reference)


def _erased(stones: Sequence[EscrowedTombstone]) -> list[deeds.PartRow]:
    rows: Counter[tuple[str, str]] = Counter()
    for stone in stones:
        part = stone.part.removesuffix(EMPTIED)
        if part == stone.part or registry.empties(stone.source, part):
            rows[stone.source, part] += len(stone.row_keys)
    return [
        deeds.PartRow(source=source, part=part, erased=count, kept=0, ground="", article="", until="")
        for (source, part), count in sorted(rows.items())
    ]


def _sum(parts: Sequence[deeds.PartRow], what: Literal["erased", "kept"]) -> int:
    return sum(row[what] for row in parts)


def _lock_away(subject: Subject, *, at: datetime) -> None:
    """What law keeps was out of reach of ordinary staff, and is again. Nothing is erased on the word of an order that was
    carried out already; another system was not restored with ours.
    """
    held = holds.held_sources(subject.pk, at)
    for source in registry.all_sources():
        if not (source.is_handling or source.is_manual or source.is_outside or source.key in held):
            source.erase(subject, at=at, sparing=source.preview(subject, at=at).erased)


def _reconsider(*, at: datetime) -> int:
    """The person may have cancelled since: no waiting time runs on, and nobody is told a second time before two people say so."""
    keys = list(RightsRequest.objects.filter(status=Status.GRACE).values_list("pk", flat=True))
    for key in keys:
        rights_request = lock(key)
        tellings.give_up(rights_request, actor=HOUSE, at=at)
        move(rights_request, action=Action.RECONSIDER, actor=HOUSE, at=at)
    ErasurePreview.objects.filter(request__in=keys).delete()
    return len(keys)


def _stop(*, at: datetime) -> int:
    """What was being carried out may be over and told: each task waits for somebody to have it tried once more."""
    tasks = SourceTask.objects.filter(request__status=Status.CARRYING_OUT).exclude(verb=Verb.FIND).exclude(status=TaskStatus.MANUAL)
    references = sorted(set(tasks.values_list("request__reference", flat=True)))
    tasks.update(status=TaskStatus.MANUAL, error=RESTORED, lease_until=None, finished_at=None)
    for reference in references:
        audit.record(action="rights_request.stopped", about=reference, actor=HOUSE, at=at)
    return len(references)


def _end_links() -> int:
    """They may have been used since. Who has not confirmed yet gets the reminder with a fresh one; the desk asks claims anew."""
    RightsRequest.objects.filter(status=Status.AWAITING_IDENTITY).update(reminded_at=None)
    IdentityClaim.objects.filter(status=ClaimStatus.ASKED).update(status=ClaimStatus.OPEN)
    return Link.objects.filter(used_at=None).delete()[0]


def _destroy_packages(*, at: datetime) -> int:
    """Keys whose file is gone, and copies whose time or downloads are over by now."""
    over = [
        package
        for package in Package.objects.filter(destroyed_at=None).select_related("request")
        if package.expires_at <= at or not package.downloads_left or not packages.is_there(package)
    ]
    for package in over:
        packages.destroy(package, at=at)
        audit.record(action="package.destroyed", about=package.request.reference, actor=HOUSE, at=at)
    return len(over)


def _destroy_attachments(*, at: datetime) -> int:
    """Keys whose file is gone: it was destroyed in the time that is lost, as evidence of identity is when that is decided."""
    gone = [each.pk for each in Attachment.objects.filter(destroyed_at=None) if not attachments.is_there(each)]
    return attachments.destroy(Attachment.objects.filter(pk__in=gone), at=at)
