"""The answer to a request for a copy, or for what can be taken elsewhere: its package, and the letter that goes out with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from audit import services as audit
from datamap import registry
from rights_requests import correspondence, correspondence_by_post, correspondence_portable, deeds, faults, leases, packages
from rights_requests.enums import Action, Outcome, Right, TaskStatus
from rights_requests.models import Package, RightsRequest, SourceTask
from rights_requests.services import collecting
from rights_requests.services.closing import finish_nothing_portable
from rights_requests.services.moving import HOUSE, lock, move

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from datamap.declaration import Source
    from rights_requests.leases import Claim
    from rights_requests.packages import Built, Foretold


def build_and_answer(rights_request: RightsRequest, claim: Claim, *, at: datetime) -> None:
    """Build the package, then write it down, close the case and tell the person in one transaction. A file whose
    transaction fails is unreadable at once, since its key was never written, and is swept away; so is one with nothing in it.

    Raises:
        LostLease: somebody else builds it by now.
        Away: a system outside does not hand over now what it holds.

    Where one handed over fewer rows than it had found, somebody at the desk looks at that first.
    """
    if outside := [source for source in registry.all_sources() if source.is_outside]:
        _ask_outside(rights_request, outside, at=at)
        fewer = [row for source in outside for row in _fewer(rights_request, source)]
        if fewer and fewer != claim.before.get(collecting.SEEN):
            _show_fewer(rights_request, claim, fewer, at=at)
            return
    # One transaction: the rows are streamed by cursors that live as long as it does.
    with transaction.atomic():
        built = _build(rights_request, at=at)
    faults.reach("built")
    try:
        with transaction.atomic():
            _answer(rights_request, claim, built, at=at)
    except BaseException:
        packages.discard(built.file_name)
        raise
    if built.is_empty:
        packages.discard(built.file_name)


@transaction.atomic
def _ask_outside(rights_request: RightsRequest, outside: Sequence[Source], *, at: datetime) -> None:
    """Every system that answers by itself is asked before the first is waited for."""
    for source in outside:
        source.prepare_export(deeds.subject_of(rights_request), at=at)


def _fewer(rights_request: RightsRequest, source: Source) -> list[dict[str, Any]]:
    return [
        {"source": source.key, "part": part.part, "found": part.found, "given": part.given, "reason": part.reason.value}
        for part in source.fewer(deeds.subject_of(rights_request))
    ]


@transaction.atomic
def _show_fewer(rights_request: RightsRequest, claim: Claim, fewer: Sequence[dict[str, Any]], *, at: datetime) -> None:
    leases.write({claim: {collecting.FEWER: fewer}}, at=at)
    SourceTask.objects.filter(pk=claim.id).update(status=TaskStatus.MANUAL, error=collecting.FEWER, finished_at=None)
    for row in fewer:
        audit.record(action="source.fewer_rows", about=rights_request.reference, actor=HOUSE, at=at, **row)


def foretell(rights_request: RightsRequest, *, at: datetime) -> None:
    """Write the letter as it will be, as far as that is known before the package is made: to be shown, and taken back."""
    if rights_request.right == Right.PORTABILITY:
        portable = packages.foretell_portable(rights_request, at=at)
        if portable.is_empty:
            correspondence_portable.portable_nothing(rights_request, left_out=portable.left_out, at=at)
        else:
            _tell(rights_request, None, portable, at=at)
    else:
        _tell(rights_request, None, packages.foretell(rights_request, at=at), at=at)


def _build(rights_request: RightsRequest, *, at: datetime) -> Built:
    if rights_request.right == Right.PORTABILITY:
        return packages.build_portable(rights_request, at=at)
    return packages.build(rights_request, at=at)


def _answer(stale: RightsRequest, claim: Claim, built: Built, *, at: datetime) -> None:
    rights_request = lock(stale.pk)
    leases.write({claim: {"rows": built.rows, "size": built.size}}, at=at)
    if built.is_empty:
        finish_nothing_portable(rights_request, left_out=built.left_out, at=at)
        return
    package = Package.objects.create(
        request=rights_request,
        file_name=built.file_name,
        sealed_key=built.sealed_key,
        size=built.size,
        digest=built.digest,
        rows=built.rows,
        made_at=at,
        expires_at=at + settings.RIGHTS["package_life"],
        downloads_left=settings.RIGHTS["package_downloads"],
    )
    outcome = Outcome.PARTIAL if built.is_partial else Outcome.COMPLETE
    move(rights_request, action=Action.FINISH, actor=HOUSE, at=at, outcome=outcome, rows=built.rows)
    _tell(rights_request, package, built, at=at)
    faults.reach("answered")


def _tell(rights_request: RightsRequest, package: Package | None, built: Built | Foretold, *, at: datetime) -> None:
    """``package`` None: it is not made yet, and the letter only shown."""
    if rights_request.by_hand_to:
        correspondence_by_post.copy_enclosed(rights_request, package, built, at=at)
    elif rights_request.right == Right.PORTABILITY:
        correspondence_portable.portable_ready(rights_request, package, built, at=at)
    else:
        correspondence.access_ready(rights_request, package, sources=built.sources, withheld=built.withheld, at=at)
