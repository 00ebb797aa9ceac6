"""The demo as a newcomer runs it, in a folder of its own and at a faster pace: web, worker and beat are real processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from oxyprivacy import environment
from oxyprivacy.embedded import children, processes

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 600.0
STOP_SECONDS = 60.0
#: What the suite set for itself, and what a newcomer does not set.
OURS = ("OXYPRIVACY_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_")


@dataclass(kw_only=True)
class Stack:
    var: Path
    port: int
    told: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def escrow(self) -> Path:
        return self.var / "escrow"

    @property
    def variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return kept | {"OXYPRIVACY_VAR": str(self.var), "OXYPRIVACY_PACE": "fast", "PORT": str(self.port)}

    def fill(self) -> None:
        """Add the people of these tests to those of the demo company."""
        self._python("-m", "tests.browser.people", OXYPRIVACY_PROCESS="web", DJANGO_SETTINGS_MODULE="oxyprivacy.settings")

    def break_promise(self, *, mend: bool = False) -> None:
        """Leave something lying for longer than the policy allows, or take it away again; and look."""
        arguments = ["mend"] if mend else []
        self._python("-m", "tests.browser.breaking", *arguments, OXYPRIVACY_PROCESS="web", DJANGO_SETTINGS_MODULE="oxyprivacy.settings")

    def _python(self, *arguments: str, **more: str) -> None:
        subprocess.run([sys.executable, *arguments], env=self.variables | more, cwd=environment.ROOT, check=True, timeout=300)

    def _listen(self, lines: IO[str]) -> None:
        with lines:
            self.told.extend(lines)


@contextmanager
def running() -> Iterator[Stack]:
    """Start it, wait for its address, and in the end stop it and remove what it left."""
    with tempfile.TemporaryDirectory(prefix="oxyprivacy-browser-") as folder:
        stack = Stack(var=Path(folder) / "var", port=_free_port())
        try:
            with _process(stack):
                yield stack
        finally:
            children.end_leftovers(stack.var / "run.json")
            stack._python("-m", "oxyprivacy.embedded", "remove")


@contextmanager
def _process(stack: Stack) -> Iterator[None]:
    command = [sys.executable, "-m", "oxyprivacy.embedded.run"]
    process = subprocess.Popen(
        command,
        env=stack.variables,
        cwd=environment.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    listener = threading.Thread(target=stack._listen, args=(process.stdout,), daemon=True)
    listener.start()
    try:
        processes.wait_until(lambda: process.poll() is not None or any(stack.url in line for line in stack.told), seconds=START_SECONDS)
        assert any(stack.url in line for line in stack.told), stack.told
        stack.fill()
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        listener.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
