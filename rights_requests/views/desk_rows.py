"""The queue as its page shows it: tabs, groups by urgency and rows. No reads beyond the selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import staff
from datamap import masking
from letters.models import Letter
from rights_requests import alike, recipients, selectors, wording
from rights_requests.enums import MailState, Right, Status
from rights_requests.forms_desk import NOBODY, WAITING
from rights_requests.models import IncomingMail

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.staff import StaffRequest
    from datamap.declaration import Text
    from rights_requests.models import RightsRequest

#: Beyond this many nobody counts on the page of one request.
MOST_ALIKE = 99

#: The shape that stands before the word of each state.
SHAPES: Mapping[str, str] = {
    Status.AWAITING_IDENTITY: "identity",
    Status.COLLECTING: "collecting",
    Status.IN_REVIEW: "decide",
    Status.AWAITING_APPROVAL: "approval",
    Status.GRACE: "waiting",
    Status.CARRYING_OUT: "collecting",
    Status.ANSWERED: "done",
    Status.REFUSED: "refused",
    Status.WITHDRAWN: "refused",
    Status.LAPSED: "refused",
    Status.FORWARDED: "done",
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    id: str
    reference: str
    url: str
    right: Text
    person: str
    email: str
    received_on: date
    due_on: date
    is_standing: bool
    closed: str
    state: str
    state_label: Text
    assignee: str
    selected: bool
    #: How many repeat it, itself included, where there are several.
    alike: str = ""
    alike_url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    rows: list[QueueRow]


def find(chosen: Mapping[str, str], *, today: date) -> QuerySet[RightsRequest]:
    return selectors.queue(
        right=chosen["right"],
        state=chosen["state"],
        agent=chosen["agent"],
        country=chosen["country"],
        due=chosen["due"],
        text=chosen["q"],
        alike=chosen["alike"],
        sort=chosen["sort"],
        today=today,
    )


def is_filtered(chosen: Mapping[str, str]) -> bool:
    return any(value for name, value in chosen.items() if name != "sort")


def sizes(found: QuerySet[RightsRequest], *, chosen: Mapping[str, str], counts: selectors.QueueCounts, today: date) -> selectors.QueueSizes:
    """How many stand in each group. Of all open requests the figures over the queue know it already."""
    if is_filtered(chosen):
        return selectors.queue_sizes(found, today=today)
    return selectors.QueueSizes(
        overdue=counts.overdue,
        soon=counts.soon,
        later=counts.open - counts.overdue - counts.soon - counts.standing,
        standing=counts.standing,
    )


def frame(request: StaffRequest, counts: selectors.QueueCounts | None = None) -> dict[str, object]:
    """What the side list says beside its rooms, and under the reader's name."""
    figures = counts or selectors.queue_counts(agent_id=request.user.pk, today=timezone.localdate())
    return {
        "desk_counts": {"desk_queue": figures.open, **_waiting()},
        "desk_role": request.user.get_role_display(),
    }


def _waiting() -> dict[str, int]:
    """What waits for a person in the other rooms, in one query."""
    letters = _counted(Letter.objects.for_the_desk().to_settle(), room="desk_letters")
    mails = _counted(IncomingMail.objects.filter(state=MailState.UNSORTED), room="desk_mails")
    notices = _counted(recipients.notices(), room="desk_notices")
    return dict(letters.union(mails, notices, all=True))


def _counted(rows: QuerySet[Any], *, room: str) -> QuerySet[Any, Any]:
    counted: QuerySet[Any, Any] = rows.order_by().values_list(Value(room)).annotate(waiting=Count("*"))
    return counted


def agents() -> list[tuple[UUID, str]]:
    return [(agent.pk, agent.name) for agent in staff.desk_agents()]


def summary(counts: selectors.QueueCounts) -> str:
    """The line beside the heading: "31 open, 2 overdue, 6 due within 7 days"."""
    return ", ".join(
        (
            _("%(count)s open") % {"count": counts.open},
            _("%(count)s overdue") % {"count": counts.overdue},
            _("%(count)s due within 7 days") % {"count": counts.soon},
        )
    )


def tabs(counts: selectors.QueueCounts, *, chosen: Mapping[str, str], agent_id: UUID) -> list[staff.Tab]:
    """Views with names: each is a set of filters, so each has an address."""
    named: list[tuple[str, dict[str, str], int]] = [
        (_("All open"), {}, counts.open),
        (_("Mine"), {"agent": str(agent_id)}, counts.mine),
        (_("Overdue or due within 7 days"), {"due": "week"}, counts.overdue + counts.soon),
        (_("Nobody yet"), {"agent": NOBODY}, counts.nobody),
        (_("Waiting for the person"), {"state": WAITING}, counts.waiting),
    ]
    now = {name: value for name, value in chosen.items() if value and name != "sort"}
    return [staff.Tab(label=label, url=_address(filters), count=count, current=filters == now) for label, filters, count in named]


def sort_urls(chosen: Mapping[str, str]) -> dict[str, str]:
    """By column the address that sorts by it; a second time, the other way round."""
    now = chosen["sort"] or "due"
    return {column: _address({**chosen, "sort": f"-{column}" if now == column else column}) for column in ("due", "received", "state")}


def _address(filters: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in filters.items() if value})
    return f"{reverse('desk_queue')}?{query}" if query else reverse("desk_queue")


def groups(
    shown: Sequence[RightsRequest],
    *,
    sizes: selectors.QueueSizes,
    sort: str,
    today: date,
    selected: Collection[str] = (),
) -> list[Group]:
    """By urgency where the soonest stand first; otherwise one group without a name."""
    alike_sizes = alike.sizes(shown)
    rows = [
        _row(rights_request, is_selected=rights_request.reference in selected, alike_sizes=alike_sizes, today=today)
        for rights_request in shown
    ]
    if sort not in {"", "due"} or any(row.closed for row in rows):
        return [Group(label="", rows=rows)] if rows else []
    return _by_urgency(rows, sizes=sizes, today=today)


def _by_urgency(rows: Sequence[QueueRow], *, sizes: selectors.QueueSizes, today: date) -> list[Group]:
    soon_until = selectors.soon_ends(today)
    running = [row for row in rows if not row.is_standing]
    named = (
        (_("Overdue, %(count)s"), sizes.overdue, [row for row in running if row.due_on < today]),
        (_("Next 7 days, %(count)s"), sizes.soon, [row for row in running if today <= row.due_on <= soon_until]),
        (_("Later, %(count)s"), sizes.later, [row for row in running if row.due_on > soon_until]),
        (_("Standing still, %(count)s"), sizes.standing, [row for row in rows if row.is_standing]),
    )
    return [Group(label=label % {"count": size}, rows=members) for label, size, members in named if members]


def _row(rights_request: RightsRequest, *, is_selected: bool, alike_sizes: Mapping[alike.Key, int], today: date) -> QueueRow:
    status = Status(rights_request.status)
    repeats = alike_sizes.get(alike.key_of(rights_request), 1) if rights_request.is_open else 1
    agent = rights_request.assigned_to
    return QueueRow(
        id=rights_request.reference,
        reference=rights_request.reference,
        url=reverse("desk_request_open", args=[rights_request.reference]),
        right=Right(rights_request.right).label,
        person=masking.masked(rights_request.name),
        email=masking.masked_email(rights_request.email),
        received_on=rights_request.received_on,
        due_on=wording.not_before(rights_request, today=today),
        is_standing=rights_request.paused_on is not None,
        closed="" if rights_request.is_open else _("Closed"),
        state=SHAPES[status],
        state_label=status.label,
        assignee=agent.name if agent else "",
        selected=is_selected,
        alike=alike_words(repeats),
        alike_url=alike_url(rights_request) if repeats > 1 else "",
    )


def alike_words(repeats: int) -> str:
    return _("%(count)s alike") % {"count": repeats} if repeats > 1 else ""


def alike_of(rights_request: RightsRequest) -> dict[str, str]:
    """What the page of one request says of its repeats: how many, where they stand, and which one came first."""
    references = (
        list(alike.group_of(rights_request).values_list("reference", flat=True)[: MOST_ALIKE + 1]) if rights_request.is_open else []
    )
    if len(references) < 2:
        return {}
    words = alike_words(len(references)) if len(references) <= MOST_ALIKE else _("More than %(count)s alike") % {"count": MOST_ALIKE}
    return {"words": words, "url": alike_url(rights_request), "first": references[0] if references[0] != rights_request.reference else ""}


def alike_url(rights_request: RightsRequest) -> str:
    """The queue of a group, the first one first."""
    return _address({"alike": rights_request.reference, "sort": "received"})


def overdue_words(days: int) -> str:
    return ngettext("%(days)s day overdue", "%(days)s days overdue", days) % {"days": days}
