"""Who asks: links that confirm a request, confirm a further address, or cancel an erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actor import Actor
from rights_requests import correspondence, proxies
from rights_requests.enums import Action, LinkPurpose, Outcome, Status
from rights_requests.services import by_post, claims, links, mandates
from rights_requests.services.beginning import begin
from rights_requests.services.links import LinkNotValid
from rights_requests.services.moving import drop_open_work, lock, move
from rights_requests.services.persons import person_for
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects.enums import IdentifierKind, IdentityMethod

if TYPE_CHECKING:
    from datetime import datetime

    from rights_requests.models import Link, RightsRequest

__all__ = ["EnoughForToday", "LinkNotValid", "cancel_by_link", "confirm", "confirm_all", "confirm_here", "send_link_again"]


class EnoughForToday(CannotNow):
    """Who asks for letters to somebody else's mailbox gets it no fuller than this."""

    message = _("This address got as many letters today as it gets from us in a day. The links in them go on working.")


@transaction.atomic
def confirm(*, token: str, at: datetime) -> RightsRequest:
    """The request of a link, see ``confirm_all``; of several that one letter carried, the first."""
    return confirm_all(token=token, at=at)[0]


@transaction.atomic
def confirm_all(*, token: str, may_receive: bool = False, at: datetime) -> list[RightsRequest]:
    """Take a link of a letter at its word: its mailbox is the person's. The sources are asked from here on. ``may_receive``:
    the person wants who asks for them to get the answer too.

    Raises:
        LinkNotValid: never given out, used, too old, or the case has ended meanwhile.
    """
    link = links.use(token=token, purposes=(LinkPurpose.CONFIRM, LinkPurpose.CLAIM), at=at)
    if link.purpose == LinkPurpose.CLAIM:
        rights_request = lock(link.request_id)
        claims.confirm_address(rights_request, email=link.email, at=at)
        return [rights_request]
    carried = [link, *links.further(token, at=at)]
    cases = {request_id: lock(request_id) for request_id in sorted(each.request_id for each in carried)}
    _confirm_mailbox(cases[link.request_id], link=link, at=at)
    confirmed = [cases[link.request_id]]
    for each in carried[1:]:
        if cases[each.request_id].status == Status.AWAITING_IDENTITY and links.use_up(each, at=at):
            _confirm_mailbox(cases[each.request_id], link=each, at=at)
            confirmed.append(cases[each.request_id])
    for case in confirmed:
        mandates.confirm_by_person(case, may_receive=may_receive, actor=Actor.person(), at=at)
    return [cases[each.request_id] for each in carried]


@transaction.atomic
def cancel_by_link(*, token: str, at: datetime) -> RightsRequest:
    """Stop an erasure that has not begun, from any of the mailboxes that were told of it.

    Raises:
        LinkNotValid: as above, or the erasure has begun.
    """
    link = links.use(token=token, purposes=(LinkPurpose.CANCEL,), at=at)
    rights_request = lock(link.request_id)
    try:
        move(rights_request, action=Action.WITHDRAW, actor=Actor.person(), at=at, outcome=Outcome.WITHDRAWN)
    except TransitionNotAllowed as error:
        raise LinkNotValid from error
    drop_open_work(rights_request)
    correspondence.withdrawn(rights_request, at=at)
    return rights_request


@transaction.atomic
def send_link_again(*, request_id: UUID, at: datetime, event: str = "confirm_request") -> None:
    """A fresh link to the address of a case that is not confirmed yet; the older ones end. Without a mailbox: a fresh code by post.

    Raises:
        EnoughForToday: the address gets no more letters today. The older links go on working.
        TransitionNotAllowed: it is confirmed, or has ended.
    """
    rights_request = lock(request_id)
    if rights_request.status != Status.AWAITING_IDENTITY:
        raise TransitionNotAllowed
    if not rights_request.email:
        by_post.ask([rights_request], at=at)
        return
    rights_request.links.filter(purpose=LinkPurpose.CONFIRM, used_at=None).delete()
    if not links.send(rights_request, purpose=LinkPurpose.CONFIRM, email=rights_request.email, event=event, at=at):
        raise EnoughForToday


@transaction.atomic
def confirm_here(*, request_id: UUID, at: datetime) -> RightsRequest:
    """Confirm a request of somebody who showed its mailbox just now, by a link or code of another request or of this one: so a
    stranger who uses up the letters of an address keeps nobody from their rights.

    Raises:
        TransitionNotAllowed: it is confirmed or has ended; or somebody asks for the person, who reads that with the link.
    """
    rights_request = lock(request_id)
    if rights_request.status != Status.AWAITING_IDENTITY or proxies.mandate_of(rights_request) is not None:
        raise TransitionNotAllowed
    rights_request.links.filter(purpose=LinkPurpose.CONFIRM, used_at=None).delete()
    _begin(rights_request, email=rights_request.email, at=at)
    return rights_request


def _confirm_mailbox(rights_request: RightsRequest, *, link: Link, at: datetime) -> None:
    if rights_request.status != Status.AWAITING_IDENTITY:
        raise LinkNotValid
    _begin(rights_request, email=link.email, at=at)


def _begin(rights_request: RightsRequest, *, email: str, at: datetime) -> None:
    rights_request.subject = person_for(proofs=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=at)
    begin(rights_request, method=IdentityMethod.MAILBOX, actor=Actor.person(), at=at)
