"""Who asks without an e-mail address: a code goes to their postal address, or they are called back.

Neither proves more than that somebody can be reached there. Data are found by the address under which we have the person, and that
is taken only where our own records hold this very number or postal address beside it: nobody talks an agent into somebody else's data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from datamap import reach
from rights_requests import correspondence_by_post as letters
from rights_requests import tokens
from rights_requests.enums import LinkPurpose, Status
from rights_requests.models import Link
from rights_requests.services.beginning import begin
from rights_requests.services.moving import lock
from rights_requests.services.persons import person_for
from rights_requests.workflow import CannotNow, TransitionNotAllowed
from subjects import selectors as subjects_selectors
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import suppressed_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from audit.actor import Actor
    from rights_requests.models import RightsRequest


class CodeNotRight(CannotNow):
    message = _("This is not the code of our letter, or it was used, is too old, or was tried too often: then only a new letter helps.")


class NotShown(CannotNow):
    message = _("Type the code of our letter, or call the person back at the number that they gave.")


class NotOnFile(CannotNow):
    """Said alike whether the address is unknown or somebody else's."""

    message = _("Our records hold no such address together with the number or the postal address that was just confirmed.")


def ask(cases: Sequence[RightsRequest], *, at: datetime) -> None:
    """One code that confirms the requests of one message, and the letter that carries it. Who gave a number alone is called."""
    if not cases or not cases[0].postal_address:
        return
    code = tokens.new_postal_code()
    expires_at = at + settings.RIGHTS["post_code_life"]
    for case in cases:
        case.links.filter(purpose=LinkPurpose.POST, used_at=None).delete()
        digest = tokens.digest_of_postal_code(reference=case.reference, code=code)
        Link.objects.create(request=case, purpose=LinkPurpose.POST, digest=digest, made_at=at, expires_at=expires_at)
    letters.identity_asked(cases, code=code, until=expires_at, at=at)


def show_identity(
    *, request_id: UUID, code: str = "", is_called_back: bool = False, known_by: str = "", actor: Actor, at: datetime
) -> RightsRequest:
    """The person named the ``code`` of our letter, or answered at the number that they gave. ``known_by`` is the address under which
    our records have them; without one, what is theirs is found by nothing, and the answer says that we hold nothing.

    Every try of a code counts before it is looked at, and stays counted when it fails, for whatever reason.

    Raises:
        NotShown: neither.
        CodeNotRight: another code, or one that was tried too often.
        NotOnFile: the records do not hold both.
        TransitionNotAllowed: it is confirmed, has ended, or its person has a mailbox to show.
    """
    may_try = bool(code.strip()) and _count_try(request_id, at=at)
    with transaction.atomic():
        rights_request = lock(request_id)
        if rights_request.email or rights_request.status != Status.AWAITING_IDENTITY:
            raise TransitionNotAllowed
        channel = _shown(rights_request, code=code, may_try=may_try, is_called_back=is_called_back, at=at)
        _begin(rights_request, channel, known_by=known_by, actor=actor, at=at)
    return rights_request


def _begin(rights_request: RightsRequest, channel: tuple[IdentifierKind, str], *, known_by: str, actor: Actor, at: datetime) -> None:
    method = IdentityMethod.KNOWN_CHANNEL if known_by.strip() else IdentityMethod.GIVEN_CHANNEL
    if known_by.strip():
        _refuse_unless_on_file(known_by, channel)
        rights_request.subject = person_for(proofs=[(IdentifierKind.EMAIL, known_by)], method=IdentityMethod.DESK, at=at)
        kind, value = channel
        # Others may be reached there too: it is theirs beside this address, and stands for nobody by itself.
        subjects.add_identifier(subject_id=rights_request.subject.pk, kind=kind, value=value, method=method, at=at)
    else:
        rights_request.subject = person_for(proofs=[channel], method=method, at=at)
    audit.record(
        action="identity.shown_without_mail",
        about=rights_request.reference,
        actor=actor,
        at=at,
        channel=channel[0].value,
        is_on_file=bool(known_by.strip()),
    )
    rights_request.links.filter(purpose=LinkPurpose.POST, used_at=None).delete()
    begin(rights_request, method=method, actor=actor, at=at)


@transaction.atomic(durable=True)
def _count_try(request_id: UUID, *, at: datetime) -> bool:
    """Whether the code of the newest letter may be tried once more; of many tries at once no more than are left."""
    usable = Link.objects.filter(request=request_id, purpose=LinkPurpose.POST, used_at=None, expires_at__gt=at)
    return bool(usable.filter(tries__lt=settings.RIGHTS["code_tries"]).update(tries=F("tries") + 1))


def _shown(rights_request: RightsRequest, *, code: str, may_try: bool, is_called_back: bool, at: datetime) -> tuple[IdentifierKind, str]:
    if code.strip():
        digest = tokens.digest_of_postal_code(reference=rights_request.reference, code=code)
        known = rights_request.links.filter(purpose=LinkPurpose.POST, digest=digest, used_at=None, expires_at__gt=at)
        if not may_try or not known.update(used_at=at):
            raise CodeNotRight
        return IdentifierKind.POSTAL, rights_request.postal_address
    if not (is_called_back and rights_request.phone):
        raise NotShown
    return IdentifierKind.PHONE, rights_request.phone


def _refuse_unless_on_file(known_by: str, channel: tuple[IdentifierKind, str]) -> None:
    on_file = reach.of(subjects_selectors.as_if_proved(known_by))
    if suppressed_as(*channel) not in {suppressed_as(kind, value) for kind, value in on_file}:
        raise NotOnFile
