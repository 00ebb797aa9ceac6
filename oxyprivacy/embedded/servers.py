"""Who uses the embedded servers: the first starts them, the others join, the last one stops them.

Two locks of the kernel say so, which vanish with their process however it ends: ``starting`` is held by the one that starts or stops,
``users`` is shared by all that use the servers. Who can get ``users`` for itself alone was the last.
"""

from __future__ import annotations

import fcntl
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

from oxyprivacy import environment
from oxyprivacy.embedded import launch, place, postgres, valkey
from oxyprivacy.embedded.layout import Layout
from oxyprivacy.embedded.locks import Lock, locked
from oxyprivacy.embedded.secrets import Secrets


@dataclass
class Servers:
    """The servers that this process asked for; those that the environment names outside are never among them. Where all are outside, as in
    production, nothing is written: the folder may be one in which nobody can.
    """

    var: Path
    database: bool
    queue: bool
    _users: Lock | None = field(default=None, init=False, repr=False)

    @classmethod
    def of_environment(cls, *, database: bool = True, queue: bool = True) -> Self:
        here = environment.load()
        return cls(var=here.var, database=database and here.is_embedded_database, queue=queue and here.is_embedded_queue)

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets.at(self.var)

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(var=self.var, instance=self.secrets.instance)

    def join(self) -> None:
        """Use the servers; start those that do not run.

        Raises:
            EmbeddedServerError: one did not start.
        """
        if not (self.database or self.queue):
            return
        users = Lock(self.layout.var / "users.lock")
        try:
            with self._starting():
                users.take(fcntl.LOCK_SH)
                self._ensure()
        except BaseException:
            users.close()
            raise
        self._users = users

    def ensure(self) -> None:
        """Start again what has died since.

        Raises:
            EmbeddedServerError: one did not start.
        """
        launch.reap()
        with self._starting():
            self._ensure()

    def leave(self) -> None:
        """Use the servers no longer; the last one stops them."""
        if self._users is None:
            return
        with self._starting(), suppress(BlockingIOError):
            # A shared lock becomes an exclusive one only when nobody else shares it.
            self._users.take(fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._stop()
        self._users.close()
        self._users = None

    def is_running(self) -> bool:
        """Tell whether every server that was asked for has its process."""
        here = place.known(self.layout)
        wanted = [(self.database, postgres.find), (self.queue, valkey.find)]
        return all(find(here) is not None for is_wanted, find in wanted if is_wanted)

    def status(self) -> str:
        """Tell in one line what runs and where its data is."""
        here = place.known(self.layout)
        found = {"PostgreSQL": postgres.find(here), "Valkey": valkey.find(here)}
        told = [f"{name} runs as process {pid}" if pid else f"{name} does not run" for name, pid in found.items()]
        return f"{'; '.join(told)}; in {self.layout.home}."

    def halt(self) -> None:
        """Stop the servers, whoever uses them."""
        with self._starting():
            self._stop()

    def remove(self) -> None:
        """Stop the servers and delete their programs, their logs and their data; the rest of ``var/`` stays."""
        with self._starting():
            self._stop()
            place.remove(self.layout)

    def _ensure(self) -> None:
        here = place.prepare(self.layout)
        if self.queue:
            valkey.ensure(here)
        if self.database:
            postgres.ensure(here, self.secrets)

    def _stop(self) -> None:
        here = place.known(self.layout)
        valkey.stop(here)
        postgres.stop(here)
        launch.reap()

    def _starting(self) -> AbstractContextManager[Lock]:
        return locked(self.layout.var / "starting.lock")
