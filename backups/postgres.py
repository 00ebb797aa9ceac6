"""``pg_dump`` and ``pg_restore`` as streams, on our own server."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import connection

from backups import left_out
from hosting.postgres import tools

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What these programs say when there is no room, in whatever language the rest is.
_FULL = "No space left on device"
_VARIABLES = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}


class ToolFailed(Exception):
    """A program of PostgreSQL did not do it. ``code`` says why in one word: what it wrote may repeat what people wrote."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def version() -> int:
    """Of the server, as in 170004."""
    connection.ensure_connection()
    return int(connection.connection.server_version)


def dump() -> Iterator[bytes]:
    """Everything as it stood at one instant, in the custom format; what ``left_out`` names without its rows. The archive compresses it.

    Raises:
        ToolFailed: it broke off; what came so far is no backup.
        hosting.postgres.connecting.ServerRefused: no program is as new as the server.
    """
    command = [tools.program_for("pg_dump", version=version()), "--format=custom", "--compress=0", "--no-password", "--no-owner"]
    command += ["--lock-wait-timeout=60s", *(f"--exclude-schema={schema}" for schema in _other_schemas())]
    command += [f"--exclude-table-data=public.{table}" for table in left_out.tables()]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment(connection.settings_dict["NAME"]), stdout=subprocess.PIPE, stderr=said)
        assert process.stdout is not None
        try:
            while piece := process.stdout.read(tools.PIECE):
                yield piece
            _settle(process, said)
        finally:
            process.stdout.close()
            _end(process)


def fill(database: str, stream: Iterable[bytes], *, tool: int) -> None:
    """Bring a dump into an empty database. ``tool`` is the version of the pg_dump that wrote it: an older pg_restore would not read it.

    Raises:
        ToolFailed: it broke off; what the stream raises is raised. The database holds something, and nothing that counts.
    """
    program = tools.program_for("pg_restore", version=max(version(), tool * 10000))
    command = [program, "--no-password", "--no-owner", "--exit-on-error", f"--dbname={database}"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment(database), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        assert process.stdin is not None
        try:
            for piece in stream:
                try:
                    process.stdin.write(piece)
                except BrokenPipeError:
                    break
            _close(process.stdin)
            _settle(process, said)
        finally:
            # Killed before it meets the end of what it reads: half a dump must not look like a whole one to it.
            _end(process)
            _close(process.stdin)


def tool_version() -> int:
    return tools.version_of(tools.program_for("pg_dump", version=version()))


def environment(database: str) -> dict[str, str]:
    """Through libpq's variables: an argument would show the password to everyone who lists processes."""
    here: dict[str, Any] = connection.settings_dict
    given = {variable: str(here[name]) for name, variable in _VARIABLES.items() if here.get(name)}
    given |= {f"PG{name.upper()}": str(value) for name, value in here.get("OPTIONS", {}).items() if name.startswith("ssl")}
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGDATABASE": database, "PGCONNECT_TIMEOUT": "10", "PGCLIENTENCODING": "UTF8"} | given


def _other_schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')")
        return sorted(row[0] for row in cursor.fetchall())


def _settle(process: subprocess.Popen[bytes], said: Any) -> None:
    if process.wait() == 0:
        return
    said.seek(0)
    raise ToolFailed("full" if _FULL in said.read().decode(errors="replace") else "refused")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def _close(stream: Any) -> None:
    with suppress(BrokenPipeError):
        stream.close()
