"""After a restore: our rows say what was asked of customers' databases then, and the servers have gone on since.

Nothing is destroyed on the word of a cancellation that may have been taken back, and no server is told an old secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit import services as audit
from audit.actor import Actor
from audit.models import Event
from hosting.enums import State, Verb
from hosting.models import CustomerDatabase, Deletion, Restoration
from hosting.services import steps

if TYPE_CHECKING:
    from datetime import datetime

HOUSE = Actor.system("replay_tombstones")
BEGUN_ANEW = "customer_database.grace_anew"
#: What a backup would have said to a server once more. What closes and shuts out is said again.
UNSAID = (Verb.PASSWORD, Verb.EXPORT, Verb.OPEN_ACCESS, Verb.OPEN_RESTORED, Verb.DESTROY)


def put_right(*, at: datetime) -> dict[str, int]:
    """Inside the caller's transaction; done again it finds nothing."""
    return {
        "cancelled databases whose time begins anew": _begin_anew(at=at),
        "orders to delete everything called off": Deletion.objects.filter(begun_at=None, cancelled_at=None).update(cancelled_at=at),
        "steps on servers dropped": _drop_steps(at=at),
        "restored backups shut until they are caught up": _shut_restored(at=at),
    }


def _begin_anew(*, at: datetime) -> int:
    """The customer may have changed their mind in the time that is lost: they have the whole of it once more (P079)."""
    begun = set(Event.objects.filter(action=BEGUN_ANEW).values_list("about", "at"))
    waiting = CustomerDatabase.objects.filter(cancelled_at__lt=at, deleted_at=None).exclude(state=State.DESTROYED)
    back = [database for database in waiting.select_for_update(of=("self",)) if (database.about, database.cancelled_at) not in begun]
    for database in back:
        database.cancelled_at = at
        database.save(update_fields=["cancelled_at"])
        audit.record(action=BEGUN_ANEW, about=database.about, actor=HOUSE, at=at)
    return len(back)


def _drop_steps(*, at: datetime) -> int:
    """A database that was ordered to be deleted, and whose deletion had begun, goes on being destroyed."""
    unsaid = steps.open_steps(*UNSAID).exclude(verb=Verb.DESTROY, database__deleted_at__isnull=False)
    return steps.drop(unsaid, at=at)


def _shut_restored(*, at: datetime) -> int:
    """Rows that were named in the time that is lost stand in the journal outside: nobody is let in before these are gone too."""
    stand = list(Restoration.objects.filter(served_at__isnull=False, ended_at=None).select_related("database"))
    for restoration in stand:
        restoration.served_at = None
        restoration.save(update_fields=["served_at"])
        steps.open_step(restoration.database, Verb.CATCH_UP, at=at, about=restoration.pk)
    return len(stand)
