"""Where the embedded servers of one ``var/`` live, and under which addresses they are met."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

DATABASE = "oxyprivacy"
SYSTEM_USER = "oxyprivacy"
#: PostgreSQL refuses to run as root, and a system user cannot look into root's folders.
SYSTEM_HOME = Path("/var/lib/oxyprivacy")
#: The longest path of a Unix socket that both Linux (107 bytes) and macOS (103) take.
LONGEST_SOCKET = 100
POSTGRES_SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The folders of one instance. ``home`` is ``var/`` itself, or a system folder named after the clone when root runs it."""

    var: Path
    home: Path
    sockets: Path
    is_root: bool

    @classmethod
    def of(cls, *, var: Path, instance: str) -> Self:
        """Work the places out; nothing is created.

        A deleted and re-made ``var/`` has another `instance`, so root's system folder never holds a database with older passwords.
        """
        is_root = os.geteuid() == 0
        digest = hashlib.sha256(f"{var.resolve()}\0{instance}".encode()).hexdigest()[:10]
        home = SYSTEM_HOME / f"{_clone_name(var)}-{digest}" if is_root else var
        return cls(var=var, home=home, sockets=_sockets(home, digest), is_root=is_root)

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def queue(self) -> Path:
        return self.home / "valkey"

    @property
    def engine(self) -> Path:
        return self.home / "engine"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def queue_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def database_url(self, *, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{password}@{quote(str(self.sockets), safe='')}/{database}"

    def redis_url(self, *, number: int) -> str:
        return f"unix://{quote(str(self.queue_socket))}?db={number}"


def _clone_name(var: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", var.resolve().parent.name)[:24].strip("-.") or "clone"


def _sockets(home: Path, digest: str) -> Path:
    """Name the folder of the sockets: in the home, or a short one when the home's path is too long for a socket."""
    near = home / "sockets"
    if len(os.fsencode(near / f"{POSTGRES_SOCKET}.lock")) <= LONGEST_SOCKET:
        return near
    return Path("/tmp") / f"oxyprivacy-{os.geteuid()}-{digest}"  # noqa: S108 - made with mode 0700, and refused if somebody else made it
