"""The only place where an application changes its state, and with it the day from which its period runs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import gate, pan
from datamap.purposes import POOL
from recruitment import correspondence, workflow
from recruitment.enums import ENDED_STATUSES, Action, Status
from recruitment.models import Application, Employment
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor

#: What the person reads of a move; a move that is not here is ours alone.
LETTERS: Mapping[Action, str] = {
    Action.INVITE: "application_message",
    Action.OFFER: "job_offer",
    Action.REJECT: "application_rejected",
    Action.REOPEN: "application_message",
}


class NotNowInPool(CannotNow):
    message = _("This person asked us not to keep them for other jobs.")


class WordsRequired(CannotNow):
    message = _("Write something first: the person reads it.")


class DayRequired(CannotNow):
    message = _("Give the first day of work.")


@transaction.atomic
def act(*, application_id: UUID, action: Action, actor: Actor, at: datetime, text: str = "", started_on: date | None = None) -> Application:
    """Take an application one step along its life, and write to the person where they read of it.

    Raises:
        MoveNotAllowed: the step does not exist from the present state.
        Stopped: the person's data is restricted, or they object to being contacted again.
        NotNowInPool, WordsRequired, DayRequired: see there.
    """
    application = lock(application_id)
    gate.require(gate.may_edit(values=[application.email]))
    words = pan.mask(text.strip())
    _check(application, action, words=words, started_on=started_on)
    move(application, action=action, actor=actor, at=at)
    if action == Action.HIRE and started_on is not None:
        _employ(application, started_on=started_on)
    if action in LETTERS:
        correspondence.write(application, event=LETTERS[action], at=at, has_offer=action == Action.OFFER, text=words)
    if words and action in {Action.INVITE, Action.REOPEN}:
        application.messages.create(is_from_person=False, author_id=actor.id or None, text=words, at=at)
    return application


def _check(application: Application, action: Action, *, words: str, started_on: date | None) -> None:
    if action in {Action.INVITE, Action.REOPEN} and not words:
        raise WordsRequired
    if action == Action.HIRE and started_on is None:
        raise DayRequired
    if action == Action.REOPEN:
        if application.opted_out_at is not None:
            raise NotNowInPool
        gate.require(gate.may_write_to(email=application.email, purpose=POOL))


def move(application: Application, *, action: Action, actor: Actor, at: datetime) -> None:
    """Move a locked application.

    Raises:
        MoveNotAllowed: the step does not exist from the present state.
    """
    previous = Status(application.status)
    application.status = workflow.target_of(action=action, status=previous)
    application.status_since = at
    application.ended_at = at if application.status in ENDED_STATUSES else None
    application.kept_from = max(application.last_contact_at, application.ended_at or application.last_contact_at)
    application.unanswered_since = None
    application.save(update_fields=["status", "status_since", "ended_at", "kept_from", "unanswered_since"])
    audit.record(
        action=f"application.{action.lower()}",
        about=correspondence.about(application),
        actor=actor,
        at=at,
        previous=previous.value,
        status=application.status,
    )


def lock(application_id: UUID) -> Application:
    """The application, locked until the transaction ends: of two who press a button at once, the second looks again."""
    return Application.objects.select_for_update(of=("self",)).select_related("vacancy").get(pk=application_id)


def answered(application: Application) -> None:
    """Nobody needs to answer what the person wrote any more."""
    application.unanswered_since = None
    application.save(update_fields=["unanswered_since"])


def heard_from(application: Application, *, at: datetime) -> None:
    """The person was in contact: the period begins anew with their last word (P070)."""
    if at > application.last_contact_at:
        application.last_contact_at = at
        application.kept_from = max(at, application.ended_at or at)
        application.save(update_fields=["last_contact_at", "kept_from"])


def _employ(application: Application, *, started_on: date) -> None:
    Employment.objects.create(
        application=application,
        name=application.name,
        email=application.email,
        position=application.vacancy.title_in(application.language),
        country=application.country,
        started_on=started_on,
    )
