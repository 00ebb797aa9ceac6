"""The mailing service (Mailchimp): what ends here ends there, and what was ended there ends here.

What it must be told is a row, written in the transaction of what it follows from, and sent afterwards until it is carried out. Without a list of
ours in the settings nothing is written; without a key nothing is sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from audit import services as audit
from audit.actor import Actor
from connectors.enums import CallStatus, CallVerb
from connectors.models import MailCall, MailEvent
from connectors.outside import faults, http
from connectors.outside.faults import SystemAway
from datamap import gate
from datamap.purposes import NEWSLETTER, PURPOSES, RIGHTS
from subjects.identifiers import normalise_email, suppression_digest, suppression_digests
from subjects.suppressing import suppress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

logger = logging.getLogger(__name__)

HOUSE = Actor.system("connectors.mailing")
#: What we heard from the service itself is not told back to it.
FROM_THERE = "mailchimp:"
#: The data centre stands behind the key.
KEY = re.compile(r"[0-9A-Za-z]{8,64}-(?P<centre>[a-z]{2,4}[0-9]{1,3})")
ATTEMPTS = 14
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
#: Members are called by the MD5 of their address there: a name, and no protection.
_DONE = frozenset({200, 204})
#: Nobody there of this address, or set aside already: what was to be reached is so.
_SO_ALREADY = {CallVerb.UNSUBSCRIBE: {404}, CallVerb.ARCHIVE: {404, 405}, CallVerb.DELETE: {404}}


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the service's webhook."""

    kind: str
    fired_at: str
    list: str
    email: str


def is_configured() -> bool:
    return bool(settings.MAILCHIMP["list"])


def tell(values: Iterable[str], *, verb: CallVerb, about: str = "", at: datetime) -> int:
    """Write down that the service is to be told of these addresses, inside the caller's transaction. What waits already is not written twice."""
    if not is_configured():
        return 0
    found = list(dict.fromkeys(normalise_email(value) for value in values))
    waiting = set(MailCall.objects.filter(verb=verb, email__in=found, status=CallStatus.WAITING).values_list("email", flat=True))
    calls = [
        MailCall(verb=verb, email=email, digest=suppression_digest(email), about=about, created_at=at, next_try_at=at)
        for email in found
        if email not in waiting
    ]
    return len(MailCall.objects.bulk_create(calls))


def suppressed(email: str, purposes: Collection[str], about: str, at: datetime) -> None:
    """Somebody objected to marketing here, or took back a consent: nothing of the kind leaves from there either."""
    if not about.startswith(FROM_THERE) and any(code not in PURPOSES or PURPOSES[code].is_marketing for code in purposes):
        tell([email], verb=CallVerb.UNSUBSCRIBE, about=about, at=at)


@transaction.atomic
def hear(heard: Heard, *, at: datetime) -> bool:
    """Take a message of the webhook: an address that was unsubscribed there is not written to from here, from this transaction on. Whether it
    was new; everything else that the service tells is left alone.
    """
    email = normalise_email(heard.email)
    if heard.kind != "unsubscribe" or heard.list != settings.MAILCHIMP["list"] or "@" not in email or len(email) > 254:
        return False
    word = f"{heard.kind}\x1f{heard.fired_at}\x1f{heard.list}\x1f{email}"
    if MailEvent.objects.filter(digest__in=suppression_digests(word)).exists():
        return False
    digest = suppression_digest(word)
    made = MailEvent.objects.bulk_create([MailEvent(digest=digest, kind=heard.kind, at=at)], ignore_conflicts=True)
    about = f"{FROM_THERE}{digest.hex()[:32]}"
    suppress(value=email, purposes={NEWSLETTER.code}, about=about, actor=Actor.person(), at=at)
    audit.record(action="mail_event.heard", about=about, actor=HOUSE, at=at, kind=heard.kind)
    return bool(made)


def send_due(*, at: datetime) -> int:
    """Tell the service what is due; how many calls were carried out. Two workers share the work."""
    if not (is_configured() and settings.MAILCHIMP["key"]):
        return 0
    due = MailCall.objects.filter(status=CallStatus.WAITING, next_try_at__lte=at).order_by("next_try_at")
    keys = list(due.values_list("pk", flat=True)[: settings.MAILCHIMP["at_once"]])
    return sum(_send_one(key, at=at) for key in keys)


@transaction.atomic
def _send_one(key: UUID, *, at: datetime) -> bool:
    """The row is locked while the call is under way. Each call may be repeated: whoever dies before it is written down does it again."""
    call = MailCall.objects.select_for_update(skip_locked=True).filter(pk=key, status=CallStatus.WAITING, next_try_at__lte=at).first()
    if call is None:
        return False
    # Nothing stops what the law wants told; it is asked all the same, as before whatever leaves.
    gate.require(gate.may_write_to(email=call.email, purpose=RIGHTS))
    verb = CallVerb(call.verb)
    try:
        status = _called(verb, call.email)
    except SystemAway as away:
        return _try_again(call, away.code, at=at)
    if status not in _DONE | _SO_ALREADY[verb]:
        return _try_again(call, f"http-{status}", at=at)
    call.status, call.email, call.error, call.done_at = CallStatus.DONE, "", "", at
    call.save(update_fields=["status", "email", "error", "done_at"])
    audit.record(action="mail_call.done", about=f"connectors.mailcall:{call.pk}", actor=HOUSE, at=at, verb=verb.value, http=status)
    return True


def _try_again(call: MailCall, error: str, *, at: datetime) -> bool:
    logger.warning("Call %s to the mailing service failed: %s.", call.pk, error)
    call.attempts += 1
    call.error = error
    call.next_try_at = at + min(FIRST_WAIT * (1 << call.attempts - 1), LONGEST_WAIT)
    if call.attempts >= ATTEMPTS:
        call.status = CallStatus.STUCK
        audit.record(action="mail_call.stuck", about=f"connectors.mailcall:{call.pk}", actor=HOUSE, at=at, error=error)
    call.save(update_fields=["attempts", "error", "next_try_at", "status"])
    return False


def _called(verb: CallVerb, email: str) -> int:
    """As the service's own client does it; nothing here can make a member anew."""
    member = f"/lists/{settings.MAILCHIMP['list']}/members/{member_of(email)}"
    method, path, content = {
        CallVerb.UNSUBSCRIBE: ("PATCH", member, {"status": "unsubscribed"}),
        CallVerb.ARCHIVE: ("DELETE", member, None),
        CallVerb.DELETE: ("POST", f"{member}/actions/delete-permanent", None),
    }[verb]
    word = base64.b64encode(f"user:{settings.MAILCHIMP['key']}".encode()).decode()
    headers = {"Authorization": f"Basic {word}", "Accept": "application/json", "User-Agent": "oxyprivacy"}
    body = b"" if content is None else json.dumps(content).encode()
    if body:
        headers["Content-Type"] = "application/json"
    return http.call(method, f"{_root()}{path}", headers=headers, body=body, seconds=settings.MAILCHIMP["seconds"]).status


def member_of(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def _root() -> str:
    found = KEY.fullmatch(settings.MAILCHIMP["key"])
    if found is None:
        raise SystemAway(faults.NOT_CONFIGURED)
    return f"https://{found['centre']}.api.mailchimp.com/3.0"


def stuck() -> int:
    return MailCall.objects.filter(status=CallStatus.STUCK).count()
