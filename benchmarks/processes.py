"""Processes of ours while they are measured: a worker, a web server, their CPU time and their memory."""

from __future__ import annotations

import compileall
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from oxyprivacy import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
#: As they run in production (see Dockerfile and docker-compose.yml).
WORKER = ("celery", "-A", "oxyprivacy", "-q", "worker", "-c", "2", "-l", "ERROR", "--without-gossip", "--without-mingle")
WEB = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--blocking-threads", "4", "--no-access-log",
       "oxyprivacy.wsgi:application")  # fmt: skip
QUIET = "ignore:You're running the worker with superuser"
READY = 60.0


def _spare_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


#: Of the web server of this process: measures may run beside others.
PORT = _spare_port()


@contextmanager
def worker() -> Iterator[psutil.Process]:
    """One worker with two processes, which is there when it has children."""
    with _started([_python(), "-W", QUIET, "-m", *WORKER], purpose="worker") as process:
        _wait(lambda: len(process.children()) >= 2)
        yield process


@contextmanager
def web(*, workers: int = 1) -> Iterator[psutil.Process]:
    with _started([_python(), "-m", *WEB, "--workers", str(workers), "--port", str(PORT)], purpose="web") as process:
        _wait(_answers)
        yield process


def cpu_seconds(process: psutil.Process) -> float:
    """Of a process and its children, those that ended included."""
    total = 0.0
    for one in _family(process):
        times = one.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def pss_mb(process: psutil.Process) -> float:
    """Memory with what is shared counted by shares, so that sums are true."""
    total = 0
    for one in _family(process):
        rollup = Path(f"/proc/{one.pid}/smaps_rollup").read_text(encoding="ascii")
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def peak_mb() -> float:
    """The most memory that this process ever had. What ``getrusage`` tells begins with that of whoever started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


def forget_peak() -> None:
    """From here on the most memory is counted anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


@contextmanager
def _started(command: list[str], *, purpose: str) -> Iterator[psutil.Process]:
    _compile()
    environment = {**os.environ, "OXYPRIVACY_PROCESS": purpose, "MALLOC_ARENA_MAX": "2"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as started:
        process = psutil.Process(started.pid)
        try:
            yield process
        finally:
            # What they have in hand is no part of the measure, and a worker takes its time to put it away.
            if started.poll() is None:
                for one in _family(process):
                    one.kill()


@cache
def _python() -> str:
    """A Python with what the image installs and no more: what is installed for development would be found, and loaded, by others."""
    lock = ROOT / "requirements" / "production.txt"
    home = environment.load().var / "production" / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    python = home / "bin" / "python"
    if not python.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        uv = Path(sys.executable).with_name("uv")
        made = Path(tempfile.mkdtemp(dir=home.parent))
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, made], check=True)
        options = ["--quiet", "--require-hashes", "--compile-bytecode"]
        sync: list[str | Path] = [uv, "pip", "sync", *options, "--python", made / "bin" / "python", lock]
        # Where this project was set up all of it is kept, and nobody need be asked.
        if subprocess.run([*sync, "--offline"], check=False, capture_output=True).returncode:
            subprocess.run(sync, check=True)
        # Whoever was quicker has made the same.
        if home.exists():
            shutil.rmtree(made)
        else:
            made.rename(home)
    return str(python)


@cache
def _compile() -> None:
    """As the image does: where Python may not write beside its sources, each process would compile them again and keep the memory."""
    for place in ROOT.iterdir():
        if (place / "__init__.py").exists():
            compileall.compile_dir(place, quiet=2)


def _answers() -> bool:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health/", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + READY
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.1)
