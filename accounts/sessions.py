"""The session store: Django's own in the database, with the account beside the key.

The row knows the key by its hash alone: who reads the table, a page of records or a backup can open nobody's session.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Session

#: What the column of the key holds: 160 bits in hexadecimal.
LENGTH = 40


def row_key(session_key: str) -> str:
    """The key of the row of a session, from the key that its holder's cookie carries."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:LENGTH]


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        from accounts.models import Session  # noqa: PLC0415 - the store is loaded before the models

        return Session

    def rows(self) -> QuerySet[Session]:
        """The row of this session, if it was saved and has not ended."""
        found = self.get_model_class().objects.filter(expire_date__gt=timezone.now())
        return found.filter(session_key=row_key(self.session_key)) if self.session_key else found.none()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast("Session", super().create_model_instance(data))
        session.session_key = row_key(session.session_key)
        session.account_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        return session

    def exists(self, session_key: str) -> bool:
        return super().exists(row_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(row_key(key))

    def _get_session_from_db(self) -> Session | None:
        row = self.rows().first()
        if row is None:
            self._session_key = None
        return row
