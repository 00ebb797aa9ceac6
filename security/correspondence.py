"""What officers, customers and people are written about a breach: each in their own language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff
from letters import services as letters
from letters.values import Rows
from security import rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.staff import User
    from datamap.customers import Administrator
    from letters.values import Value
    from security.models import Breach, Wording
    from security.selectors import MeasureRow

EVIDENCE_ALARM = "evidence_alarm"


def working(breach: Breach) -> Rows:
    """How the end of the hours comes about."""
    clock = rules.clock(known_at=breach.known_at, hours=breach.hours)
    return Rows(
        rows=[
            (_("Became known"), timezone.localtime(clock.known_at)),
            (_("That hour is not counted: counted from"), timezone.localtime(clock.counts_from)),
            (_("Hours, weekends and holidays included"), clock.hours),
        ],
        total=(_("To the authority by"), timezone.localtime(breach.due_at)),
    )


def left_in_words(breach: Breach, *, at: datetime) -> str:
    """How long there is, or by how much it is over; minutes are said of the last hour."""
    seconds = int((breach.due_at - at).total_seconds())
    if seconds <= 0:
        hours = -seconds // 3600
        return ngettext("%(count)s hour over", "%(count)s hours over", hours) % {"count": hours}
    if seconds < 3600:
        minutes = seconds // 60
        return ngettext("%(count)s minute left", "%(count)s minutes left", minutes) % {"count": minutes}
    hours = seconds // 3600
    return ngettext("%(count)s hour left", "%(count)s hours left", hours) % {"count": hours}


def alarm(breach: Breach, *, at: datetime) -> None:
    """To every officer: a breach is there, and so many hours are left."""
    for user in staff.officers():
        with translation.override(user.language):
            values: dict[str, Value] = {
                "reference": breach.reference,
                "left": left_in_words(breach, at=at),
                "working": working(breach),
                "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_breach', kwargs={'reference': breach.reference})}",
            }
            letters.write(
                event="breach_alarm", language=user.language, to=user.email, name=user.name, about=f"accounts.user:{user.pk}",
                values=values, at=at, is_shown=False,
            )  # fmt: skip


def evidence_alarm(user: User, rows: Sequence[MeasureRow], *, at: datetime) -> None:
    with translation.override(user.language):
        values: dict[str, Value] = {
            "number": len(rows),
            "measures": Rows(
                rows=[(row.measure.label, row.measure.owner, row.last.review_on if row.last else _("never seen")) for row in rows]
            ),
            "desk_url": f"{settings.PUBLIC_URL}{reverse('desk_measures')}",
        }
        letters.write(
            event=EVIDENCE_ALARM, language=user.language, to=user.email, name=user.name, about=f"accounts.user:{user.pk}",
            values=values, at=at, is_shown=False,
        )  # fmt: skip


def to_customer(breach: Breach, wording: Wording, reader: Administrator, *, at: datetime) -> None:
    _write("breach_customer", breach, wording, to=reader.email, name=reader.name, at=at)


def to_person(breach: Breach, wording: Wording, address: str, *, at: datetime) -> None:
    _write("breach_person", breach, wording, to=address, name="", at=at)


def _write(event: str, breach: Breach, wording: Wording, *, to: str, name: str, at: datetime) -> None:
    values: dict[str, Value] = {
        "reference": breach.reference,
        "known_at": timezone.localtime(breach.known_at),
        "facts": wording.facts,
        "consequences": wording.consequences,
        "measures": wording.measures,
        "advice": wording.advice,
    }
    letters.write(event=event, language=wording.language, to=to, name=name, about=breach.reference, values=values, at=at)
