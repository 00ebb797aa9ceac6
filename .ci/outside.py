"""Run a command against an installed PostgreSQL and a real Redis, both started here on spare ports of loopback and ended by their ids."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = 15
START_SECONDS = 60.0


def main(command: Sequence[str]) -> int:
    """Give the command's own exit code."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oxyprivacy-ci-")))
        user = _ordinary_user()
        if user is not None:
            os.chown(folder, user, -1)
        database = stack.enter_context(_postgres(folder, user))
        queue = stack.enter_context(_redis(folder, user))
        return subprocess.run(command, env=os.environ | database | queue, cwd=ROOT, check=False).returncode


@contextmanager
def _postgres(folder: Path, user: int | None) -> Iterator[dict[str, str]]:
    programs = _oldest_postgres()
    passwords = {role: secrets.token_urlsafe(24) for role in ("postgres", "owner", "app", "retention", "hosting")}
    data, port = folder / "postgres", _spare_port()
    password = folder / "password"
    password.write_text(passwords["postgres"], encoding="utf-8")
    password.chmod(0o644)  # in a folder that only the servers' user can enter
    options = ["--username=postgres", f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
    initdb: list[str | Path] = [programs / "initdb", "--pgdata", data, "--no-sync", *options]
    subprocess.run(initdb, user=user, cwd="/", stdout=subprocess.DEVNULL, check=True)
    settings = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "fsync=off", "-c", "log_min_messages=fatal"]
    server: list[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *settings]
    administrator = {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres", "PGPASSWORD": passwords["postgres"]}
    with _running(server, user=user):
        _await([programs / "pg_isready", "--quiet"], administrator)
        roles = {f"OXYPRIVACY_{role.upper()}_PASSWORD": password for role, password in passwords.items()}
        psql: list[str | Path] = [
            programs / "psql",
            "--no-psqlrc",
            "--quiet",
            "--file",
            ROOT / "deploy" / "postgres" / "roles.sql",
            "postgres",
        ]
        subprocess.run(psql, env=os.environ | administrator | roles, check=True)
        _tell(programs / "postgres")
        place = f"127.0.0.1:{port}/oxyprivacy"
        yield {
            "DATABASE_URL": f"postgresql://oxyprivacy_app:{passwords['app']}@{place}",
            "DATABASE_OWNER_URL": f"postgresql://oxyprivacy_owner:{passwords['owner']}@{place}",
            "DATABASE_RETENTION_URL": f"postgresql://oxyprivacy_retention:{passwords['retention']}@{place}",
            "DATABASE_SUPERUSER_URL": f"postgresql://postgres:{passwords['postgres']}@{place}",
            "HOSTING_URL": f"postgresql://oxyprivacy_hosting:{passwords['hosting']}@127.0.0.1:{port}/oxyprivacy_hosting",
        }


@contextmanager
def _redis(folder: Path, user: int | None) -> Iterator[dict[str, str]]:
    program = shutil.which("redis-server") or sys.exit("redis-server is not installed.")
    port = _spare_port()
    options: list[str | Path] = [
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--dir",
        folder,
        "--databases",
        "64",
        "--save",
        "",
        "--loglevel",
        "warning",
    ]
    with _running([program, *options], user=user):
        _await([Path(program).with_name("redis-cli"), "-p", str(port), "ping"], {})
        _tell(Path(program))
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}


@contextmanager
def _running(command: Sequence[str | Path], *, user: int | None) -> Iterator[None]:
    process = subprocess.Popen(command, user=user, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(question: Sequence[str | Path], variables: Mapping[str, str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(question, env=os.environ | dict(variables), capture_output=True, check=False).returncode != 0:
        if time.monotonic() > deadline:
            sys.exit(f"{Path(question[0]).name} had no answer in {START_SECONDS:.0f} seconds.")
        time.sleep(0.1)


def _oldest_postgres() -> Path:
    found = [(int(path.parent.name), path) for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    fit = sorted(pair for pair in found if pair[0] >= OLDEST and (pair[1] / "postgres").exists())
    return fit[0][1] if fit else sys.exit(f"PostgreSQL {OLDEST} or later is not installed.")


def _ordinary_user() -> int | None:
    """PostgreSQL refuses root; Debian's packages bring a user for it."""
    return pwd.getpwnam("postgres").pw_uid if os.geteuid() == 0 else None


def _spare_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _tell(program: Path) -> None:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    print(told.stdout.strip(), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
