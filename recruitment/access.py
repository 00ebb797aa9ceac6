"""The only way a page gets at an application: by the role of who asks, or by a link in the candidate's own letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.http import Http404

from accounts import staff
from letters.models import Letter
from recruitment import correspondence
from recruitment.enums import OFFERED_STATUSES, LinkPurpose, Status
from recruitment.models import Application, Document, Employment, Message, PersonnelDocument
from recruitment.services.pool import application_of
from subjects.selectors import of_restricted

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from accounts.staff import Visitor

M = TypeVar("M", bound="Model")

WORK = "recruitment.work_on_applications"


def applications_for_hr(user: Visitor) -> QuerySet[Application]:
    """Those at which human resources may look: not what a restriction set aside (Art. 18). For everybody else, none."""
    if not staff.can(user, WORK):
        return Application.objects.none()
    return Application.objects.exclude(of_restricted(email="email")).select_related("vacancy")


def application_for_hr(*, user: Visitor, reference: str, is_locked: bool = False) -> Application:
    """``is_locked``: nobody else changes it until the transaction ends.

    Raises:
        Http404: alike for "not there", "set aside" and "not yours".
    """
    found = applications_for_hr(user).filter(reference=reference)
    return _one(found.select_for_update(of=("self",)) if is_locked else found)


def document_for_hr(*, user: Visitor, reference: str, document_id: UUID) -> Document:
    """A document of the application; what was flagged is hidden from everybody, what was redacted is gone.

    Raises:
        Http404: none of these.
    """
    application = application_for_hr(user=user, reference=reference)
    return _one(Document.objects.filter(application=application, pk=document_id, redacted_at=None, flag_reason=""))


def message_for_hr(*, user: Visitor, reference: str, message_id: UUID) -> Message:
    """Raises ``Http404``."""
    application = application_for_hr(user=user, reference=reference)
    return _one(Message.objects.filter(application=application, pk=message_id))


def letter_for_hr(*, user: Visitor, reference: str, letter_id: UUID) -> Letter:
    """A letter about the application. Raises ``Http404``."""
    application = application_for_hr(user=user, reference=reference)
    return _one(Letter.objects.filter(about=correspondence.about(application), pk=letter_id))


def employments_for_hr(user: Visitor) -> QuerySet[Employment]:
    if not staff.can(user, WORK):
        return Employment.objects.none()
    return Employment.objects.exclude(of_restricted(email="email"))


def employment_for_hr(*, user: Visitor, employment_id: UUID) -> Employment:
    """Raises ``Http404``."""
    return _one(employments_for_hr(user).filter(pk=employment_id).select_related("application"))


def personnel_document_for_hr(*, user: Visitor, employment_id: UUID, document_id: UUID) -> PersonnelDocument:
    """Raises ``Http404``."""
    employment = employment_for_hr(user=user, employment_id=employment_id)
    return _one(PersonnelDocument.objects.filter(employment=employment, pk=document_id))


def offered_by_link(token: str) -> Application:
    """The application whose offer letter carried this link, as long as the offer stands. Once somebody works for us, what was given
    is changed by human resources alone: whoever finds the letter years later turns nobody's wages to another account.

    Raises:
        Http404: before an offer, after a refusal, with a link of nobody, or when all was given and the person was hired.
    """
    application = application_of(token, purpose=LinkPurpose.OFFER)
    if application is None or application.status not in OFFERED_STATUSES:
        raise Http404
    if application.status == Status.HIRED and application.answers.exists():
        raise Http404
    return application


def _one(rows: QuerySet[M]) -> M:
    found = rows.first()
    if found is None:
        raise Http404
    return found
