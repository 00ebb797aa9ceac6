"""Breaches as the pages say them: how long there is, what is still to do, who was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import staff
from datamap import customers, masking
from datamap.enums import Category
from security import correspondence, rules, selectors
from security.enums import Audience, Harm, People
from security.rules import Standing, Todo
from subjects.selectors import emails

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import _StrPromise

    from security.models import Account, AffectedCustomer, AffectedPerson, Breach, Decision

#: From so many hours on, little is left.
SOON = 24

TODO: Mapping[Todo, tuple[_StrPromise, str]] = {
    Todo.DESCRIBE: (gettext_lazy("Describe the breach and its risk"), "describe"),
    Todo.NAME_CUSTOMERS: (gettext_lazy("Name the customers concerned"), "customers"),
    Todo.TELL_CUSTOMERS: (gettext_lazy("Tell the customers"), "#customers"),
    Todo.DECIDE_AUTHORITY: (gettext_lazy("Decide whether the authority is notified"), "decide-authority"),
    Todo.APPROVE_AUTHORITY: (gettext_lazy("A second person approves not to notify the authority"), "#decisions"),
    Todo.NOTIFY_AUTHORITY: (gettext_lazy("Notify the authority, and record it"), "submit"),
    Todo.DECIDE_PEOPLE: (gettext_lazy("Decide whether the people concerned are told"), "decide-people"),
    Todo.APPROVE_PEOPLE: (gettext_lazy("A second person approves not to tell the people concerned"), "#decisions"),
    Todo.NAME_PEOPLE: (gettext_lazy("Name the people concerned"), "people"),
    Todo.TELL_PEOPLE: (gettext_lazy("Tell the people concerned"), "#people"),
}


@dataclass(frozen=True, slots=True)
class Row:
    breach: Breach
    shape: str
    word: str
    next: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    audience: str
    audience_label: str
    decision: Decision
    decided_by: str
    approved_by: str
    is_waiting: bool
    is_mine: bool
    step: str


@dataclass(frozen=True, slots=True)
class AffectedRow:
    key: str
    label: str
    row: AffectedCustomer | AffectedPerson


@dataclass(frozen=True, slots=True)
class TodoRow:
    label: str
    url: str


def rows(breaches: Iterable[Breach], *, at: datetime) -> list[Row]:
    found = list(breaches)
    standings = selectors.standings(found)
    return [_row(breach, standings[breach.pk], at=at) for breach in found]


def _row(breach: Breach, standing: Standing, *, at: datetime) -> Row:
    left = rules.todo(standing)
    shape, word = _state(breach, is_settled=rules.is_authority_settled(standing), at=at)
    return Row(breach=breach, shape=shape, word=word, next=str(TODO[left[0]][0]) if left else _("Ready to be closed"))


def _state(breach: Breach, *, is_settled: bool, at: datetime) -> tuple[str, str]:
    if not breach.is_open:
        return "done", _("Breach closed")
    if is_settled:
        return "approval", _("Authority settled")
    hours = rules.hours_left(due_at=breach.due_at, at=at)
    return "late" if hours < 0 else "waiting" if hours < SOON else "decide", correspondence.left_in_words(breach, at=at)


def page(breach: Breach, *, user_key: str, at: datetime) -> dict[str, Any]:
    standing = selectors.standing(breach)
    accounts = list(breach.accounts.all())
    entries = list(breach.entries.all())
    decisions = selectors.last_decisions(breach)
    keys = [breach.recorded_by, breach.closed_by, *(one.written_by for one in accounts), *(one.written_by for one in entries)]
    keys += [key for one in decisions.values() for key in (one.decided_by, one.approved_by)]
    names = staff.names(key for key in keys if key)
    left = rules.todo(standing)
    shape, word = _state(breach, is_settled=rules.is_authority_settled(standing), at=at)
    said = correspondence.working(breach)
    return {
        "breach": breach,
        "state": shape,
        "state_label": word,
        "sum_rows": said.rows,
        "sum_total": said.total,
        "is_late": shape == "late",
        "todo": [_todo(breach, one) for one in left] if breach.is_open else [],
        "account": accounts[0] if accounts else None,
        "facts": _facts(accounts[0]) if accounts else [],
        "earlier": [(one, names.get(one.written_by, "")) for one in accounts[1:]],
        "decisions": [_decision(audience, one, names, user_key=user_key) for audience, one in decisions.items()],
        "submissions": list(breach.submissions.all()),
        "wordings": breach.wordings.order_by("readers", "language", "-id").distinct("readers", "language"),
        "customers": _customers(breach),
        "people": _people(breach),
        "customers_left": standing.customers - standing.customers_told,
        "people_left": standing.people - standing.people_told,
        "entries": [(entry, names.get(entry.written_by, "")) for entry in entries],
        "recorded_by": names.get(breach.recorded_by, ""),
        "case_url": reverse("desk_request_open", args=[breach.about]) if breach.about.startswith("R-") else "",
    }


def _todo(breach: Breach, one: Todo) -> TodoRow:
    label, step = TODO[one]
    url = step if step.startswith("#") else reverse("desk_breach_step", kwargs={"reference": breach.reference, "step": step})
    return TodoRow(label=str(label), url=url)


def _facts(account: Account) -> list[tuple[str, str]]:
    """What is counted and chosen, label and value; the running texts stand by themselves."""
    return [
        (_("Our role"), account.get_role_display()),
        (_("What happened to the data"), _listed(account.harms, Harm)),
        (_("Categories of data"), _listed(account.categories, Category)),
        (_("Categories of people"), _listed(account.of_people, People)),
    ]


def _listed(codes: Sequence[str], choices: Any) -> str:
    return ", ".join(str(choices(code).label) for code in codes)


def _decision(audience: Audience, decision: Decision, names: Mapping[str, str], *, user_key: str) -> DecisionRow:
    return DecisionRow(
        audience=audience.value,
        audience_label=str(audience.label),
        decision=decision,
        decided_by=names.get(decision.decided_by, ""),
        approved_by=names.get(decision.approved_by, ""),
        is_waiting=not decision.holds,
        is_mine=decision.decided_by == user_key,
        step=f"approve-{audience.lower()}",
    )


def _customers(breach: Breach) -> list[AffectedRow]:
    found = list(breach.customers.all())
    known = customers.keyed([str(row.customer) for row in found])
    return [AffectedRow(key=str(row.pk), label=_called(known.get(str(row.customer))), row=row) for row in found]


def _called(customer: Any) -> str:
    if customer is None:
        return _("A customer who is gone")
    return customer.name if customer.administrators else _("%(name)s (nobody there reads letters)") % {"name": customer.name}


def _people(breach: Breach) -> list[AffectedRow]:
    found = breach.affected.select_related("subject").prefetch_related("subject__identifiers")
    return [
        AffectedRow(key=str(row.pk), label=masking.masked_email(next(iter(emails(row.subject)), "")) or str(row.subject), row=row)
        for row in found
    ]
