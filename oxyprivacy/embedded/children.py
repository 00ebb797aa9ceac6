"""The processes that `make run` keeps alive: started apart, started again when they die, found again after a SIGKILL of everything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oxyprivacy.embedded import processes

STOP_SECONDS = 10.0
#: A child that dies more often than this within a minute has a fault that a restart does not heal.
MOST_STARTS_A_MINUTE = 5


@dataclass
class Child:
    """One process with a name for people, in a process group of its own, which the kernel ends when we die."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it; a web server's own children may have outlived it, and would go on answering beside the new one."""
        if self.process is not None:
            _end_groups({self.process.pid})
        self.starts = [moment for moment in self.starts if moment > time.monotonic() - 60] + [time.monotonic()]
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=processes.die_with_parent,  # noqa: PLW1509 - the starter has one thread
        )

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def is_hopeless(self) -> bool:
        return len(self.starts) >= MOST_STARTS_A_MINUTE


def stop(children: Sequence[Child]) -> None:
    """Ask all at once to stop, wait, then end with force what is left of their groups."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        if process.poll() is None:
            processes.send(process.pid, signal.SIGTERM)
    processes.wait_until(lambda: all(process.poll() is not None for process in running), seconds=STOP_SECONDS)
    _end_groups({process.pid for process in running})
    for process in running:
        process.wait()


def record(children: Sequence[Child], file: Path) -> None:
    """Write down which groups are ours, for the next run to find what a SIGKILL may leave."""
    groups = [child.process.pid for child in children if child.process is not None]
    file.write_text(json.dumps(groups), encoding="utf-8")


def end_leftovers(file: Path) -> int:
    """End what a killed run left; gives how many."""
    try:
        groups = set(json.loads(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return 0
    ended = _end_groups(groups)
    file.unlink()
    return ended


def _end_groups(groups: set[int]) -> int:
    """End the members of `groups` that are programs of our own environment: a number may belong to somebody else by now."""
    pids = [pid for pid, words in processes.command_lines() if _is_ours(words) and _group_of(pid) in groups]
    for pid in pids:
        processes.end(pid, signals=((signal.SIGTERM, 1.0), (signal.SIGKILL, 5.0)))
    return len(pids)


def _is_ours(words: Sequence[str]) -> bool:
    return words[0].startswith(f"{sys.prefix}/")


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
