"""The SMTP backend, with an eye on the one instant that matters: when the letter itself begins to cross the wire."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends import smtp

TIMEOUT = 15
"""Seconds for each answer of the server, when the settings give none."""


class _WatchedMixin:
    """Notes when the letter's text is first sent. Commands go out as str, the text alone as bytes."""

    has_begun = False

    def send(self, s: Any) -> None:
        if isinstance(s, bytes):
            self.has_begun = True
        super().send(s)  # type: ignore[misc]


class _Watched(_WatchedMixin, smtplib.SMTP):
    pass


class _WatchedTLS(_WatchedMixin, smtplib.SMTP_SSL):
    pass


class Backend(smtp.EmailBackend):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout = self.timeout or TIMEOUT

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _WatchedTLS if self.use_ssl else _Watched

    def begin(self) -> None:
        """Forget the letter before."""
        if isinstance(self.connection, _Watched | _WatchedTLS):
            self.connection.has_begun = False

    @property
    def has_begun(self) -> bool:
        return isinstance(self.connection, _Watched | _WatchedTLS) and self.connection.has_begun
