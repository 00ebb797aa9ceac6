"""The Ed25519 key that signs seals: a file of the worker, its public half beside it under the key's own name.

Whoever checks seals needs only ``<key id>.pub``; a key that is replaced leaves its public half there.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

PRIVATE = "audit-seal.key"


def folder() -> Path:
    return Path(settings.ENVIRONMENT.var) / "keys"


def private_key() -> Ed25519PrivateKey:
    """Read our key, or make it; two processes that start at once get the same one."""
    file = folder() / PRIVATE
    if not file.exists():
        _make(file)
    key = Ed25519PrivateKey.from_private_bytes(file.read_bytes())
    public = _raw(key.public_key())
    _lay(folder() / f"{key_id(public)}.pub", public, mode=0o644)
    return key


def key_id(public: bytes) -> str:
    """The name of a key: the first half of the SHA-256 of its public bytes."""
    return hashlib.sha256(public).hexdigest()[:32]


def sign(message: bytes) -> tuple[str, bytes]:
    """Sign, and say with which key."""
    key = private_key()
    return key_id(_raw(key.public_key())), key.sign(message)


def public_key(name: str) -> bytes | None:
    """The public key of this name, or None; a file that holds another key is none."""
    with suppress(FileNotFoundError):
        public = (folder() / f"{name}.pub").read_bytes()
        return public if key_id(public) == name else None
    return None


def is_signed(*, message: bytes, signature: bytes, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _lay(file, Ed25519PrivateKey.generate().private_bytes_raw(), mode=0o600)


def _lay(file: Path, content: bytes, *, mode: int) -> None:
    """Put the whole file there unless there is one: who was first, was."""
    if file.exists():
        return
    draft = file.with_name(f"{file.name}.{uuid4().hex}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(draft, file)
    finally:
        draft.unlink()


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()
