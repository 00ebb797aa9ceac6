"""What goes wrong in the services on purpose: each is a fault that somebody could make, and that ``test_case_machine`` must find.

A fault is planted where the code is called, and taken out again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from datamap import registry
from rights_requests import correspondence, deeds
from rights_requests.enums import Status, Verb
from rights_requests.models import Link, RightsRequest, SourceTask
from rights_requests.services import (
    collecting,
    erasing,
    identity,
    links,
    objecting,
    running,
)
from rights_requests.tokens import digest_of


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    return None


def any_link_confirms(patch: pytest.MonkeyPatch) -> None:
    """Used, or too old: a link is a link."""

    def use(*, token: str, purposes: Any, at: datetime) -> Link:
        found = Link.objects.filter(digest=digest_of(token), purpose__in=purposes).first()
        if found is None:
            raise links.LinkNotValid
        return found

    patch.setattr(identity.links, "use", use)


def approved_while_in_doubt(patch: pytest.MonkeyPatch) -> None:
    """Nobody minds that we asked who this is."""
    patch.setattr("rights_requests.services.moving.pausing.refuse_in_doubt", _nothing)


def refused_without_a_letter(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(correspondence, "refused", _nothing)


def done_with_data_alive(patch: pytest.MonkeyPatch) -> None:
    """One source says what it would erase, and the second look believes it."""
    real = deeds.erase

    def erase(source: Any, subject: Any, **said: Any) -> Any:
        if source.key == "accounts.messages":
            outcome = source.preview(subject, at=said["at"])
            said_gone = {part: [key for key in keys if key not in said["sparing"].get(part, ())] for part, keys in outcome.erased.items()}
            return replace(outcome, erased=said_gone)
        return real(source, subject, **said)

    patch.setattr(erasing.deeds, "erase", erase)
    patch.setattr(erasing.deeds, "leftovers", lambda *_args, **_kwargs: {})


def rows_nobody_approved(patch: pytest.MonkeyPatch) -> None:
    """The deed takes what is there by now, and nobody compares it with what two people had approved."""
    patch.setattr(erasing.approved, "strangers", lambda *_args, **_kwargs: {})


def erased_after_a_withdrawal(patch: pytest.MonkeyPatch) -> None:
    """The engine looks at the order, which two people approved and which is due, and not at the case, which was taken back since."""
    real = running.advance

    def advance(*, request_id: UUID, at: datetime) -> bool:
        case = RightsRequest.objects.filter(pk=request_id, status=Status.WITHDRAWN, preview__carry_out_at__lte=at).first()
        if case is None:
            return real(request_id=request_id, at=at)
        for source in registry.all_sources():
            if not source.is_handling:
                source.erase(deeds.subject_of(case), at=at)
        return False

    patch.setattr(running, "advance", advance)


def tasks_left_out(patch: pytest.MonkeyPatch) -> None:
    """One source is never asked to stop."""
    real = collecting.open_tasks

    def open_tasks(rights_request: RightsRequest, *, verb: Verb, at: datetime) -> None:
        real(rights_request, verb=verb, at=at)
        if verb in {Verb.OBJECT, Verb.RESTRICT}:
            SourceTask.objects.filter(request=rights_request, verb=verb, source="accounts.contacts").delete()

    patch.setattr(objecting.collecting, "open_tasks", open_tasks)


#: Each, and what the machine says when it finds it.
FAULTS: Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    plant.__name__: (plant, words)
    for plant, words in (
        (any_link_confirms, "confirm was not refused"),
        (approved_while_in_doubt, "(answer|propose|approve|restrict|uphold) was not refused"),
        (refused_without_a_letter, "closed as REFUSED with 0 letters"),
        (done_with_data_alive, "counts as done, and .* is alive"),
        (rows_nobody_approved, "went, and no order says so"),
        (erased_after_a_withdrawal, "went, and no order says so"),
        (tasks_left_out, "was skipped by"),
    )
}
#: Of the long trials CI keeps the shortest.
IN_CI = ("done_with_data_alive",)
