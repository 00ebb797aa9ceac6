from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from letters.models import Letter
from tests.letters import mail_server, samples


@pytest.fixture
def server(settings) -> Iterator[mail_server.MailServer]:
    """A mail server of our own, and letters that go there."""
    with mail_server.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        settings.EMAIL_TIMEOUT = 5
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield running


@pytest.fixture
def rung(monkeypatch) -> list[str]:
    """The letters whose bell was rung, instead of a worker."""
    from letters import tasks

    heard: list[str] = []
    monkeypatch.setattr(tasks.send, "apply_async", lambda kwargs, **_options: heard.append(kwargs["letter_id"]))
    return heard


@pytest.fixture
def write(at: datetime, rung: list[str]) -> Callable[..., Letter]:
    from letters import services

    def write_one(event: str = "request_withdrawn", **changed: object) -> Letter:
        given = {
            "event": event,
            "language": "en",
            "to": "nathalie@customer.example",
            "name": "Nathalie Vermeulen",
            "about": samples.REFERENCE,
            "values": samples.VALUES.get(event, {}),
            "secrets": samples.SECRETS.get(event, {}),
            "at": at,
        }
        return services.write(**{**given, **changed})  # type: ignore[arg-type]

    return write_one
