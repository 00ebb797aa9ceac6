"""Where a database is, from the URL in the environment: strictly, so that nothing in it changes how we connect."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.conf import settings

from connectors.outside.addresses import is_socket_allowed, resolve
from connectors.outside.faults import FORBIDDEN, NOT_CONFIGURED, WRONG_URL, SystemAway

if TYPE_CHECKING:
    from connectors.declared.shapes import Connection
    from connectors.outside.addresses import Met

_SCHEMES = {"postgresql": ("postgresql", "postgres"), "mysql": ("mysql", "mariadb")}
_PORTS = {"postgresql": 5432, "mysql": 3306}


@dataclass(frozen=True, slots=True)
class Place:
    """A database and how we show that we may use it. Met at ``met``, or by a socket in ``folder``."""

    user: str
    password: str = field(repr=False)
    database: str
    port: int
    met: Met | None = None
    folder: str = ""


def place(connection: Connection) -> Place:
    """Resolve the URL of a declaration, once for each connection.

    Raises:
        SystemAway: there is none, it is none, or it leads where nothing may be met.
    """
    url = settings.CONNECTOR_URLS.get(connection.variable, "")
    if not url:
        raise SystemAway(NOT_CONFIGURED)
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[connection.engine]
    except ValueError as error:
        raise SystemAway(WRONG_URL) from error
    host, database = unquote(parts.hostname or ""), unquote(parts.path.removeprefix("/"))
    # What stands behind a question mark could name another address, or take the encryption away.
    is_plain = parts.scheme in _SCHEMES[connection.engine] and not parts.query and not parts.fragment
    if not (is_plain and host and database and parts.username) or "," in host:
        raise SystemAway(WRONG_URL)
    user, password = unquote(parts.username), unquote(parts.password or "")
    if host.startswith("/"):
        # The host of a URL is read in lower case; a folder is not.
        folder = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
        if not is_socket_allowed(folder):
            raise SystemAway(FORBIDDEN)
        return Place(user=user, password=password, database=database, port=port, folder=folder)
    return Place(user=user, password=password, database=database, port=port, met=resolve(host, port))
