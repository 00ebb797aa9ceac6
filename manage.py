#!/usr/bin/env python3
"""Django's commands: those that need the database join the embedded servers or start them; those that change it run as its owner.

``deadline`` needs nothing at all, and does without the apps too.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

#: These touch neither the database nor the queue.
WITHOUT_SERVERS = frozenset(
    {"", "help", "version", "check", "makemessages", "compilemessages", "collectstatic", "findstatic", "startapp", "spectacular"}
)
#: These change the shape of the database, empty it or put it into service, which is the owner's alone.
AS_OWNER = frozenset(
    {
        "migrate",
        "makemigrations",
        "sqlmigrate",
        "squashmigrations",
        "optimizemigration",
        "flush",
        "sqlflush",
        "replay_tombstones",
        "restore",
    }
)
NOT_SET_UP = "OxyPrivacy is not set up: run make setup, then .venv/bin/python manage.py."


def main(arguments: list[str]) -> None:
    """Run one command."""
    command = arguments[1] if len(arguments) > 1 else ""
    if command in AS_OWNER or "--owner" in arguments:
        os.environ.setdefault("OXYPRIVACY_DATABASE_ROLE", "owner")
        arguments = [argument for argument in arguments if argument != "--owner"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oxyprivacy.settings")
    if command == "deadline":
        _reckon(arguments)
    elif _needs_servers(command, arguments):
        _run_with_servers(arguments)
    else:
        _run(arguments)


def _needs_servers(command: str, arguments: list[str]) -> bool:
    if {"--help", "-h"} & set(arguments):
        return False
    return command not in WITHOUT_SERVERS or (command == "check" and "--database" in arguments)


def _run_with_servers(arguments: list[str]) -> None:
    from oxyprivacy import embedded

    # A plain SIGTERM would end the process at once, and leave behind the servers that it started.
    signal.signal(signal.SIGTERM, _exit)
    with embedded.running():
        _run(arguments)


def _reckon(arguments: list[str]) -> None:
    """A reckoning needs settings and translations, no models: with an empty registry it begins in half the time."""
    try:
        from django.apps import apps
    except ModuleNotFoundError:
        sys.exit(NOT_SET_UP)
    apps.populate(())
    from rights_requests.management.commands.deadline import Command

    Command().run_from_argv(arguments)


def _exit(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def _run(arguments: list[str]) -> None:
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit(NOT_SET_UP)
    from django.db import OperationalError

    try:
        execute_from_command_line(arguments)
    except OperationalError as error:
        from subjects import home

        if not isinstance(error, home.NotOpened):
            raise
        sys.exit(str(error))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    main(sys.argv)
