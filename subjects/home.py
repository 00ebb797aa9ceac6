"""Whether a database is the one in service. A restored one is not, until everything that was said and erased since its backup was
replayed there: nobody but its owner gets a connection to it before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.backends.base.base import BaseDatabaseWrapper

#: The owner migrates, restores and replays; everybody else serves, and serves from no other database than the one in service.
_ASK = """
SELECT pg_get_userbyid(here.datdba) = current_user, to_regclass('public.subjects_home') IS NOT NULL,
       NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))
  FROM pg_database AS here WHERE here.datname = current_database()
"""
_IS_HOME = """
SELECT EXISTS (
    SELECT FROM public.subjects_home AS home, pg_control_system() AS control, pg_database AS here
     WHERE here.datname = current_database() AND home.server = control.system_identifier::text AND home.database = here.oid::bigint
)
"""
_OPEN = """
UPDATE public.subjects_home AS home
   SET server = control.system_identifier::text, database = here.oid::bigint, opened_at = %s, backup = %s, ledger = %s
  FROM pg_control_system() AS control, pg_database AS here WHERE here.datname = current_database()
"""
_CLOSE = "UPDATE public.subjects_home SET database = 0"
#: What PostgreSQL says to a role that a restored database does not let in yet.
_KEPT_OUT = "permission denied for database"


class NotOpened(OperationalError):
    """The database was restored, and what was erased and said since has not been replayed: nothing is read from it."""

    said = "This database was restored and is not open yet: run manage.py replay_tombstones (docs/restore.md)."

    def __init__(self) -> None:
        super().__init__(self.said)


class NotSetUp(NotOpened):
    """The database has no table yet. Whoever was let in now would stay in while a backup is read into it."""

    said = "This database holds nothing yet: run manage.py migrate."


def is_refusal(error: Exception) -> bool:
    """Whether a connection was refused because the database is not open, and for no other reason."""
    return isinstance(error, NotOpened) or (isinstance(error, OperationalError) and _KEPT_OUT in str(error))


def is_closed() -> bool:
    """Whether this process may not serve from its database. One that does not answer at all is for others to tell."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        return is_refusal(error)
    return False


def refuse_unopened(*, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Called for each new connection, before anybody has it. Django would keep it: so it is closed first.

    Raises:
        NotOpened: see there.
    """
    if connection.vendor != "postgresql":
        return
    with connection.connection.cursor() as cursor:
        cursor.execute(_ASK)
        is_owner, is_set_up, is_empty = cursor.fetchone()
        if not is_owner and is_set_up:
            cursor.execute(_IS_HOME)
            (is_set_up,) = cursor.fetchone()
    if not (is_owner or is_set_up):
        connection.close()
        raise NotSetUp if is_empty else NotOpened


def is_open() -> bool:
    """Asked by the owner, who is let in anyhow."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_HOME)
        (found,) = cursor.fetchone()
    return bool(found)


def open_here(*, backup: str, ledger: int, at: datetime) -> None:
    """Say that this database is the one in service, inside the transaction of the replay. The owner alone may; a trigger leaves an event."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [at, backup, ledger])


def close_here() -> None:
    """Say that this database is not in service, until its replay says that it is."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE)
