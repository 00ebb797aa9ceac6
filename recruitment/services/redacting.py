"""What should not have been sent is hidden at once, then taken out; nothing that is left says what it was (P014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import deleting
from audit import services as audit
from datamap import gate
from recruitment import correspondence, passages, storing
from recruitment.models import Application, Document, Message
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from audit.actor import Actor
    from recruitment.enums import FlagReason

#: A cover letter (its application), a message of the thread, or a document.
Flaggable: TypeAlias = "Application | Message | Document"
F = TypeVar("F", Application, Message, Document, Flaggable, "Application | Message")
_COLUMN: Mapping[type[Application | Message], str] = {Application: "cover_letter", Message: "text"}


class NothingChosen(CannotNow):
    message = _("Choose at least one passage.")


class TooManyTakenOut(CannotNow):
    message = deleting.TOO_MANY


class Changed(CannotNow):
    message = _("The text has changed since this page was opened. Look again.")


@transaction.atomic
def flag(*, model: type[Flaggable], row_id: UUID, reason: FlagReason, actor: Actor, at: datetime) -> None:
    """Hide it from everybody until somebody decides."""
    row = _locked(model, row_id)
    row.flag_reason = reason
    row.save(update_fields=["flag_reason"])
    _note("application.flagged", row, actor=actor, at=at, reason=reason.value)


@transaction.atomic
def unflag(*, model: type[Flaggable], row_id: UUID, actor: Actor, at: datetime) -> None:
    row = _locked(model, row_id)
    if row.flag_reason:
        row.flag_reason = ""
        row.save(update_fields=["flag_reason"])
        _note("application.unflagged", row, actor=actor, at=at)


@transaction.atomic
def redact_passages(
    *, model: type[Application | Message], row_id: UUID, numbers: Collection[int], version: str, actor: Actor, at: datetime
) -> None:
    """Take passages out of a cover letter or message. Neither event nor thread says what stood there.

    Raises:
        NothingChosen: no passage of that number.
        Changed: the numbers are those of another text.
    """
    row, column = _locked(model, row_id), _COLUMN[model]
    text: str = getattr(row, column)
    if version != passages.version(text):
        raise Changed
    chosen = set(numbers) & set(range(len(passages.split(text))))
    if not chosen:
        raise NothingChosen
    _count_deletion(actor=actor, at=at)
    setattr(row, column, passages.without(text, chosen))
    row.flag_reason, row.redacted_at = "", at
    row.save(update_fields=[column, "flag_reason", "redacted_at"])
    _note("application.redacted", row, actor=actor, at=at, passages=len(chosen))


@transaction.atomic
def redact_document(*, document_id: UUID, actor: Actor, at: datetime) -> None:
    """Destroy a file and its name; that there was one stays. Doing it twice changes nothing."""
    document = _locked(Document, document_id)
    if document.redacted_at is not None:
        return
    _count_deletion(actor=actor, at=at)
    storing.discard_on_commit([document.file_name])
    document.name = document.file_name = document.digest = document.flag_reason = ""
    document.sealed_key, document.size, document.redacted_at = b"", 0, at
    document.save()
    _note("application.redacted", document, actor=actor, at=at)


def _count_deletion(*, actor: Actor, at: datetime) -> None:
    try:
        deleting.require_allowed(actor=actor, rows=1, at=at)
    except deleting.TooManyDeleted as error:
        raise TooManyTakenOut from error


def _locked(model: type[F], row_id: UUID) -> F:
    row: F = model._default_manager.select_for_update(of=("self",)).get(pk=row_id)
    gate.require(gate.may_edit(values=[_application(row).email]))
    return row


def _application(row: Flaggable) -> Application:
    return row if isinstance(row, Application) else row.application


def _note(action: str, row: Flaggable, *, actor: Actor, at: datetime, **details: str | int) -> None:
    about = correspondence.about(_application(row))
    audit.record(action=action, about=about, actor=actor, at=at, part=type(row).__name__.lower(), row=str(row.pk), **details)
