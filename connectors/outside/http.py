"""One call to a web service: to the address that was checked, by its own certificate, without following it anywhere else."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

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
    """``seconds``: for the way there, and as many for the whole answer, however slowly it drips.

    Raises:
        SystemAway: no answer came, or the address may not be met.
    """
    parts, port = _parts(url)
    met = resolve(str(parts.hostname), port)
    connection = _connection(met, is_secure=parts.scheme == "https", seconds=seconds)
    end = _End(seconds, connection.sock)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body=body, headers=dict(headers))
        answer = connection.getresponse()
        found = Answer(answer.status, answer.read(LONGEST), answer.getheader("Location") or "")
    except TimeoutError as error:
        raise SystemAway(faults.TOO_SLOW) from error
    except UnicodeError as error:
        raise SystemAway(faults.WRONG_URL) from error
    except (OSError, http.client.HTTPException) as error:
        secure = faults.NO_TLS if isinstance(error, ssl.SSLError) else faults.UNREACHABLE
        raise SystemAway(faults.TOO_SLOW if end.is_over else secure) from error
    finally:
        end.cancel()
        connection.close()
    if end.is_over:
        raise SystemAway(faults.TOO_SLOW)
    return found


def _parts(url: str) -> tuple[SplitResult, int]:
    """What somebody else sends us to may be no address at all."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise SystemAway(faults.WRONG_URL) from error
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username:
        raise SystemAway(faults.WRONG_URL)
    return parts, port


class _End:
    """Cuts a connection after so many seconds: the time limit of a socket counts anew with each byte."""

    def __init__(self, seconds: float, sock: socket.socket) -> None:
        self.is_over, self._sock = False, sock
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.is_over = True
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)


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
