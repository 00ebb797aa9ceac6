"""``pg_dump`` and ``pg_restore`` as streams, on our own server."""

from __future__ import annotations

import subprocess
import tempfile
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
            with process.stdout:
                while piece := process.stdout.read(tools.PIECE):
                    yield piece
                _settle(process, said)
        finally:
            tools.end(process)


def fill(database: str, stream: Iterable[bytes], *, tool: int) -> None:
    """Bring a dump into an empty database. ``tool`` is the version of the pg_dump that wrote it: an older pg_restore would not read it.

    Raises:
        ToolFailed: it broke off; what the stream raises is raised. The database holds something, and nothing that counts.
    """
    program = tools.program_for("pg_restore", version=max(version(), tool * 10000))
    command = [program, "--no-password", "--no-owner", "--exit-on-error", f"--dbname={database}"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment(database), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        try:
            tools.feed(process, stream)
            _settle(process, said)
        finally:
            tools.end(process)


def tool_version() -> int:
    return tools.version_of(tools.program_for("pg_dump", version=version()))


def environment(database: str) -> dict[str, str]:
    here: dict[str, Any] = connection.settings_dict
    given = {variable: str(here[name]) for name, variable in _VARIABLES.items() if here.get(name)}
    given |= {f"PG{name.upper()}": str(value) for name, value in here.get("OPTIONS", {}).items() if name.startswith("ssl")}
    return tools.environment(database, given)


def _other_schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')")
        return sorted(row[0] for row in cursor.fetchall())


def _settle(process: subprocess.Popen[bytes], said: Any) -> None:
    if process.wait() == 0:
        return
    said.seek(0)
    raise ToolFailed("full" if _FULL in said.read().decode(errors="replace") else "refused")
