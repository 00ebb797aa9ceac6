"""Access requests and an erasure, with a queue and a database that die without a word while the work goes on.

The servers are this test's own, in a folder of its own. In each trial one of the two dies amid the access requests and the other amid
the erasure, Valkey at times with everything it had written down; then everything must move again by itself and happen exactly once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from oxyprivacy import environment
from tests.rights_requests.test_faults import RECOVERY, SEED, TRIALS

pytestmark = pytest.mark.faults

#: A server takes longer to come back than a worker.
SERVER_TRIALS = max(2, TRIALS // 6)
#: What the suite set for itself, and what this house must not know.
OURS = ("OXYPRIVACY_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_")


class House:
    """The process that holds servers and worker, and plays the trials."""

    def __init__(self, var: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self._variables = kept | {
            "DJANGO_SETTINGS_MODULE": "oxyprivacy.settings",
            "OXYPRIVACY_VAR": str(var),
            "OXYPRIVACY_PACE": "fast",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.rights_requests.fault_house"],
            cwd=environment.ROOT,
            env=self._variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def is_ready(self) -> bool:
        return self._process.stdout.readline() == "ready\n"

    def play(self, number: int) -> dict:
        self._process.stdin.write(f"trial {SEED} {number}\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        assert "failure" not in told, told["failure"]
        return told["figures"]

    def end(self) -> None:
        """Nothing to read any more: it stops its worker and its servers, and then its folders are removed."""
        self._process.communicate(timeout=120)
        subprocess.run([sys.executable, "-m", "oxyprivacy.embedded", "remove"], env=self._variables, cwd=environment.ROOT, check=True)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    started = House(tmp_path_factory.mktemp("house") / "var")
    try:
        assert started.is_ready()
        yield started
    finally:
        started.end()


def test_nothing_is_lost_or_doubled_when_the_queue_and_the_database_die(house):
    figures = [house.play(number) for number in range(SERVER_TRIALS)]
    assert max(seconds for figure in figures for seconds in figure["recoveries"]) < RECOVERY
    assert sum(figure["was_under_way"] for figure in figures) >= SERVER_TRIALS * 0.5
    # Each of the worker's two processes may have had one letter in hand when the database died.
    assert max(figure["doubtful"] for figure in figures) <= 2
