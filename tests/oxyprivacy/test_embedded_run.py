"""``make run`` for real: what a newcomer starts, kills, starts again and stops."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import pytest

from oxyprivacy import environment
from oxyprivacy.embedded import children, place, postgres, processes, run, valkey
from oxyprivacy.embedded.layout import Layout
from oxyprivacy.embedded.secrets import Secrets

START_SECONDS = 300.0


@dataclass
class Demo:
    """One ``var/`` and one port, on which `make run` is played."""

    var: Path
    port: int
    process: subprocess.Popen[str] | None = None
    told: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        ours = ("OXYPRIVACY_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return kept | {"OXYPRIVACY_VAR": str(self.var), "PORT": str(self.port)}

    @property
    def here(self) -> environment.Environment:
        return environment.read(self.variables)

    def start(self) -> subprocess.Popen[str]:
        self.told = []
        command = [sys.executable, "-m", "oxyprivacy.embedded.run"]
        self.process = subprocess.Popen(
            command,
            env=self.variables,
            cwd=environment.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        return self.process

    def await_line(self, part: str) -> None:
        found = processes.wait_until(lambda: any(part in line for line in self.told) or self._ended(), seconds=START_SECONDS)
        assert found, self.told
        assert any(part in line for line in self.told), self.told

    def family(self) -> dict[str, int]:
        """The recorded children by what they are for, as their own environment says it."""
        groups = (self.var / "run.json").read_text()
        return {self.variable(int(pid), "OXYPRIVACY_PROCESS"): int(pid) for pid in re.findall(r"\d+", groups)}

    def variable(self, pid: int, name: str) -> str:
        raw = Path(f"/proc/{pid}/environ").read_bytes().decode()
        return dict(pair.split("=", 1) for pair in raw.split("\0") if pair).get(name, "")

    def servers(self) -> tuple[int | None, int | None]:
        there = place.known(Layout.of(var=self.var, instance=Secrets.at(self.var).instance))
        return postgres.find(there), valkey.find(there)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        connection = psycopg2.connect(self.here.owner_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def _ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            self.told.extend(process.stdout)


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Demo(var=tmp_path_factory.mktemp("run") / "var", port=port)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    children.end_leftovers(made.var / "run.json")
    subprocess.run([sys.executable, "-m", "oxyprivacy.embedded", "remove"], env=made.variables, cwd=environment.ROOT, check=True)


@pytest.mark.faults
def test_demo_runs_survives_a_sigkill_of_everything_keeps_its_data_and_stops_cleanly(demo):
    first = demo.start()
    demo.await_line(f"OxyPrivacy runs at http://127.0.0.1:{demo.port}/")
    family = demo.family()
    assert set(family) == {"web", "worker"}
    demo.query("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
    everything = [first.pid, *_members(family), *filter(None, demo.servers())]
    for pid in everything:
        processes.send(pid, signal.SIGKILL)
    first.wait()
    assert processes.wait_until(lambda: not any(processes.is_alive(pid) for pid in everything), seconds=20)

    second = demo.start()
    demo.await_line("OxyPrivacy runs at")
    assert demo.query("SELECT word FROM kept") == [("here",)]
    _see_one_run_only(demo)
    _see_what_dies_come_back(demo)
    family = demo.family()
    second.send_signal(signal.SIGINT)
    assert second.wait(timeout=60) == 0
    assert not any(processes.is_alive(pid) for pid in _members(family))
    assert demo.servers() == (None, None)


def _members(family: dict[str, int]) -> list[int]:
    groups = set(family.values())
    return [pid for pid, _ in processes.command_lines() if _group(pid) in groups]


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _see_one_run_only(demo: Demo) -> None:
    other = subprocess.run(
        [sys.executable, "-m", "oxyprivacy.embedded.run"],
        env=demo.variables, cwd=environment.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert other.returncode == 1
    assert "already runs" in other.stderr
    assert other.stderr.count("\n") == 1


def _see_what_dies_come_back(demo: Demo) -> None:
    before, servers = demo.family(), demo.servers()
    for pid in (*before.values(), *filter(None, servers)):
        processes.send(pid, signal.SIGKILL)
    back = processes.wait_until(lambda: None not in demo.servers() and _is_new(demo, before), seconds=60)
    assert back, demo.told
    assert processes.wait_until(lambda: run.web_answers(demo.port), seconds=60)
    assert _members(before) == []


def _is_new(demo: Demo, before: dict[str, int]) -> bool:
    try:
        now = demo.family()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return set(now) == set(before) and not set(now.values()) & set(before.values())


def test_children_never_hold_the_owners_url(monkeypatch):
    for name in (*run.OWNERS, *run.RETENTIONS, "DATABASE_OWNER_URL_FILE"):
        monkeypatch.setenv(name, "postgresql://somebody")
    family = {child.name: child.environment for child in run.family(8000)}
    assert set(family) == {"web", "worker"}
    for variables in family.values():
        assert not {name for name in variables if "OWNER" in name or "SUPERUSER" in name or name == "OXYPRIVACY_DATABASE_ROLE"}
    assert "DATABASE_RETENTION_URL" not in family["web"]
    assert "DATABASE_RETENTION_URL" in family["worker"]


@pytest.mark.parametrize(
    ("port", "said"),
    [("abc", "number from 1 to 65535"), ("0", "number from 1 to 65535"), ("65536", "number from 1 to 65535"), ("-1", "number from 1")],
)
def test_port_that_is_none_is_refused_in_one_line(tmp_path, port, said):
    demo = Demo(var=tmp_path / "var", port=0)
    refused = subprocess.run(
        [sys.executable, "-m", "oxyprivacy.embedded.run"],
        env=demo.variables | {"PORT": port}, cwd=environment.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert said in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_taken_port_is_told_with_what_to_do_before_anything_starts(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        demo = Demo(var=tmp_path / "var", port=taken.getsockname()[1])
        refused = subprocess.run(
            [sys.executable, "-m", "oxyprivacy.embedded.run"],
            env=demo.variables, cwd=environment.ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert refused.returncode == 1
    assert f"make run PORT={demo.port + 1}" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert demo.servers() == (None, None)


def test_production_is_not_run_this_way(tmp_path):
    demo = Demo(var=tmp_path / "var", port=8000)
    variables = demo.variables | {"OXYPRIVACY_ENV": "test"}
    refused = subprocess.run(
        [sys.executable, "-m", "oxyprivacy.embedded.run"],
        env=variables, cwd=environment.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "docker compose" in refused.stderr


def test_leftovers_are_ended_only_when_they_are_ours(tmp_path):
    ours = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    foreign = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    try:
        time.sleep(0.2)
        record = tmp_path / "run.json"
        record.write_text(f"[{ours.pid}, {foreign.pid}]")
        ended = threading.Thread(target=lambda: children.end_leftovers(record))
        ended.start()
        assert ours.wait(timeout=10) == -signal.SIGTERM
        ended.join()
        assert foreign.poll() is None
        assert not record.exists()
    finally:
        foreign.kill()
        foreign.wait()
        ours.kill()
        ours.wait()
