"""How a request comes in: the same rows and letters for every address, known or not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import services as audit
from audit.actor import Actor
from datamap import pan
from datamap import selectors as datamap_selectors
from rights_requests import deadlines, establishments, tokens
from rights_requests.attachments import Checked
from rights_requests.enums import Channel, Requester, Right, Status
from rights_requests.models import IdentityClaim, RightsRequest
from rights_requests.services import attaching, by_post, links, mandates, objecting
from rights_requests.services.beginning import begin
from rights_requests.services.mandates import MandateDraft
from rights_requests.services.persons import person_for
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.identifiers import normalise_email

#: References are drawn at random from a thousand million; this many draws never all meet one in use.
DRAWS = 8


class Said(TypedDict):
    """What a message says of who asks, and how it came."""

    requester: Requester
    name: str
    email: str
    phone: NotRequired[str]
    postal_address: NotRequired[str]
    text: str
    claims: NotRequired[str]
    language: str
    country: NotRequired[str]
    channel: Channel
    system: NotRequired[str]
    account_id: NotRequired[UUID | None]
    purposes: NotRequired[Sequence[str]]
    restriction_ground: NotRequired[str]
    mandate: NotRequired[MandateDraft | None]
    files: NotRequired[Sequence[Checked]]
    actor: Actor
    received_at: datetime
    at: datetime


@transaction.atomic
def file_request(*, right: Right, **said: Unpack[Said]) -> RightsRequest:
    """Write the case of one right down, see ``file_message``; of an objection that makes two cases, the one that goes on.

    Raises:
        PurposeNotObjectable: there is no objection to one of the purposes.
    """
    return file_message(rights=[right], **said)[-1]


@transaction.atomic
def file_message(*, rights: Collection[Right], **said: Unpack[Said]) -> list[RightsRequest]:
    """Write down one message: a case for each right, all with its date. Nobody looks the address up: that is the worker's, once
    identity is shown.

    Without ``account_id`` one link for all of them goes to ``email`` and proves that mailbox alone. With it (signed in,
    address verified) the identity is shown and the sources are asked at once. ``claims`` is a further address, number or the
    like that the person says is theirs: a task for the desk. The clock runs from ``received_at``, whenever it is written down, by
    the calendar of ``country``, the establishment that answers, see ``establishments``: only staff name one.

    Somebody who wrote or called and has no e-mail address gives a ``postal_address``, where a code goes, or a ``phone`` at which they
    are called back: see ``by_post``.

    An objection (``purposes``) against direct marketing is done at once; one that is against other uses too makes two cases.
    ``mandate`` is who asks for the person, whose ``name`` and ``email`` these are: the link still goes to the person. ``files`` came
    with the message: each case has its own copy, which goes with it.

    Raises:
        PurposeNotObjectable: there is no objection to one of the purposes.
    """
    actor, at, columns = said["actor"], said["at"], _columns(said)
    filed = [
        _file(
            right=right,
            claims=said.get("claims", "").strip(),
            purposes=codes,
            is_absolute=is_absolute,
            restriction_ground=said.get("restriction_ground", "") if right == Right.RESTRICTION else "",
            mandate=said.get("mandate"),
            actor=actor,
            at=at,
            **columns,
        )
        for right in Right
        if right in rights
        for codes, is_absolute in objecting.cases_of(right, said.get("purposes", ()) if right == Right.OBJECTION else ())
    ]
    for case in filed:
        attaching.attach(case, said.get("files", ()), actor=actor, at=at)
    waiting = [case for case in filed if case.status == Status.AWAITING_IDENTITY]
    if said["email"].strip():
        links.send_together(waiting, at=at)
    else:
        by_post.ask(waiting, at=at)
    return filed


def _columns(said: Said) -> dict[str, Any]:
    """What every case of the message says alike: no card number in any of it."""
    return {
        "requester": said["requester"],
        "name": pan.mask(said["name"].strip())[:120],
        "email": normalise_email(said["email"]),
        "phone": said.get("phone", "").strip(),
        "postal_address": pan.mask(said.get("postal_address", "").strip()),
        "text": pan.mask(said["text"].strip()),
        "language": said["language"],
        "country": establishments.answering(said["channel"], chosen=said.get("country", "")),
        "channel": said["channel"],
        "system": said.get("system", ""),
        "account_id": said.get("account_id"),
        "received_at": said["received_at"],
    }


def _file(*, claims: str, mandate: MandateDraft | None, actor: Actor, at: datetime, **said: Any) -> RightsRequest:
    rights_request = _insert(at=at, **said)
    if mandate is not None:
        mandates.claim(rights_request, mandate)
    audit.record(
        action="rights_request.filed",
        about=rights_request.reference,
        actor=actor,
        at=at,
        right=rights_request.right,
        channel=rights_request.channel,
    )
    if rights_request.is_absolute:
        objecting.act_at_once(rights_request, claims=claims, actor=actor, at=at)
        return rights_request
    if claims:
        IdentityClaim.objects.create(request=rights_request, value=pan.mask(claims)[:254], made_at=at)
    if rights_request.account_id is not None:
        _confirm_signed_in(rights_request, account_id=rights_request.account_id, actor=actor, at=at)
    return rights_request


def _insert(*, received_at: datetime, at: datetime, country: str, language: str, **fields: object) -> RightsRequest:
    received_on = timezone.localdate(received_at)
    deadline = deadlines.due(received_on, country=country)
    for draw in range(DRAWS):
        try:
            with transaction.atomic():
                return RightsRequest.objects.create(
                    reference=tokens.new_reference(),
                    received_at=received_at,
                    received_on=received_on,
                    due_on=deadline.due_on,
                    first_due_on=deadline.first_due_on,
                    strict_on=deadline.strict_on,
                    due_working=deadline.as_rows(),
                    country=country,
                    language=language,
                    policy_version=datamap_selectors.policy_in_force(on=received_on, language=language),
                    status_since=at,
                    **fields,
                )
        except IntegrityError:
            if draw == DRAWS - 1:
                raise
    raise AssertionError


def _confirm_signed_in(rights_request: RightsRequest, *, account_id: UUID, actor: Actor, at: datetime) -> None:
    rights_request.subject = person_for(
        proofs=[(IdentifierKind.ACCOUNT, str(account_id)), (IdentifierKind.EMAIL, rights_request.email)],
        method=IdentityMethod.SIGNED_IN,
        at=at,
    )
    begin(rights_request, method=IdentityMethod.SIGNED_IN, actor=actor, at=at)
