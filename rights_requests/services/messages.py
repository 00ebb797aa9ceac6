"""The letters that the person and the helpdesk write to each other about a case."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import pan
from rights_requests import correspondence, correspondence_by_post
from rights_requests.models import Message
from rights_requests.services import attaching
from rights_requests.services.moving import lock
from rights_requests.workflow import CannotNow, TransitionNotAllowed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.attachments import Checked


class EmptyMessage(CannotNow):
    message = _("Write your message first.")


@transaction.atomic
def write_message(
    *,
    request_id: UUID,
    text: str,
    author_id: UUID | None,
    files: Sequence[Checked] = (),
    is_evidence: bool = False,
    actor: Actor,
    at: datetime,
) -> Message:
    """Add a message with its files; the person is told by mail that the helpdesk wrote, or without a mailbox gets it by post. ``author_id`` None: the person wrote.
    ``is_evidence``: the files show who the person is, as was asked, and go as soon as that is decided.

    Raises:
        EmptyMessage: there is no text.
        TransitionNotAllowed: the case has been reduced to its evidence.
        TooManyFiles, NoEvidenceAsked: the files cannot be kept; nothing is.
    """
    rights_request = lock(request_id)
    if rights_request.minimised_at is not None:
        raise TransitionNotAllowed
    masked = pan.mask(text.strip())
    if not masked:
        raise EmptyMessage
    message = Message.objects.create(request=rights_request, author_id=author_id, is_from_person=author_id is None, text=masked, at=at)
    audit.record(action="message.written", about=rights_request.reference, actor=actor, at=at, message=str(message.pk))
    attaching.attach(rights_request, files, message=message, is_evidence=is_evidence, actor=actor, at=at)
    if author_id is not None and rights_request.email:
        correspondence.new_message(rights_request, at=at)
    elif author_id is not None:
        correspondence_by_post.message(rights_request, text=masked, at=at)
    return message
