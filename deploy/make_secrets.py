#!/usr/bin/env python3
"""Make the secrets that docker-compose.yml names, once: what is there already stays as it is."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"
ROLES = ("owner", "app", "retention", "hosting")


def main(folder: Path = FOLDER) -> None:
    """Write the files into a folder that only its owner can enter; in there the containers' own users must be able to read them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    _write(folder, {".gitignore": "*\n", "secret_key": secrets.token_urlsafe(50)})
    _write(folder, {f"{role}_password": secrets.token_urlsafe(32) for role in (*ROLES, "postgres")})
    _write(folder, {_url_name(role): _database_url(role, _read(folder, f"{role}_password")) for role in ROLES})
    _write(folder, {"queue_password": secrets.token_urlsafe(32)})
    password = _read(folder, "queue_password")
    _write(folder, {"redis_url": f"redis://:{password}@queue:6379/0", "queue_config": _queue_config(password)})


def _url_name(role: str) -> str:
    return {"app": "database_url", "hosting": "hosting_url"}.get(role, f"database_{role}_url")


def _database_url(role: str, password: str) -> str:
    database = "oxyprivacy_hosting" if role == "hosting" else "oxyprivacy"
    return f"postgresql://oxyprivacy_{role}:{password}@database:5432/{database}"


def _queue_config(password: str) -> str:
    return f"requirepass {password}\nappendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\ndir /data\n"


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            file.chmod(0o644)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
