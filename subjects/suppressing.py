"""Addresses that are not used for a purpose any more: said once, kept as a keyed hash, never changed, never forgotten.

Nobody's address is looked up here: the same rows are written for every address, known or not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max

from audit.enums import ActorKind
from audit.services import record
from subjects.enums import IdentifierKind, SuppressionState
from subjects.identifiers import key_name, key_names, suppressed_as, suppression_digest, suppression_digests
from subjects.models import Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from audit.actor import Actor

#: Told of an address with which something is ended, inside the transaction that says so.
Listener: TypeAlias = "Callable[[str, Collection[str], str, datetime], None]"

_listeners: list[Listener] = []

#: Questions about what was once objected to; then the objection and its end go together.
KEEP_LIFTED = relativedelta(years=1)


def on_suppressed(listener: Listener) -> Listener:
    """Let an app above tell others of it: ``listener(email, purposes, about, at)``. Only addresses of mail are told."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


@transaction.atomic
def suppress(
    *,
    value: str,
    kind: IdentifierKind = IdentifierKind.EMAIL,
    purposes: Collection[str],
    about: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Stop using an address for these purposes, from this transaction on. Saying it again adds a row, and changes nothing.

    ``kind``: what ``value`` is. Somebody who wrote or called may have given a telephone number or a postal address alone.
    """
    years = settings.RIGHTS["keep_suppressions_years"]
    word = suppressed_as(kind, value)
    since = _after_all_that_was_said(word, at=at)
    Suppression.objects.bulk_create(
        Suppression(
            digest=suppression_digest(word),
            key_name=key_name(),
            purpose=purpose,
            about=about,
            since=since,
            expires_at=None if years is None else at + relativedelta(years=years),
        )
        for purpose in sorted(purposes)
    )
    for purpose in sorted(purposes):
        record(action="subject.suppressed", about=about, actor=actor, at=at, purpose=purpose)
    for listener in _listeners if kind == IdentifierKind.EMAIL else ():
        listener(word, purposes, about, at)


def _after_all_that_was_said(word: str, *, at: datetime) -> datetime:
    """The last word counts. One of two servers whose clocks differ may be ahead: a no never stands before the yes that it takes back."""
    last: datetime | None = Suppression.objects.filter(digest__in=suppression_digests(word)).aggregate(last=Max("since"))["last"]
    return at if last is None else max(at, last + timedelta(microseconds=1))


@transaction.atomic
def unsuppress(*, email: str, purpose: str, about: str, actor: Actor, at: datetime) -> None:
    """The person asked us to write again, for exactly this purpose: a row beside the others, under each key that may have
    made one of them. ``about`` is the consent that says so.

    Raises:
        PermissionDenied: staff cannot take back what somebody else said.
    """
    if actor.kind == ActorKind.STAFF:
        raise PermissionDenied
    Suppression.objects.bulk_create(
        Suppression(
            digest=digest,
            key_name=name,
            purpose=purpose,
            state=SuppressionState.LIFTED,
            about=about,
            since=at,
            expires_at=at + KEEP_LIFTED,
        )
        for digest, name in zip(suppression_digests(email), key_names(), strict=True)
    )
    record(action="subject.unsuppressed", about=about, actor=actor, at=at, purpose=purpose)
