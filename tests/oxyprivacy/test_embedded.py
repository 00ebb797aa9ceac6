"""The embedded servers for real: in a folder of their own, by processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
import redis

from oxyprivacy import environment
from oxyprivacy.embedded import engine, place, postgres, processes, valkey
from oxyprivacy.embedded.layout import LONGEST_SOCKET, POSTGRES_SOCKET, Layout
from oxyprivacy.embedded.secrets import Secrets
from subjects.home import NotSetUp

USER = """
import sys, time
from oxyprivacy import embedded
with embedded.running() as servers:
    print("up", flush=True)
    sys.stdin.readline()
"""


@dataclass
class Ground:
    """A ``var/`` of its own, with processes that use it."""

    var: Path
    variables: Mapping[str, str]

    @property
    def place(self) -> place.Place:
        return place.known(Layout.of(var=self.var, instance=Secrets.at(self.var).instance))

    @property
    def here(self) -> environment.Environment:
        return environment.read(self.variables)

    def user(self) -> subprocess.Popen[str]:
        process = self.start()
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", USER]
        return subprocess.Popen(command, env=self.variables, cwd=environment.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def servers(self) -> tuple[int | None, int | None]:
        return postgres.find(self.place), valkey.find(self.place)

    def command(self, *words: str, cwd: Path = environment.ROOT) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, *words], env=self.variables, cwd=cwd, capture_output=True, text=True, check=False)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """From a folder far away, as a person may."""
        return self.command(str(environment.ROOT / "manage.py"), *words, cwd=Path("/"))

    def query(self, statement: str) -> list[tuple[object, ...]]:
        connection = psycopg2.connect(self.here.owner_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def kill(*pids: int | None) -> None:
    for pid in pids:
        assert pid is not None
        processes.end(pid, signals=((signal.SIGKILL, 10.0),))
        assert not processes.is_alive(pid)


@pytest.fixture
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    var = tmp_path_factory.mktemp("ground") / "var"
    ours = ("OXYPRIVACY_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {"OXYPRIVACY_VAR": str(var)}
    made = Ground(var=var, variables=variables)
    yield made
    removed = made.command("-m", "oxyprivacy.embedded", "remove")
    assert removed.returncode == 0, removed.stderr


def test_first_user_starts_the_servers_and_the_last_one_stops_them(ground):
    first = ground.user()
    running = ground.servers()
    second = ground.user()
    assert ground.servers() == running
    leave(first)
    assert ground.servers() == running
    leave(second)
    assert ground.servers() == (None, None)


def test_two_that_start_at_once_get_one_set_of_servers(ground):
    both = [ground.start(), ground.start()]
    assert [process.stdout.readline() for process in both] == ["up\n", "up\n"]
    pids = [pid for pid, words in processes.command_lines() if str(ground.place.layout.data) in words]
    assert len(pids) == 1
    for process in both:
        leave(process)
    assert ground.servers() == (None, None)


def test_servers_are_met_over_sockets_by_password_and_never_over_the_network(ground):
    user = ground.user()
    layout = ground.place.layout
    assert ground.query("SHOW listen_addresses") == [("",)]
    assert stat.S_IMODE(layout.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.data.stat().st_mode) == 0o700
    assert (layout.data / "pg_hba.conf").read_text().count("trust") <= 1  # the word in its own comment
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(layout.database_url(role="oxyprivacy_owner", password="guess"))
    listening = {int(line.split()[1].split(":")[1], 16) for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if " 0A " in line}
    with redis.Redis.from_url(ground.here.redis_url) as client:
        assert client.config_get("port") == {"port": "0"}
    assert 5432 not in listening or _answers_elsewhere()
    leave(user)


def _answers_elsewhere() -> bool:
    """A PostgreSQL of the machine itself may be there; it is not ours."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 5432)) == 0


def test_no_permission_outside_our_own_folders_is_touched(ground):
    watched = [*environment.ROOT.parents, environment.ROOT, Path(sys.prefix), *Path(sys.prefix).parents, Path.home(), *ground.var.parents]
    before = {folder: folder.stat().st_mode for folder in watched}
    leave(ground.user())
    assert {folder: folder.stat().st_mode for folder in watched} == before


def test_sigkill_of_everything_loses_nothing(ground):
    user = ground.user()
    ground.query("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
    with redis.Redis.from_url(ground.here.redis_url) as client:
        client.set("kept", "here")
    kill(user.pid, *ground.servers())
    user.communicate()
    again = ground.user()
    assert ground.query("SELECT word FROM kept") == [("here",)]
    with redis.Redis.from_url(ground.here.redis_url) as client:
        assert client.get("kept") == b"here"
    leave(again)


def test_servers_whose_user_was_killed_are_joined_and_then_stopped(ground):
    user = ground.user()
    running = ground.servers()
    kill(user.pid)
    user.communicate()
    assert ground.servers() == running
    again = ground.user()
    assert ground.servers() == running
    leave(again)
    assert ground.servers() == (None, None)


def test_lock_file_that_names_a_foreign_process_does_not_stop_the_start(ground):
    leave(ground.user())
    data = ground.place.layout.data
    user, group = _owner(data)
    # PostgreSQL believes a number that belongs to a process of its own user, whatever that process is.
    foreign = subprocess.Popen(["/bin/sleep", "60"], cwd="/", user=user if os.geteuid() == 0 else None)
    try:
        pid_file = data / "postmaster.pid"
        pid_file.write_text(f"{foreign.pid}\n{data}\n{int(time.time())}\n5432\n\n\n  1 1\n")
        pid_file.chmod(0o600)
        os.chown(pid_file, user, group)
        leave(ground.user())
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


def test_server_that_dies_is_started_again_on_demand(ground):
    script = "from oxyprivacy import embedded\nwith embedded.running() as s:\n print('up', flush=True)\n input()\n s.ensure()\n print('up')\n input()"
    user = subprocess.Popen(
        [sys.executable, "-c", script], env=ground.variables, cwd=environment.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    assert user.stdin is not None
    assert user.stdout.readline() == "up\n"
    before = ground.servers()
    kill(*before)
    user.stdin.write("\n")
    user.stdin.flush()
    assert user.stdout.readline() == "up\n"
    assert None not in ground.servers()
    assert not set(before) & set(ground.servers())
    leave(user)


def test_database_with_other_passwords_is_told_in_one_line(ground):
    leave(ground.user())
    file = ground.var / "secrets.json"
    file.write_text(file.read_text().replace('"postgres": "', '"postgres": "not-'))
    told = ground.command("-c", "from oxyprivacy import embedded\nwith embedded.running(): pass")
    assert told.returncode == 1
    assert "other passwords" in told.stderr
    assert told.stderr.count("\n") == 1


def test_status_stop_and_remove_are_commands(ground):
    user = ground.user()
    assert "PostgreSQL runs as process" in ground.command("-m", "oxyprivacy.embedded").stdout
    assert "PostgreSQL does not run" in ground.command("-m", "oxyprivacy.embedded", "stop").stdout
    assert ground.command("-m", "oxyprivacy.embedded", "begin").returncode == 1
    leave(user)
    ground.command("-m", "oxyprivacy.embedded", "remove")
    assert not ground.place.layout.data.exists()


def test_command_joins_or_starts_the_servers_as_the_app_and_stops_what_it_started(ground):
    question = "from django.db import connection as c; k = c.cursor(); k.execute('SELECT current_user'); print(k.fetchone()[0])"
    told = ground.manage("shell", "--no-imports", "-c", question)
    # The owner alone is let into a database that nobody has set up: this was the app.
    assert (told.stdout, told.stderr.strip()) == ("", NotSetUp.said)
    assert ground.servers() == (None, None)
    told = ground.manage("shell", "--owner", "--no-imports", "-c", question)
    assert told.stdout.strip() == "oxyprivacy_owner", told.stderr


def test_command_that_needs_no_database_starts_nothing(ground):
    assert ground.manage("version").returncode == 0
    assert not ground.place.layout.data.exists()


def test_terminated_command_stops_what_it_started(ground):
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", "import time; print('up', flush=True); time.sleep(60)"]
    process = subprocess.Popen(command, env=ground.variables, cwd=environment.ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert ground.servers() == (None, None)


@pytest.mark.parametrize("user", [0, 1000])
def test_path_too_long_for_a_socket_gets_a_short_one(monkeypatch, user):
    monkeypatch.setattr("os.geteuid", lambda: user)
    for length in (1, 40, 90, 200):
        layout = Layout.of(var=Path("/home") / ("a" * length) / "var", instance="1")
        assert len(os.fsencode(layout.sockets / f"{POSTGRES_SOCKET}.lock")) <= LONGEST_SOCKET


def test_short_socket_folder_that_somebody_else_laid_is_refused(tmp_path, monkeypatch):
    here = place.Place(Layout.of(var=tmp_path, instance="1"), engine.of_wheels(), None, None)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SystemExit, match="belongs to somebody else"):
        here.own(link)


def test_open_socket_folder_of_our_own_is_closed(tmp_path):
    here = place.Place(Layout.of(var=tmp_path, instance="1"), engine.of_wheels(), None, None)
    (tmp_path / "mine").mkdir(mode=0o755)
    here.own(tmp_path / "mine")
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o700


def test_process_is_known_by_its_program_and_argument_never_by_its_number_alone():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "a mark of ours"])
    try:
        find: Callable[..., int | None] = processes.find
        assert processes.wait_until(lambda: find(program=Path(sys.executable), argument="a mark of ours") == sleeper.pid, seconds=5)
        assert find(program=Path("/bin/true"), argument="a mark of ours") is None
        assert find(program=Path(sys.executable), argument="another mark") is None
    finally:
        sleeper.kill()
        sleeper.wait()
