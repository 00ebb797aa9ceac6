"""The answers of somebody who is making a request: kept in the session from the first page to the last.

What was typed is kept as it was typed, right or wrong (card numbers masked), so that no error, no step back and no change
of language loses a word; whether it will do is asked of the forms each time.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.db import transaction

from datamap import pan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

    from rights_requests.models import RightsRequest

DRAFT = "request_draft"
NONCE = "request_nonce"
SENT = "request_sent"
MOST = 20_000


class Draft:
    def __init__(self, session: SessionBase) -> None:
        self._session = session
        self.answers: dict[str, str] = dict(session.get(DRAFT, {}))

    def keep(self, names: Iterable[str], posted: Mapping[str, str]) -> None:
        """Under a new key: whoever knew the session before, or planted it, reads nothing of what is typed from here on. Who is signed in
        had a new one then, and stays signed in whatever is clicked twice.

        Each time, and not once: whoever plants a session may have answered a question in it before.
        """
        if SESSION_KEY not in self._session:
            self._session.go_on_under_new_key()  # type: ignore[attr-defined]  # our store has it
        self.answers |= {name: pan.mask(posted.get(name, "")[:MOST]) for name in names}
        self._session[DRAFT] = self.answers

    def has(self, names: Iterable[str]) -> bool:
        return all(name in self.answers for name in names)

    def nonce(self) -> str:
        """What the last page sends back, to be taken once."""
        if NONCE not in self._session:
            self._session[NONCE] = secrets.token_urlsafe(16)
        return str(self._session[NONCE])


def sent(session: SessionBase) -> dict[str, Any] | None:
    """What was filed last: reference, address, whether that is confirmed."""
    found: dict[str, Any] | None = session.get(SENT)
    return found


@contextmanager
def one_at_a_time(session: SessionBase, nonce: str) -> Iterator[bool]:
    """Hold the session's row while a request is filed; False when ``nonce`` was taken already, by another click.

    The filing and what the session remembers of it are one transaction, so that the second click finds both or neither.
    """
    with transaction.atomic():
        yield _is_still_there(session, nonce)


def _is_still_there(session: SessionBase, nonce: str) -> bool:
    row = session.rows().select_for_update().first()  # type: ignore[attr-defined]  # our store has it
    return bool(nonce) and row is not None and row.get_decoded().get(NONCE) == nonce


def remember_sent(session: SessionBase, filed: RightsRequest) -> None:
    """Put the draft away for good. Saved here and now, inside the transaction that files the request."""
    session.pop(DRAFT, None)
    session.pop(NONCE, None)
    session.forget_before()  # type: ignore[attr-defined]  # our store has it
    session[SENT] = {
        "reference": filed.reference,
        "email": filed.email,
        "is_confirmed": filed.identity_confirmed_at is not None,
    }
    session.save()


def forget_what_was_read(request: HttpRequest) -> None:
    """Read the session anew: another click changed it meanwhile, and what this one holds must not be written back."""
    request.session = type(request.session)(request.session.session_key)
