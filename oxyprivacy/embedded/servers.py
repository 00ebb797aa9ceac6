"""Who uses the embedded servers: the first starts them, the others join, the last one stops them.

Two locks of the kernel say so, which vanish with their process however it ends: ``starting`` is held by the one that starts or stops,
``users`` is shared by all that use the servers. Who can get ``users`` for itself alone was the last.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from oxyprivacy import environment
from oxyprivacy.embedded import launch, place, postgres, valkey
from oxyprivacy.embedded.layout import Layout
from oxyprivacy.embedded.secrets import Secrets


@dataclass
class Servers:
    """The servers that this process asked for; those that the environment names outside are never among them."""

    layout: Layout
    secrets: Secrets
    database: bool
    queue: bool
    _users: int | None = field(default=None, init=False, repr=False)

    @classmethod
    def of_environment(cls, *, database: bool = True, queue: bool = True) -> Self:
        here = environment.load()
        secrets = Secrets.at(here.var)
        return cls(
            layout=Layout.of(var=here.var, instance=secrets.instance),
            secrets=secrets,
            database=database and here.is_embedded_database,
            queue=queue and here.is_embedded_queue,
        )

    def join(self) -> None:
        """Use the servers; start those that do not run.

        Raises:
            EmbeddedServerError: one did not start.
        """
        if not (self.database or self.queue):
            return
        users = _open(self.layout.var / "users.lock")
        try:
            with self._starting():
                fcntl.flock(users, fcntl.LOCK_SH)
                self._ensure()
        except BaseException:
            os.close(users)
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
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._stop()
        os.close(self._users)
        self._users = None

    def is_running(self) -> bool:
        """Tell whether every server that was asked for has its process."""
        here = place.prepare(self.layout)
        wanted = [(self.database, postgres.find), (self.queue, valkey.find)]
        return all(find(here) is not None for is_wanted, find in wanted if is_wanted)

    def status(self) -> str:
        here = place.prepare(self.layout)
        found = {"PostgreSQL": postgres.find(here), "Valkey": valkey.find(here)}
        told = [f"{name} runs as process {pid}" if pid else f"{name} does not run" for name, pid in found.items()]
        return f"{'; '.join(told)}; in {self.layout.home}."

    def _ensure(self) -> None:
        here = place.prepare(self.layout)
        if self.queue:
            valkey.ensure(here)
        if self.database:
            postgres.ensure(here, self.secrets)

    def _stop(self) -> None:
        here = place.prepare(self.layout)
        valkey.stop(here)
        postgres.stop(here)
        launch.reap()

    @contextmanager
    def _starting(self) -> Iterator[None]:
        descriptor = _open(self.layout.var / "starting.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
