"""What the desk does with a mail that nobody recognised, or that was put aside by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rights_requests import tokens
from rights_requests.enums import Channel, DismissReason, MailState
from rights_requests.models import IncomingMail, RightsRequest
from rights_requests.services import attaching, mail_in
from rights_requests.services.filing import file_message
from rights_requests.services.moving import lock
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.enums import Right

_SORTABLE = frozenset({MailState.UNSORTED, MailState.DISMISSED})


class SortedAlready(CannotNow):
    message = _("Somebody has sorted this mail already.")


class NoSuchCase(CannotNow):
    message = _("There is no request with this reference whose file is still open to read.")


@transaction.atomic
def file_mail(*, mail_id: UUID, rights: Collection[Right], actor: Actor, at: datetime, **said: Any) -> list[RightsRequest]:
    """Make requests of it, with the date on which it reached us. ``said`` is what ``file_message`` takes.

    Raises:
        SortedAlready: it was put somewhere meanwhile.
        PurposeNotObjectable: there is no objection to one of the purposes.
    """
    mail = _locked(mail_id)
    filed = file_message(rights=rights, text=mail_in.words_of(mail), channel=Channel(mail.channel), actor=actor, at=at, **said)
    attaching.hand_over(mail, [(case, None) for case in filed], actor=actor, at=at)
    mail_in.settle(mail, MailState.FILED, at=at, case=filed[0], actor=actor)
    return filed


@transaction.atomic
def put_with_case(*, mail_id: UUID, reference: str, actor: Actor, at: datetime) -> RightsRequest:
    """Make it a message of a case. Nobody is told because of it.

    Raises:
        SortedAlready: it was put somewhere meanwhile.
        NoSuchCase: there is none, or nothing but its proof is left.
    """
    mail = _locked(mail_id)
    found = RightsRequest.objects.filter(reference=tokens.tidy_reference(reference), minimised_at=None).values_list("pk", flat=True).first()
    if found is None:
        raise NoSuchCase
    case = lock(found)
    message = mail_in.add_to_case(mail, case, at=at)
    attaching.hand_over(mail, [(case, message)], actor=actor, at=at)
    mail_in.settle(mail, MailState.THREAD, at=at, case=case, actor=actor)
    return case


@transaction.atomic
def dismiss_mail(*, mail_id: UUID, reason: DismissReason, is_all_of_sender: bool = False, actor: Actor, at: datetime) -> int:
    """Put it aside, with all that the same sender has waiting if that is wanted; how many.

    Raises:
        SortedAlready: it was put somewhere meanwhile.
    """
    mail = _locked(mail_id)
    mails = [mail]
    if is_all_of_sender and mail.sender:
        same = IncomingMail.objects.filter(sender=mail.sender, state=MailState.UNSORTED).exclude(pk=mail.pk)
        mails += same.select_for_update(of=("self",)).order_by("pk")
    for each in mails:
        mail_in.settle(each, MailState.DISMISSED, at=at, actor=actor, reason=reason.value)
    return len(mails)


def _locked(mail_id: UUID) -> IncomingMail:
    mail = IncomingMail.objects.select_for_update(of=("self",)).get(pk=mail_id)
    if mail.state not in _SORTABLE:
        raise SortedAlready
    return mail
