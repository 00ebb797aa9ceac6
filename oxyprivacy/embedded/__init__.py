"""PostgreSQL and Valkey from wheels, started by us, met over Unix sockets: no server to install, no port to open.

Every process that needs the servers says so with `running`. The first starts them, the others join, the last one stops them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oxyprivacy.embedded.servers import Servers


@contextmanager
def running(*, database: bool = True, queue: bool = True) -> Iterator[Servers]:
    """Join the embedded servers, or start them; what the environment names outside is left alone.

    Raises:
        EmbeddedServerError: a server did not start; the message is one line and names the log.
    """
    # Here, since the environment reads the layout of this package and the servers read the environment.
    from oxyprivacy.embedded.servers import Servers  # noqa: PLC0415

    servers = Servers.of_environment(database=database, queue=queue)
    servers.join()
    try:
        yield servers
    finally:
        servers.leave()


def status() -> str:
    """Tell in one line what runs."""
    from oxyprivacy.embedded.servers import Servers  # noqa: PLC0415

    return Servers.of_environment().status()
