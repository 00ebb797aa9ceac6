"""A house whose servers a test may end: its own folder, PostgreSQL, Valkey and worker, and nobody else's.

Reads lines from stdin: ``trial SEED NUMBER`` plays one trial and answers with its figures as JSON, or with the failure. The end of
stdin, which the death of the test is as well, ends the worker and the servers.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from oxyprivacy import embedded, environment
from oxyprivacy.embedded import children, place, postgres, processes, run, valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oxyprivacy.embedded.children import Child
    from oxyprivacy.embedded.servers import Servers

#: Nothing listens on it: the worker of `make run` is told the port of its web.
PORT = 8000


@dataclass
class House:
    servers: Servers
    worker: Child

    @property
    def is_whole(self) -> bool:
        return self.servers.is_running()

    def kill_queue(self, *, loses_file: bool) -> None:
        """End Valkey without a word; `loses_file` also takes everything it had written down."""
        _kill(valkey.find(self._place))
        if loses_file:
            shutil.rmtree(self.servers.layout.queue / "appendonlydir")

    def kill_database(self, *, is_power_cut: bool) -> None:
        """End PostgreSQL without a word: the server alone, whose sessions find out one by one, or all of it at once."""
        server = postgres.find(self._place)
        sessions = [pid for pid in processes.working_in(self.servers.layout.data) if pid != server] if is_power_cut else []
        _kill(server)
        for session in sessions:
            processes.send(session, signal.SIGKILL)

    def restore(self) -> None:
        self.servers.ensure()

    def look_after(self) -> None:
        """What `make run` does twice a second, and a container's restart policy in production."""
        run._revive([self.worker])

    @contextmanager
    def working(self) -> Iterator[None]:
        self.worker.starts.clear()
        self.worker.start()
        try:
            yield
        finally:
            children.stop([self.worker])

    @property
    def _place(self) -> place.Place:
        return place.known(self.servers.layout)


def _kill(pid: int | None) -> None:
    assert pid is not None
    processes.end(pid, signals=((signal.SIGKILL, 10.0),))
    assert not processes.is_alive(pid)


def main() -> None:
    os.chdir(environment.ROOT)
    # The worker and the servers have nothing to say to the test.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with embedded.running() as servers:
        subprocess.run([sys.executable, "manage.py", "migrate", "--skip-checks", "--noinput", "--verbosity", "0"], check=True)
        import django

        django.setup()
        _answer(House(servers=servers, worker=run.family(PORT)[1]), answers)


def _answer(house: House, answers: IO[str]) -> None:
    from tests.rights_requests import fault_trial

    fault_trial.prepare_house()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        _word, seed, number = line.split()
        try:
            told: dict[str, object] = {"figures": fault_trial.play(house, fault_trial.plan(seed=int(seed), number=int(number)))}
        except (Exception, SystemExit):  # noqa: BLE001 - whatever it is, the test must hear of it
            told = {"failure": traceback.format_exc()}
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    main()
