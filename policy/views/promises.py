"""The promises and whether they are kept: a calm page for everybody, and one with the figures for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.http import Http404
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from accounts import staff
from datamap import promises as checks
from datamap.promises import State
from policy.promises import board, listed
from policy.promises.accounting import account, is_decided
from policy.promises.facts import Reader

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from accounts.staff import StaffRequest
    from policy.promises.board import Board, Row

PERMISSION = "policy.see_promises"
#: What was made of one look is good until the next; it is thrown away some time after that.
KEPT_SECONDS = 7200
#: Words of the filter in an address.
NEEDY, DECIDE, WATCHED, WEEK = "needy", "decide", "watched", "week"


def _version(request: HttpRequest) -> str:
    return f'"{board.version(language=get_language() or "en", at=timezone.now())}"'


@require_safe
@condition(etag_func=_version)
def policy_promises(request: HttpRequest) -> HttpResponse:
    """For everybody: made once for each look and language, and sent only to whoever does not have it."""
    at = timezone.now()
    key = f"policy.promises.{board.version(language=get_language() or 'en', at=at)}"
    content = cache.get(key)
    if content is None:
        found = board.read(reader=Reader.PUBLIC, at=at)
        content = {name: render_to_string(f"policy/_promises_{name}.html", {"board": found}) for name in ("sum", "list")}
        cache.set(key, content, KEPT_SECONDS)
    response = render(request, "policy/promises.html", {"content": content})
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@staff.permission_required(PERMISSION)
@require_safe
def desk_promises(request: StaffRequest) -> HttpResponse:
    at = timezone.now()
    found = board.read(reader=Reader.STAFF, at=at)
    lists = _lists(found, at=at)
    shown = request.GET.get("show", "")
    context = {
        "board": found,
        "needy": found.needy[:3],
        "needy_number": len(found.needy),
        "shown": lists.get(shown),
        "tabs": _tabs(lists, here=shown, number=len(found.rows)),
        "now": at,
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/promises.html", context)


def _lists(found: Board, *, at: datetime) -> dict[str, list[Row]]:
    return {
        NEEDY: found.needy,
        DECIDE: [row for row in found.rows if row.state == State.DECIDE],
        WATCHED: [row for row in found.rows if row.state in {State.WATCHED, State.BROKEN, State.UNKNOWN}],
        WEEK: board.changed_lately(found, at=at),
    }


def _tabs(lists: dict[str, list[Row]], *, here: str, number: int) -> list[staff.Tab]:
    words = {DECIDE: _("For decision"), WATCHED: _("Watched or not kept"), WEEK: _("Changed this week")}
    tabs = [staff.Tab(label=_("All, by section"), url="?", count=number, current=here not in lists)]
    tabs += [staff.Tab(label=label, url=f"?show={name}", count=len(lists[name]), current=here == name) for name, label in words.items()]
    return tabs


@staff.permission_required(PERMISSION)
@require_safe
def desk_promise(request: StaffRequest, number: str) -> HttpResponse:
    """One promise: what it says, how it is kept, what shows it, and how it stood.

    Raises:
        Http404: there is no such promise.
    """
    promise = listed.promise_of(number)
    if promise is None:
        raise Http404
    at = timezone.now()
    (line,) = (line for line in account().lines if line.promise == promise)
    days = board.days_of(promise, at=at)
    context = {
        "row": board.row_of(promise, at=at),
        "promise": promise,
        "section": next(section for section in listed.sections() if section.number == promise.section),
        "is_decided": is_decided(promise),
        "tests": line.tests,
        "faults": line.faults,
        "rules": checks.rules_of(promise.id),
        "days": days,
        "days_table": [(day.on, day.word) for day in reversed(days) if day.word],
        "width": board.DAYS * board.STEP,
        "height": board.TALLEST,
        "changes": board.changes_of(promise),
        "now": at,
        "desk_role": request.user.get_role_display(),
    }
    return render(request, "desk/promise.html", context)
