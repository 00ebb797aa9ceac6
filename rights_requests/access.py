"""The only way to a case: for its person, by sign-in or a grant of this session; for the desk, by role.

"Not yours" and "not there" are one answer: 404.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.db.models import Q
from django.http import Http404

from accounts import staff
from letters.models import Letter
from rights_requests import tokens
from rights_requests.models import Attachment, IncomingMail, RightsRequest
from rights_requests.workflow import WORK
from subjects.enums import IdentifierKind
from subjects.identifiers import normalise_email

if TYPE_CHECKING:
    from datetime import timedelta

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from accounts.staff import User, Visitor
    from rights_requests.models import Correction

GRANTS = "rights_requests.grants"
"""In the session: the instants at which a code or link opened a case, by the case's id."""


def request_for_person(*, request: HttpRequest, reference: str, at: datetime) -> RightsRequest:
    """The person's own case.

    Raises:
        Http404: there is no such case, or this session has not shown that it is theirs.
    """
    rights_request = _cases().filter(reference=tokens.tidy_reference(reference)).first()
    if rights_request is None or not _may_see(request, rights_request, at=at):
        raise Http404
    return rights_request


def requests_of(user: User) -> QuerySet[RightsRequest]:
    """The cases that this account opens without a code, the last one first: those that it filed, and those of the very person that was
    verified to whom it belongs, by its address.
    """
    account = Q(subject__identifiers__kind=IdentifierKind.ACCOUNT, subject__identifiers__value=str(user.pk))
    by_address = RightsRequest.objects.filter(account, email=normalise_email(user.email))
    return RightsRequest.objects.filter(Q(account_id=user.pk) | Q(pk__in=by_address.values("pk"))).order_by("-received_at", "-pk")


def grant(request: HttpRequest, rights_request: RightsRequest, at: datetime) -> None:
    """Open the case to this session for a while. The session gets a new key: nobody can have laid it before."""
    grants = dict(request.session.get(GRANTS, {}))
    grants[str(rights_request.pk)] = at.astimezone(UTC).isoformat()
    request.session.cycle_key()
    request.session[GRANTS] = grants


def is_fresh(request: HttpRequest, rights_request: RightsRequest, at: datetime) -> bool:
    """Whether the person showed who they are just now: by code, link or sign-in."""
    within: timedelta = settings.RIGHTS["fresh_for"]
    if _was_granted(request, rights_request, within=within, at=at):
        return True
    return _is_owner(request.user, rights_request) and _signed_in_since(request, at - within)


def request_for_desk(*, user: Visitor, reference: str, is_locked: bool = False) -> RightsRequest:
    """Any case, for whoever works on cases; ``is_locked``: nobody else changes it until the transaction ends.

    Raises:
        Http404: there is no such case, or the person at the desk has no business with it.
    """
    if not staff.can(user, WORK):
        raise Http404
    cases = _cases().select_for_update(of=("self",)) if is_locked else _cases()
    rights_request = cases.filter(reference=tokens.tidy_reference(reference)).first()
    if rights_request is None:
        raise Http404
    return rights_request


def correction_for_desk(rights_request: RightsRequest, correction_id: UUID) -> Correction:
    """A correction of this very case.

    Raises:
        Http404: it has none such.
    """
    correction = rights_request.corrections.filter(pk=correction_id).first()
    if correction is None:
        raise Http404
    correction.request = rights_request
    return correction


def mail_for_desk(*, user: Visitor, mail_id: UUID) -> IncomingMail:
    """A mail that reached us, for whoever works on cases.

    Raises:
        Http404: no such mail, or no business with it.
    """
    mail = IncomingMail.objects.select_related("request").filter(pk=mail_id).first() if staff.can(user, WORK) else None
    if mail is None:
        raise Http404
    return mail


def file_for_person(*, request: HttpRequest, reference: str, attachment_id: UUID, at: datetime) -> Attachment:
    """A file of the person's own case that is still there.

    Raises:
        Http404: no such file, destroyed, or not theirs.
    """
    rights_request = request_for_person(request=request, reference=reference, at=at)
    return _file(pk=attachment_id, request=rights_request)


def file_for_desk(*, user: Visitor, attachment_id: UUID) -> Attachment:
    """A file of any case, or of a mail that nobody has sorted, for whoever works on cases.

    Raises:
        Http404: no such file, destroyed, or no business with it.
    """
    if not staff.can(user, WORK):
        raise Http404
    return _file(pk=attachment_id)


def letter_for_person(*, request: HttpRequest, reference: str, letter_id: UUID, at: datetime) -> Letter:
    """A letter of the person's own case that is meant for their eyes.

    Raises:
        Http404: no such letter, or not theirs.
    """
    rights_request = request_for_person(request=request, reference=reference, at=at)
    return _letter(pk=letter_id, about=rights_request.reference, is_shown_to_person=True)


def letter_for_desk(*, user: Visitor, letter_id: UUID) -> Letter:
    """Any letter but those that a room keeps for its own people, for whoever works on cases.

    Raises:
        Http404: no such letter, or no business with it.
    """
    if not staff.can(user, WORK):
        raise Http404
    return _letter(pk=letter_id, pk__in=Letter.objects.for_the_desk().filter(pk=letter_id).values("pk"))


def _cases() -> QuerySet[RightsRequest]:
    return RightsRequest.objects.select_related("subject", "assigned_to", "package", "preview", "mandate")


def _file(**which: object) -> Attachment:
    attachment = Attachment.objects.filter(destroyed_at=None, **which).select_related("request").first()
    if attachment is None:
        raise Http404
    return attachment


def _letter(**which: object) -> Letter:
    letter = Letter.objects.filter(**which).first()
    if letter is None:
        raise Http404
    return letter


def _may_see(request: HttpRequest, rights_request: RightsRequest, *, at: datetime) -> bool:
    if _was_granted(request, rights_request, within=settings.RIGHTS["case_open_for"], at=at):
        return True
    return _is_owner(request.user, rights_request)


def _was_granted(request: HttpRequest, rights_request: RightsRequest, *, within: timedelta, at: datetime) -> bool:
    granted_at = request.session.get(GRANTS, {}).get(str(rights_request.pk))
    return granted_at is not None and at - within <= datetime.fromisoformat(granted_at) <= at


def _is_owner(user: Visitor, rights_request: RightsRequest) -> bool:
    if not user.is_authenticated:
        return False
    return rights_request.account_id == user.pk or requests_of(user).filter(pk=rights_request.pk).exists()


def _signed_in_since(request: HttpRequest, since: datetime) -> bool:
    records = get_authentication_records(request, request.user)
    return any(record["at"] >= since.timestamp() for record in records if "at" in record)
