"""A write under a key is done once: whoever repeats it is given the answer of the first time."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from api.models import KeptAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from api.models import ApiToken

BODY = "api.answers.body"


class InProgress(Exception):
    """The first write under this key is not finished yet."""


class KeyUsed(Exception):
    """The key was used for something else."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``about`` is the reference of the case that a write made, for as long as the answer is kept."""

    status: int
    content: dict[str, Any]
    about: str = ""
    is_repeated: bool = False


@transaction.atomic
def once(*, token: ApiToken, key: str, written: Callable[[], bytes], deed: Callable[[], Answer], at: datetime) -> Answer:
    """Do what was written, and keep its answer in the same transaction; or give the answer that was given. What raises has done
    nothing, and its key is free. ``written`` is asked once, and after the deed where there is one: a deed may read what comes as it comes.

    Raises:
        InProgress: somebody is at it.
        KeyUsed: the key belongs to another write.
    """
    key_digest = hashlib.sha256(key.encode()).digest()
    if not _is_ours(f"api.answers:{token.pk}:{key_digest.hex()}"):
        raise InProgress
    kept = KeptAnswer.objects.filter(token=token, key_digest=key_digest).first()
    if kept is not None and kept.expires_at > at:
        if not _is_same(bytes(kept.body_digest), written()):
            raise KeyUsed
        return Answer(status=kept.status, content=kept.content, about=kept.about, is_repeated=True)
    if kept is not None:
        kept.delete()
    answer = deed()
    KeptAnswer.objects.create(
        token=token,
        key_digest=key_digest,
        body_digest=_digest_of(written()),
        about=answer.about,
        status=answer.status,
        content=answer.content,
        at=at,
        expires_at=at + settings.API["keep_answers"],
    )
    return answer


def _is_ours(name: str) -> bool:
    """Nobody waits for a lock: whoever comes second is told to come again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        (taken,) = cursor.fetchone()
    return bool(taken)


def _is_same(digest: bytes, written: bytes) -> bool:
    """Under the key of today or one of those before."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(hmac.compare_digest(digest, _digest_of(written, secret)) for secret in secrets)


def _digest_of(written: bytes, secret: str | None = None) -> bytes:
    return salted_hmac(BODY, written, secret=secret, algorithm="sha256").digest()
