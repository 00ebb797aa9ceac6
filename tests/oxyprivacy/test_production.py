"""The production shape, as docker-compose.yml and the Dockerfile say it, without an engine: each service's own command with its own variables, on a
database that is new, in folders where nothing but the volumes may change.
"""

from __future__ import annotations

import email
import email.policy
import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from oxyprivacy import environment
from oxyprivacy.environment import ROOT
from tests import database, slots
from tests.letters import mail_server
from tests.letters.mail_server import MailServer
from tests.oxyprivacy.test_deploy import DOCKERFILE, GIVEN, SERVICES, variables_of

VOLUMES = {"media", "escrow", "archives"}
PATIENCE = 60.0
ADMINISTRATOR = "first@company.example"
PASSWORD = "a long and quiet evening 7"


@dataclass
class Installation:
    """``var`` is what the image has at ``OXYPRIVACY_VAR``, with the volumes in it."""

    var: Path
    secrets: Path
    mails: MailServer
    cookies: dict[str, str] = field(default_factory=dict)

    def variables(self, service: str) -> dict[str, str]:
        image = {"OXYPRIVACY_VAR": str(self.var), "EMAIL_URL": f"smtp://127.0.0.1:{self.mails.port}"}
        told = variables_of(service, self.secrets) | image | {"PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "2"}
        return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | told

    def once(self, service: str, *command: str, **more: str) -> str:
        """Run a command to its end, as ``docker compose run --rm`` does."""
        ran = subprocess.run(command, cwd=ROOT, env=self.variables(service) | more, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    @contextmanager
    def up(self, service: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        log = (self.secrets / f"{service}.log").open("wb")
        with (
            log,
            subprocess.Popen(command, cwd=ROOT, env=self.variables(service), stdout=log, stderr=log, start_new_session=True) as process,
        ):
            try:
                yield process
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def written(self) -> list[str]:
        """All that lies there outside of the volumes."""
        return sorted(str(file.relative_to(self.var)) for file in self.var.rglob("*") if file.relative_to(self.var).parts[0] not in VOLUMES)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    slot = str(slots.take())
    here = environment.read({**os.environ, "OXYPRIVACY_PROCESS": "manage", "OXYPRIVACY_TEST_SLOT": slot})
    name = environment.database(here.database_url)["NAME"]
    database.create(here.test_superuser_url, name)
    secrets, var = tmp_path / "secrets", tmp_path / "var"
    subprocess.run([sys.executable, ROOT / "deploy" / "make_secrets.py", secrets], check=True)
    urls = {"database_url": here.database_url, "database_owner_url": here.owner_url, "database_retention_url": here.retention_url}
    for file, url in {**urls, "redis_url": here.redis_url}.items():
        (secrets / file).write_text(url, encoding="utf-8")
    for volume in VOLUMES:
        (var / volume).mkdir(parents=True)
    try:
        with mail_server.running() as mails:
            yield Installation(var, secrets, mails)
    finally:
        database.drop(here.test_superuser_url, name)


def web_command(port: int) -> list[str]:
    """The image's own, on loopback."""
    (line,) = [line for line in DOCKERFILE if line.startswith("CMD ")]
    command: list[str] = shlex.split(re.sub(r"[\[\],]", " ", line.removeprefix("CMD ")))
    said = {"0.0.0.0": "127.0.0.1", "8000": str(port)}
    assert set(said) < set(command)
    return [said.get(word, word) for word in command]


def ask(house: Installation, port: int, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """As the proxy passes it on."""
    host = GIVEN["ALLOWED_HOSTS"]
    headers = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Referer": f"https://{host}/"}
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in house.cookies.items())
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    body = urlencode(form) if form else None
    link.request("POST" if form else "GET", path, body, headers | ({"Content-Type": "application/x-www-form-urlencoded"} if form else {}))
    answer = link.getresponse()
    text = answer.read().decode()
    for cookie in answer.headers.get_all("Set-Cookie") or []:
        house.cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
    link.close()
    return answer.status, text


def until(is_so: Callable[[], object], *processes: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert [process.args for process in processes if process.poll() is not None] == []
        assert time.monotonic() < end
        time.sleep(0.1)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_new_installation_serves_writes_and_keeps_backups_and_writes_into_its_volumes_alone(installation):
    house = installation
    (collecting,) = [line for line in DOCKERFILE if "collectstatic" in line]
    house.once("web", "sh", "-c", collecting.removeprefix("RUN ").partition("&&")[0], OXYPRIVACY_PROCESS="manage")
    before = house.written()
    assert "static/staticfiles.json" in before

    house.once("migrate", *SERVICES["migrate"]["command"])
    maintain = SERVICES["maintain"]["command"][:2]
    house.once(
        "maintain",
        *maintain,
        "createsuperuser",
        "--noinput",
        "--email",
        ADMINISTRATOR,
        "--name",
        "First",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    commands = {"web": web_command(port), **{name: SERVICES[name]["command"] for name in ("worker", "beat")}}
    with ExitStack() as running:
        processes = [running.enter_context(house.up(name, command)) for name, command in commands.items()]
        until(lambda: is_open(port), *processes)
        status, page = ask(house, port, "/account/login/")
        assert status == 200
        style = re.findall(r'href="(/static/css/[^"]+)"', page)[0]
        assert ask(house, port, style)[0] == 200
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
        assert ask(house, port, "/account/login/", {"csrfmiddlewaretoken": token, "login": ADMINISTRATOR, "password": PASSWORD})[0] == 302
        until(lambda: house.mails.taken, *processes)
        assert ask(house, port, "/health/")[0] == 200

    letter = email.message_from_bytes(house.mails.taken[0], policy=email.policy.default)
    assert (letter["To"], letter["From"].addresses[0].addr_spec) == (ADMINISTRATOR, GIVEN["OXYPRIVACY_EMAIL"])
    assert GIVEN["OXYPRIVACY_PHONE"] in " ".join(letter.get_body(("plain",)).get_content().split())

    for place in ("be-1", "be-2"):
        (house.var / "archives" / place).mkdir()
    made = house.once("maintain", *maintain, "backup")
    assert "in be-1, be-2" in made
    assert len(list((house.var / "archives").rglob("archive.age"))) == 2
    assert house.written() == before
