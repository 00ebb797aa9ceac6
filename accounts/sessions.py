"""The session store: Django's own in the database, with whose it is, since when, and when it was last used.

The row knows the key by its hash alone: who reads the table, a page of records or a backup can open nobody's session. A session
ends seven days after its last use, and three months after it began however much it is used (policy VII); the periods are those
of ``accounts.rules``. Whoever reads one that is over finds none. A use is noted once an hour at most, so one may end up to an
hour before its seven days are over, and never after.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from accounts.rules import USES_NOTED_EVERY, session_ends

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import Session

#: What the column of the key holds: 160 bits in hexadecimal.
LENGTH = 40
#: Where a session notes the family of the browser that signed in.
BROWSER = "browser"
#: Where a session notes the row of the key that it went on from.
BEFORE = "key_before"


def row_key(session_key: str) -> str:
    """The key of the row of a session, from the key that its holder's cookie carries."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:LENGTH]


class SessionStore(DatabaseStore):
    _row_id: UUID | None = None
    _begun_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        from accounts.models import Session  # noqa: PLC0415 - the store is loaded before the models

        return Session

    def rows(self) -> QuerySet[Session]:
        """The row of this session, if it was saved and has not ended."""
        return self._rows().filter(expire_date__gt=timezone.now())

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast("Session", super().create_model_instance(data))
        session.session_key = row_key(session.session_key)
        session.account_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        session.browser = data.get(BROWSER, "")
        now = timezone.now()
        session.created_at = self._begun_at = self._begun_at or now
        # A clock that was set back makes no use older than the session.
        session.last_used_at = max(session.created_at, now)
        session.id = self._row_id = self._row_id or session.id
        session.expire_date = session_ends(created_at=session.created_at, last_used_at=session.last_used_at)
        return session

    def create(self) -> None:
        """A new row; what was begun under another key was begun when it was."""
        self._row_id = None
        super().create()

    def go_on_under_new_key(self) -> None:
        """What is put in from here on lies under a new key: whoever knew the one of before, or planted it, reads nothing of it.

        The row of before stays as it was until the new key is used like this once more, or ``forget_before``: who clicks twice on a
        slow line comes with the old key again, and goes on from what they had then.
        """
        before, known = self._row_of_now(), self._session  # type: ignore[attr-defined]  # Django's own cycle_key does the same
        self.forget_before()
        self.create()
        self._session_cache = {**known, BEFORE: before}

    def forget_before(self) -> None:
        """Let the key of before open nothing any more."""
        before = self.pop(BEFORE, None)
        if before:
            self.get_model_class().objects.filter(session_key=before, account_id=None).delete()

    def _row_of_now(self) -> str:
        return row_key(self.session_key) if self.session_key else ""

    def exists(self, session_key: str) -> bool:
        return super().exists(row_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(row_key(key))

    def flush(self) -> None:
        super().flush()
        self._row_id = self._begun_at = None

    def _rows(self) -> QuerySet[Session]:
        found = self.get_model_class().objects.all()
        return found.filter(session_key=row_key(self.session_key)) if self.session_key else found.none()

    def _get_session_from_db(self) -> Session | None:
        row, now = self._rows().first(), timezone.now()
        if row is not None and row.expire_date <= now:
            self.get_model_class().objects.filter(pk=row.pk).free().delete()
            row = None
        if row is None:
            self._session_key = None
            return None
        self._row_id, self._begun_at = row.pk, row.created_at
        if now - row.last_used_at >= USES_NOTED_EVERY:
            # No more than the time: what another request writes meanwhile stays.
            ends = session_ends(created_at=row.created_at, last_used_at=now)
            self._rows().update(last_used_at=now, expire_date=ends)
        return row
