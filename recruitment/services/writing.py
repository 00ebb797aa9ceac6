"""The thread between HR and a candidate; a reply in it can turn out to be a privacy request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import gate, pan
from datamap.purposes import POOL
from recruitment import correspondence
from recruitment.enums import ENDED_STATUSES
from recruitment.models import Message
from recruitment.services.moving import NotNowInPool, answered, heard_from, lock
from recruitment.workflow import CannotNow
from subjects import intake
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor


class AlreadyFiled(CannotNow):
    message = _("A privacy request was made of this message already.")


class NotTheirs(CannotNow):
    message = _("Only what the person wrote can become their request.")


@transaction.atomic
def write_message(*, application_id: UUID, text: str, actor: Actor, at: datetime) -> Message:
    """Write to a candidate; who is in the pool is written to about other jobs, unless they do not want that.

    Raises:
        Stopped: the person's data may not be used for it now.
        NotNowInPool: they asked not to be kept.
    """
    application = lock(application_id)
    gate.require(gate.may_edit(values=[application.email]))
    if application.status in ENDED_STATUSES:
        if application.opted_out_at is not None:
            raise NotNowInPool
        gate.require(gate.may_write_to(email=application.email, purpose=POOL))
    words = pan.mask(text.strip())
    message = application.messages.create(is_from_person=False, author_id=actor.id or None, text=words, at=at)
    answered(application)
    correspondence.write(application, event="application_message", text=words, at=at)
    audit.record(action="application.written", about=correspondence.about(application), actor=actor, at=at, message=str(message.pk))
    return message


@transaction.atomic
def leave_unanswered(*, application_id: UUID, actor: Actor, at: datetime) -> None:
    """What the person wrote was read, and needs no answer. Doing it twice changes nothing."""
    application = lock(application_id)
    gate.require(gate.may_edit(values=[application.email]))
    if application.unanswered_since is not None:
        answered(application)
        audit.record(action="application.read", about=correspondence.about(application), actor=actor, at=at)


@transaction.atomic
def record_reply(
    *, application_id: UUID, text: str, sender: str, received_at: datetime, actor: Actor, at: datetime, digest: str = ""
) -> Message:
    """Put a candidate's reply, as it reached our mailbox, into the thread. Whoever wrote it from elsewhere may be somebody else:
    it is kept as it came, and moves no period. ``digest`` is that of a mail that came by itself: the database takes it once.

    Raises:
        Stopped: the person's data is restricted.
    """
    application = lock(application_id)
    gate.require(gate.may_edit(values=[application.email]))
    address = normalise_email(sender)
    told = {"sender": address, "digest": digest, "text": pan.mask(text.strip()), "at": received_at}
    message = application.messages.create(is_from_person=True, **told)
    application.unanswered_since = at
    application.save(update_fields=["unanswered_since"])
    is_known = address == application.email
    if is_known:
        heard_from(application, at=received_at)
    audit.record(
        action="application.answered",
        about=correspondence.about(application),
        actor=actor,
        at=at,
        message=str(message.pk),
        is_sender_known=is_known,
    )
    return message


@transaction.atomic
def file_reply(*, message_id: UUID, right: str, actor: Actor, at: datetime) -> Message:
    """Make a privacy request of a reply (P048): its month runs from the day on which the mail reached us.

    Raises:
        AlreadyFiled, NotTheirs: see there.
        NobodyFiles: no installed app handles requests.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("application").get(pk=message_id)
    if not message.is_from_person:
        raise NotTheirs
    if message.request_reference:
        raise AlreadyFiled
    application = message.application
    is_known = message.sender == application.email
    message.request_reference = intake.file(
        right=right,
        email=message.sender or application.email,
        name=application.name if is_known else "",
        text=message.text,
        language=application.language,
        received_at=message.at,
        at=at,
    )
    message.save(update_fields=["request_reference"])
    answered(application)
    audit.record(
        action="application.request_filed",
        about=correspondence.about(application),
        actor=actor,
        at=at,
        request=message.request_reference,
        message=str(message.pk),
        is_sender_known=is_known,
    )
    return message
