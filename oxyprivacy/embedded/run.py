"""``make run``: the whole demo on one machine, from the database to the printed addresses, until Ctrl-C.

Embedded servers, migrations as the owner, static files, the demo company when the database is new; then web and worker,
each with the database roles that it may hold, each started again when it dies.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NoReturn

from oxyprivacy import embedded, environment
from oxyprivacy.embedded import children, fresh
from oxyprivacy.embedded.children import Child
from oxyprivacy.embedded.locks import locked
from oxyprivacy.embedded.servers import Servers
from oxyprivacy.environment import Environment

HOST = "127.0.0.1"
LOOK_EVERY = 0.5
WEB_SECONDS = 60.0
#: What no child is given; the web is not given retention's and hosting's either.
OWNERS = ("DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL", "OXYPRIVACY_DATABASE_ROLE")
RETENTIONS = ("DATABASE_RETENTION_URL",)
MAILCHIMP = ("MAILCHIMP_API_KEY",)

WEB = ("-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--no-access-log", "--log-level", "warning",
       "--respawn-failed-workers", "oxyprivacy.wsgi:application")  # fmt: skip
# Beat rides in the worker; make ci and the start itself have checked the system already.
WORKER = (
    "-W",
    "ignore:You're running the worker with superuser",
    "-m",
    "celery",
    "--quiet",
    "--skip-checks",
    "--app",
    "oxyprivacy",
    "worker",
    "--beat",
    "--include",
    "oxyprivacy.embedded.worker",
    "--concurrency",
    "2",
    "--loglevel",
    "WARNING",
    "--without-gossip",
    "--without-mingle",
)


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent SIGTERM: the ordinary end."""


def main() -> None:
    """Run until stopped; whatever is in the way is told in one line."""
    here = environment.load()
    if here.name != "demo":
        sys.exit(f"make run is the demo, and OXYPRIVACY_ENV is {here.name}: use docker compose, or unset it.")
    port = _port()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with _only_run(here):
            _refuse_taken(port)
            _run(here, port)
    except Stopped:
        print("OxyPrivacy has stopped; make run goes on with the same data.", flush=True)


def _run(here: Environment, port: int) -> None:
    ours = family(port)
    try:
        with embedded.running() as servers:
            try:
                _prepare(here)
                for child in ours:
                    child.start()
                children.record(ours, here.var / "run.json")
                _await_web(ours, port)
                _tell(here)
                _watch(here, ours, servers)
            finally:
                _ignore_signals()
                children.stop(ours)
    finally:
        (here.var / "run.json").unlink(missing_ok=True)


def family(port: int) -> list[Child]:
    """Give web and worker, each with the variables that it may hold."""
    web = [*WEB, "--host", HOST, "--port", str(port)]
    return [
        _child("web", web, port=port, without=(*OWNERS, *RETENTIONS, *MAILCHIMP, *environment.hosting_names(os.environ))),
        _child("worker", WORKER, port=port, without=(*OWNERS, "MAILCHIMP_HOOK")),
    ]


def _child(name: str, command: Sequence[str], *, port: int, without: Sequence[str]) -> Child:
    hidden = {*without, *(f"{variable}_FILE" for variable in without)}
    kept = {variable: value for variable, value in os.environ.items() if variable not in hidden}
    ours = {"OXYPRIVACY_PROCESS": name, "PORT": str(port), "MALLOC_ARENA_MAX": "2"}
    return Child(name=name, command=[sys.executable, *command], environment=kept | ours)


def _prepare(here: Environment) -> None:
    _command("migrate", "--skip-checks", "--noinput", "--verbosity", "0")
    if fresh.is_static_stale(here):
        _command("collectstatic", "--skip-checks", "--noinput", "--clear", "--verbosity", "0")
        fresh.mark_static(here)
    if fresh.is_demo_wanted(here) and fresh.has_command("load_demo"):
        print("Loading the demo company, which is not there yet.", flush=True)
        with fresh.loading_demo(here):
            _command("load_demo")


def _command(*arguments: str) -> None:
    """Run one of Django's commands; out of reach of the terminal's Ctrl-C, which reaches us."""
    command = Child(name=arguments[0], command=[sys.executable, str(environment.ROOT / "manage.py"), *arguments], environment=os.environ)
    try:
        command.start()
        code = command.process.wait() if command.process else 1
    finally:
        children.stop([command])
    if code != 0:
        sys.exit(f"manage.py {arguments[0]} failed; OxyPrivacy does not start.")


def _await_web(family: Sequence[Child], port: int) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while not web_answers(port):
        _revive(family)
        if time.monotonic() > deadline:
            sys.exit(f"The web does not answer at http://{HOST}:{port}/ after {WEB_SECONDS:.0f} seconds.")
        time.sleep(0.1)


def web_answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _watch(here: Environment, family: Sequence[Child], servers: Servers) -> NoReturn:
    while True:
        time.sleep(LOOK_EVERY)
        if not servers.is_running():
            print("An embedded server has died: starting it again.", flush=True)
            servers.ensure()
        if _revive(family):
            children.record(family, here.var / "run.json")


def _revive(family: Sequence[Child]) -> bool:
    dead = [child for child in family if child.has_died()]
    for child in dead:
        if child.is_hopeless():
            sys.exit(f"The {child.name} keeps dying; its last words stand above.")
        print(f"The {child.name} has died: starting it again.", flush=True)
        child.start()
    return bool(dead)


def _tell(here: Environment) -> None:
    print(f"\nOxyPrivacy runs at {here.public_url}/\n", flush=True)
    if find_spec("demo.accounts"):
        told = "import django; django.setup(); from demo.accounts import describe; print(describe())"
        settings = {"DJANGO_SETTINGS_MODULE": "oxyprivacy.settings"}
        subprocess.run([sys.executable, "-c", told], env=os.environ | settings, cwd=environment.ROOT, check=False)
    print("\nCtrl-C stops it; the data stays.", flush=True)


@contextmanager
def _only_run(here: Environment) -> Iterator[None]:
    try:
        with locked(here.var / "run.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            if children.end_leftovers(here.var / "run.json"):
                print("Ended what a killed run had left.", flush=True)
            yield
    except BlockingIOError:
        sys.exit("OxyPrivacy already runs from this folder: stop that one first (Ctrl-C), or run another clone.")


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            sys.exit(f"Port {port} is not yours to open: choose one above 1023, for example make run PORT=8001.")
        except OSError:
            sys.exit(f"Port {port} is taken: choose another, for example make run PORT={port + 1 if port < 65535 else 8001}.")


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}; it is a number from 1 to 65535, for example make run PORT=8001.")
    return int(text)


def _stop(_number: int, _frame: object) -> NoReturn:
    raise Stopped


def _ignore_signals() -> None:
    """Stopping has begun and takes some seconds: a second Ctrl-C must not break it off half-way."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    os.chdir(environment.ROOT)
    main()
