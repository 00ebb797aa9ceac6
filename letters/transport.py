"""Hands one letter to the mail server and says what is known about it afterwards."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from letters import smtp

WATCHED = {"django.core.mail.backends.smtp.EmailBackend": "letters.smtp.Backend"}
PERMANENT = 500


class Unreachable(Exception):
    """There is no connection to the mail server."""


class Deferred(Exception):
    """The letter was not taken, and may be later."""


class Refused(Exception):
    """The letter was not taken, and never will be."""


class Lost(Exception):
    """The connection broke while the letter crossed it: nobody here knows whether it was taken."""


@contextmanager
def connected() -> Iterator[BaseEmailBackend]:
    """One connection, closed at the end whatever happens.

    Raises:
        Unreachable: no connection could be made.
    """
    backend = get_connection(WATCHED.get(settings.EMAIL_BACKEND, settings.EMAIL_BACKEND))
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(type(error).__name__) from error
    try:
        yield backend
    finally:
        with suppress(OSError, smtplib.SMTPException):
            backend.close()


def carry(backend: BaseEmailBackend, message: EmailMessage) -> None:
    """Hand `message` over; returning means that the server took it.

    Raises:
        Deferred: not taken, worth another try.
        Refused: not taken, for good.
        Lost: unknown.
    """
    if isinstance(backend, smtp.Backend):
        backend.begin()
    try:
        taken = backend.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        _refuse(max(code for code, _reply in error.recipients.values()), error)
    except smtplib.SMTPResponseException as error:
        _refuse(error.smtp_code, error)
    except smtplib.SMTPNotSupportedError as error:
        raise Refused("not supported") from error
    except (OSError, smtplib.SMTPException) as error:
        _doubt(backend, error)
    else:
        if taken != 1:
            raise Refused("the backend took nothing")


def _refuse(code: int, error: Exception) -> None:
    raise (Refused if code >= PERMANENT else Deferred)(str(code)) from error


def _doubt(backend: BaseEmailBackend, error: Exception) -> None:
    is_certain = isinstance(backend, smtp.Backend) and not backend.has_begun
    raise (Deferred if is_certain else Lost)(type(error).__name__) from error
