"""Passwords of the embedded servers and the demo's secret key: made once, kept in ``var/`` for their owner alone."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import pyrage  # type: ignore[import-untyped]

from oxyprivacy.embedded.locks import locked

FILE = "secrets.json"


def _password() -> str:
    return secrets.token_urlsafe(32)


def _archive_key() -> str:
    return str(pyrage.x25519.Identity.generate())


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """One set for one ``var/``: whoever deletes the folder starts over, and meets no database with other passwords."""

    instance: str = field(default_factory=lambda: secrets.token_hex(8))
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(50))
    postgres: str = field(default_factory=_password)
    owner: str = field(default_factory=_password)
    app: str = field(default_factory=_password)
    retention: str = field(default_factory=_password)
    hosting: str = field(default_factory=_password)
    sales: str = field(default_factory=_password)
    archive: str = field(default_factory=_archive_key)

    @classmethod
    def at(cls, var: Path) -> Self:
        """Read the secrets of `var`, or make them; two processes that start at once get the same ones.

        Raises:
            PermissionError: the folder or the file belongs to somebody else.
        """
        file = var / FILE
        kept = _read(file)
        if kept.keys() == cls.__dataclass_fields__.keys():
            return cls(**kept)
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(var / f"{FILE}.lock"):
            kept = _read(file)
            # A folder of before lacks what was added since.
            if kept.keys() != cls.__dataclass_fields__.keys():
                _write(file, json.dumps(asdict(cls(**kept)), indent=1))
        return cls(**_read(file))


def _read(file: Path) -> dict[str, str]:
    """What is kept; nothing before the first time."""
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return kept


def _write(file: Path, text: str) -> None:
    """Put the whole file there at once: a reader meets all of it or none."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
