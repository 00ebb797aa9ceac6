"""Files of candidates: each encrypted under a key of its own, which lies sealed in its row. Small enough to be held in memory."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pyrage  # type: ignore[import-untyped]
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

SUFFIX = ".age"
#: A file that no row knows belongs to a form that is still being filled in, or to nobody; after a day it is gone.
ORPHANED_AFTER = timedelta(days=1)


class FileUnreadable(FileNotFoundError):
    """The file is gone, or is not what was written."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """``size`` and ``digest`` (SHA-256) are those of the content."""

    file_name: str
    sealed_key: bytes
    size: int
    digest: str


def folder() -> Path:
    path = Path(settings.MEDIA_ROOT) / "applications"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(content: bytes, *, bound_to: UUID) -> Sealed:
    """Encrypt into a new file, flushed to the disk. The key exists nowhere but in what is returned, and fits that row alone."""
    identity = pyrage.x25519.Identity.generate()
    name = secrets.token_hex(16) + SUFFIX
    descriptor = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pyrage.encrypt(content, [identity.to_public()]))
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        discard(name)
        raise
    return Sealed(name, _seal(str(identity), bound_to), len(content), hashlib.sha256(content).hexdigest())


def read(*, file_name: str, sealed_key: bytes, bound_to: UUID) -> bytes:
    """What was given to us.

    Raises:
        FileUnreadable: the file is gone, was changed, or belongs to another row.
    """
    try:
        identity = pyrage.x25519.Identity.from_str(_unseal(sealed_key, bound_to))
        content: bytes = pyrage.decrypt((folder() / file_name).read_bytes(), [identity])
    except (OSError, InvalidToken, pyrage.DecryptError) as error:
        raise FileUnreadable(file_name) from error
    return content


def opened(*, file_name: str, sealed_key: bytes, bound_to: UUID) -> BytesIO:
    return BytesIO(read(file_name=file_name, sealed_key=sealed_key, bound_to=bound_to))


def discard(file_name: str) -> None:
    if file_name:
        (folder() / Path(file_name).name).unlink(missing_ok=True)


def discard_orphans(known: Collection[str], *, at: datetime) -> int:
    """Remove files that are none of the ``known`` and that nobody can be about to use any more."""
    before = (at - ORPHANED_AFTER).timestamp()
    orphans = [path for path in folder().iterdir() if path.name not in known and path.stat().st_mtime < before]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _seal(secret: str, bound_to: UUID) -> bytes:
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(bound_to.bytes + secret.encode())


def _unseal(sealed: bytes, bound_to: UUID) -> str:
    found = _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(bytes(sealed))
    if found[:16] != bound_to.bytes:
        raise InvalidToken
    return found[16:].decode()


@cache
def _box(*secret_keys: str) -> MultiFernet:
    """The first key seals; what any of them sealed is opened."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret_key))) for secret_key in secret_keys])


def _derived(secret_key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"oxyprivacy.recruitment.files.1").derive(secret_key.encode())
