"""Who was hired: the file follows the employment, and after it the law, document by document (P072, P073)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import gate, statutory
from recruitment import employed
from recruitment.models import Application, Employment, PersonnelDocument
from recruitment.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from audit.actor import Actor
    from datamap.models import StatutoryPeriod
    from recruitment.enums import PersonnelKind
    from recruitment.filing import Filed


class NotEmployed(CannotNow):
    message = _("This employment has ended.")


class EndBeforeBegin(CannotNow):
    message = _("An employment cannot end before it began.")


@transaction.atomic
def add_document(
    *, employment_id: UUID, kind: PersonnelKind, dated_on: date, filed: Filed, actor: Actor, at: datetime
) -> PersonnelDocument:
    """Put a document into the file. One that comes after the end is kept from the same day as if it had come before.

    Raises:
        Stopped: the person's data is restricted.
        NoStatutoryPeriod: the employment has ended, and no law in the register covers such a document.
    """
    employment = _lock(employment_id)
    until = None
    if employment.ended_on is not None:
        until = _until(employment, employed.DOCUMENTS[kind], dated_on, employment.ended_on, statutory.load())
    document = PersonnelDocument.objects.create(
        employment=employment, kind=kind, dated_on=dated_on, keep_until=until, **filed.columns(at=at)
    )
    _note("employment.document_added", employment, actor=actor, at=at, kind=kind.value)
    return document


@transaction.atomic
def end_employment(*, employment_id: UUID, ended_on: date, actor: Actor, at: datetime) -> Employment:
    """Note the last day, and reckon from the register until when each document, the register's own line and the application
    are kept.

    Raises:
        NotEmployed, EndBeforeBegin: see there.
        NoStatutoryPeriod: the register has no law for one of the documents; nothing is changed.
        Stopped: the person's data is restricted.
    """
    employment = _lock(employment_id)
    if employment.ended_on is not None:
        raise NotEmployed
    if ended_on < employment.started_on:
        raise EndBeforeBegin
    periods = statutory.load()
    for document in employment.documents.select_for_update():
        document.keep_until = _until(employment, employed.DOCUMENTS[document.kind], document.dated_on, ended_on, periods)
        document.save(update_fields=["keep_until"])
    employment.ended_on = ended_on
    employment.keep_until = _until(employment, employed.REGISTER, ended_on, ended_on, periods)
    employment.save(update_fields=["ended_on", "keep_until"])
    if employment.application_id:
        closes_on = _until(employment, employed.FILE, ended_on, ended_on, periods)
        Application.objects.filter(pk=employment.application_id).update(closes_on=closes_on)
    _note("employment.ended", employment, actor=actor, at=at, country=employment.country)
    return employment


def _until(employment: Employment, document: str, dated_on: date, ended_on: date, periods: list[StatutoryPeriod]) -> date:
    return employed.keep_until(country=employment.country, document=document, dated_on=dated_on, ended_on=ended_on, periods=periods)[0]


def _lock(employment_id: UUID) -> Employment:
    employment = Employment.objects.select_for_update(of=("self",)).get(pk=employment_id)
    gate.require(gate.may_edit(values=[employment.email]))
    return employment


def _note(action: str, employment: Employment, *, actor: Actor, at: datetime, **details: str) -> None:
    audit.record(action=action, about=f"recruitment.employment:{employment.pk}", actor=actor, at=at, **details)
