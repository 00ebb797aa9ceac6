"""The embedded PostgreSQL: made once, started as our own child, met over a Unix socket with passwords of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg2

from oxyprivacy.embedded import processes
from oxyprivacy.embedded.errors import EmbeddedServerError, log_tail
from oxyprivacy.embedded.launch import launch
from oxyprivacy.embedded.layout import POSTGRES_SOCKET
from oxyprivacy.embedded.place import ROLES_MADE, Place
from oxyprivacy.embedded.secrets import Secrets

ROLES = Path(__file__).resolve().parent.parent.parent / "deploy" / "postgres" / "roles.sql"
START_SECONDS = 60.0
#: A fast shutdown ends the sessions in order; an immediate one is what a power cut would do.
STOP_SIGNALS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log must not repeat what people wrote: neither statements, nor the details of an error, nor the error itself.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def find(place: Place) -> int | None:
    """Find our server's process."""
    return processes.find(program=place.engine.postgres("postgres"), argument=str(place.layout.data))


def ensure(place: Place, secrets: Secrets) -> None:
    """Join our server or start it; wait up to a minute until it answers, and make the roles and the database once.

    Raises:
        EmbeddedServerError: it does not start or does not answer.
    """
    started = None
    if find(place) is None:
        _make_data(place, secrets)
        _clear_leftovers(place)
        started = _start(place)
    log = place.layout.logs / "postgres.log"
    if not processes.wait_until(lambda: _answers(place, secrets) or _has_gone(place, started), seconds=START_SECONDS):
        message = f"PostgreSQL does not answer after {START_SECONDS:.0f} seconds: {log_tail(log)} ({log})"
        raise EmbeddedServerError(message)
    if _has_gone(place, started):
        message = f"PostgreSQL did not start: {log_tail(log)} ({log})"
        raise EmbeddedServerError(message)
    _make_roles(place, secrets)


def _has_gone(place: Place, started: subprocess.Popen[bytes] | None) -> bool:
    """Our own child is asked itself: in the moment of its start it has no command line yet."""
    return find(place) is None if started is None else started.poll() is not None


def stop(place: Place) -> None:
    """Stop our server if it runs."""
    pid = find(place)
    if pid is not None:
        processes.end(pid, signals=STOP_SIGNALS)


def _make_data(place: Place, secrets: Secrets) -> None:
    """Make the data folder beside its place and move it there whole, so that a kill leaves all of it or none."""
    data = place.layout.data
    if data.exists():
        _refuse_other_version(place)
        return
    draft = data.with_suffix(".new")
    shutil.rmtree(draft, ignore_errors=True)
    place.own(draft)
    password = _password_file(place, secrets.postgres)
    command = [
        str(place.engine.postgres("initdb")), "--pgdata", str(draft), "--username=postgres", f"--pwfile={password}",
        "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
    ]  # fmt: skip
    log = place.layout.logs / "initdb.log"
    try:
        code = launch(place, command, log=log).wait()
    finally:
        password.unlink()
    if code != 0:
        message = f"initdb failed: {log_tail(log)} ({log})"
        raise EmbeddedServerError(message)
    draft.rename(data)


def _password_file(place: Place, password: str) -> Path:
    file = place.layout.home / "initdb.password"
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(password)
        if place.user is not None and place.group is not None:
            os.fchown(stream.fileno(), place.user, place.group)
    return file


def _refuse_other_version(place: Place) -> None:
    kept = (place.layout.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    if kept != "18":
        message = f"{place.layout.data} was made by PostgreSQL {kept}, and the embedded one is 18: dump it with the old one first."
        raise EmbeddedServerError(message)


def _clear_leftovers(place: Place) -> None:
    """After a SIGKILL: end sessions that outlived their server, then drop the lock files whose number may be anybody's by now."""
    if not processes.HAS_PROC:
        return
    for pid in processes.working_in(place.layout.data):
        processes.end(pid, signals=((signal.SIGKILL, 10.0),))
    for file in (place.layout.data / "postmaster.pid", place.layout.sockets / f"{POSTGRES_SOCKET}.lock"):
        file.unlink(missing_ok=True)


def _start(place: Place) -> subprocess.Popen[bytes]:
    settings = SETTINGS | {"unix_socket_directories": '"{}"'.format(str(place.layout.sockets).replace('"', '""'))}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(place.engine.postgres("postgres")), "-D", str(place.layout.data), *options]
    return launch(place, command, log=place.layout.logs / "postgres.log")


def _answers(place: Place, secrets: Secrets) -> bool:
    url = place.layout.database_url(role="postgres", password=secrets.postgres, database="postgres")
    try:
        with closing(psycopg2.connect(url, connect_timeout=5)):
            return True
    except psycopg2.OperationalError as error:
        if "password authentication failed" in str(error):
            message = f"The embedded PostgreSQL in {place.layout.data} was made with other passwords than {place.layout.var} holds."
            raise EmbeddedServerError(message) from error
        return False


def _make_roles(place: Place, secrets: Secrets) -> None:
    """Run the same file that production runs; it changes nothing the second time, and a mark saves running it again."""
    mark = place.layout.home / ROLES_MADE
    text = ROLES.read_text(encoding="utf-8")
    if mark.exists() and mark.read_text(encoding="utf-8") == text:
        return
    url = place.layout.database_url(role="postgres", password=secrets.postgres, database="postgres")
    passwords = {
        "OXYPRIVACY_OWNER_PASSWORD": secrets.owner,
        "OXYPRIVACY_APP_PASSWORD": secrets.app,
        "OXYPRIVACY_RETENTION_PASSWORD": secrets.retention,
        "OXYPRIVACY_HOSTING_PASSWORD": secrets.hosting,
    }
    made = subprocess.run(
        [place.engine.postgres("psql"), "--no-psqlrc", "--quiet", "--file", ROLES],
        env=_client_environment(url) | passwords, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        message = f"The database roles could not be made: {made.stderr.strip().splitlines()[-1]}"
        raise EmbeddedServerError(message)
    mark.write_text(text, encoding="utf-8")


def _client_environment(url: str) -> dict[str, str]:
    """Name the server through libpq's variables: an argument would show the password to everyone who lists processes."""
    parts = psycopg2.extensions.parse_dsn(url)
    return {
        "PATH": os.defpath,
        "PGHOST": parts["host"],
        "PGUSER": parts["user"],
        "PGPASSWORD": parts["password"],
        "PGDATABASE": parts["dbname"],
        "PGCLIENTENCODING": "UTF8",
    }
