#!/usr/bin/env python3
"""Make the secrets that docker-compose.yml names, once: what is there already stays as it is."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"
ROLES = ("owner", "app", "retention", "hosting")
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def main(folder: Path = FOLDER) -> None:
    """Write the files into a folder that only its owner can enter; in there the containers' own users must be able to read them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    _write(folder, {".gitignore": "*\n", "secret_key": secrets.token_urlsafe(50)})
    _write(folder, {"archive_key": _age_key()})
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


def _age_key() -> str:
    """What ``age-keygen`` would make: 32 random bytes in Bech32."""
    kind = "age-secret-key-"
    number = int.from_bytes(secrets.token_bytes(32), "big") << 4
    values = [number >> shift & 31 for shift in range(255, -1, -5)]
    prefix = [ord(letter) >> 5 for letter in kind] + [0] + [ord(letter) & 31 for letter in kind]
    check = _checksum([*prefix, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> shift & 31 for shift in range(25, -1, -5)]
    return f"{kind}1{''.join(BECH32[value] for value in values)}".upper()


def _checksum(values: list[int]) -> int:
    found = 1
    for value in values:
        top, found = found >> 25, (found & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            found ^= generator if top >> bit & 1 else 0
    return found


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
