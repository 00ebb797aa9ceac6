"""One call to a web service: to the address that was checked, by its own certificate, without following it anywhere else."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.outside import faults
from connectors.outside.addresses import resolve
from connectors.outside.faults import SystemAway

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.outside.addresses import Met

#: An answer is a few lines; of a longer one nobody reads the rest.
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 300 to 399 is an answer like any other: nobody is sent elsewhere. ``location`` is where it points."""

    status: int
    body: bytes
    location: str = ""


def call(method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", seconds: float) -> Answer:
    """Raises:
    SystemAway: no answer came, or the address may not be met.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username:
        raise SystemAway(faults.WRONG_URL)
    met = resolve(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
    connection = _connection(met, is_secure=parts.scheme == "https", seconds=seconds)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(LONGEST), answer.getheader("Location") or "")
    except TimeoutError as error:
        raise SystemAway(faults.TOO_SLOW) from error
    except ssl.SSLError as error:
        raise SystemAway(faults.NO_TLS) from error
    except (OSError, http.client.HTTPException) as error:
        raise SystemAway(faults.UNREACHABLE) from error
    finally:
        connection.close()


def _connection(met: Met, *, is_secure: bool, seconds: float) -> http.client.HTTPConnection:
    """Named after the host, connected to the address."""
    connection = _Secure(met, seconds) if is_secure else _Plain(met, seconds)
    connection.auto_open = 0
    connection.connect()
    return connection


class _Plain(http.client.HTTPConnection):
    def __init__(self, met: Met, seconds: float) -> None:
        super().__init__(met.host, met.port, timeout=seconds)
        self._met = met

    def connect(self) -> None:
        try:
            self.sock = socket.create_connection((self._met.address, self._met.port), timeout=self.timeout)
        except TimeoutError as error:
            raise SystemAway(faults.TOO_SLOW) from error
        except OSError as error:
            raise SystemAway(faults.UNREACHABLE) from error


class _Secure(_Plain):
    def connect(self) -> None:
        super().connect()
        try:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._met.host)
        except OSError as error:
            self.close()
            raise SystemAway(faults.NO_TLS) from error
