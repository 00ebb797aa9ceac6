"""Six digits by mail that open a case for a while: ten minutes, five tries, counted across processes."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.actor import Actor
from rights_requests import bells, correspondence, tokens
from rights_requests.models import AccessCode, RightsRequest
from rights_requests.workflow import CannotNow

if TYPE_CHECKING:
    from datetime import datetime


class CodeNotValid(CannotNow):
    """Wrong, too old, used or tried too often: one answer for all of them, and for a reference that does not exist."""

    message = _("The code is not right, or no longer valid. Ask for a new one.")


@transaction.atomic
def ask_code(*, reference: str, at: datetime) -> None:
    """Ask that a code be mailed to the address of the case. The web looks nothing up: the worker does."""
    code = AccessCode.objects.create(reference=tokens.tidy_reference(reference), asked_at=at, expires_at=at + settings.RIGHTS["code_life"])
    bells.ring_code(code.pk)


@transaction.atomic
def answer_code(*, code_id: UUID, at: datetime) -> bool:
    """In the worker: make the code and mail it, when the reference is that of a case. Once, whoever comes first.

    A code whose letter is held back for the day does not exist: nobody could read it, and somebody might guess it. Who has no mailbox
    gets none: it would be over before a letter with it arrives.
    """
    waiting = AccessCode.objects.filter(pk=code_id, is_answered=False, expires_at__gt=at)
    if not waiting.update(is_answered=True):
        return False
    row = AccessCode.objects.get(pk=code_id)
    rights_request = RightsRequest.objects.filter(reference=row.reference, minimised_at=None).exclude(email="").first()
    if rights_request is None:
        return False
    code = tokens.new_code()
    if not correspondence.code(rights_request, code=code, at=at):
        return False
    row.request = rights_request
    row.digest = tokens.digest_of_code(code_id=row.pk, code=code)
    row.expires_at = at + settings.RIGHTS["code_life"]
    row.save(update_fields=["request", "digest", "expires_at"])
    return True


def redeem_code(*, reference: str, code: str, at: datetime) -> RightsRequest:
    """The case that this code opens, once. Only the newest code of a reference counts; every try counts before it is
    looked at, also those that come at the same instant, and stays counted when it fails.

    Raises:
        CodeNotValid: for whatever reason.
    """
    newest = (
        AccessCode.objects.filter(reference=tokens.tidy_reference(reference), is_answered=True)
        .exclude(request=None)
        .order_by("-asked_at", "-id")
        .values("pk")[:1]
    )
    usable = AccessCode.objects.filter(pk__in=newest, used_at=None, expires_at__gt=at, tries__lt=settings.RIGHTS["code_tries"])
    counted = usable.update(tries=F("tries") + 1)
    row = AccessCode.objects.filter(pk__in=newest).select_related("request").first()
    # The same work for a reference without a code, so that the time tells nothing.
    is_right = _is_right(row, code)
    if row is None or row.request is None or not counted or not is_right:
        raise CodeNotValid
    return _use(row, at=at)


def _is_right(row: AccessCode | None, code: str) -> bool:
    nobody = UUID(int=0)
    digest = tokens.digest_of_code(code_id=row.pk if row else nobody, code=code)
    return hmac.compare_digest(digest, bytes(row.digest) if row else bytes(len(digest)))


@transaction.atomic
def _use(row: AccessCode, *, at: datetime) -> RightsRequest:
    if row.request is None or not AccessCode.objects.filter(pk=row.pk, used_at=None).update(used_at=at):
        raise CodeNotValid
    audit.record(action="access_code.used", about=row.request.reference, actor=Actor.person(), at=at)
    return row.request
