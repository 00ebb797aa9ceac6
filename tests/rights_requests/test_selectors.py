from __future__ import annotations

from datetime import date, timedelta

import pytest

from rights_requests import selectors, services
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from tests.accounts.factories import make_message, make_staff
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)


@pytest.fixture
def desk(at):
    """Requests of every kind, by name."""
    agent = make_staff()
    late = cast.collected(at=at - timedelta(days=40), email="late@customer.example")
    week = cast.collected(at=at - timedelta(days=27), email="week@customer.example", country="FR")
    later = cast.collected(Right.ERASURE, at=at, email="later@customer.example")
    waiting = cast.file(at=at, email="waiting@customer.example")
    closed = cast.collected(at=at, email="closed@customer.example")
    services.answer(request_id=closed.pk, actor=cast.CLERK, at=at)
    services.assign(request_id=week.pk, agent_id=agent.pk, actor=cast.CLERK, at=at)
    cases = {"late": late, "week": week, "later": later, "waiting": waiting, "closed": closed}
    return {"agent": agent, "names": {case.pk: name for name, case in cases.items()}, **cases}


def names(desk, **filters) -> list[str]:
    return [desk["names"][row.pk] for row in selectors.queue(**filters, today=MONDAY)]


def test_the_queue_shows_what_is_open_the_soonest_first(desk):
    shown = names(desk)
    assert shown[:2] == ["late", "week"]
    assert set(shown[2:]) == {"later", "waiting"}


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"right": "ERASURE"}, {"later"}),
        ({"state": "AWAITING_IDENTITY"}, {"waiting"}),
        ({"state": "WAITING"}, {"waiting"}),
        ({"state": "CLOSED"}, {"closed"}),
        ({"state": "ANSWERED"}, {"closed"}),
        ({"agent": "NOBODY"}, {"late", "later", "waiting"}),
        ({"country": "FR"}, {"week"}),
        ({"due": "overdue"}, {"late"}),
        ({"due": "week"}, {"late", "week"}),
        ({"text": "LATE@customer.example"}, {"late"}),
        ({"text": "late"}, set()),
        ({"text": "late@customer", "right": "ACCESS"}, set()),
        ({"right": "ERASURE", "due": "overdue"}, set()),
    ],
)
def test_filters_let_through_exactly_what_they_say(desk, filters, found):
    assert set(names(desk, **filters)) == found


def test_a_request_is_found_by_its_reference_as_typed(desk):
    assert names(desk, text=desk["late"].reference.lower().replace("-", " ")) == ["late"]


def test_mine_are_mine(desk):
    assert names(desk, agent=str(desk["agent"].pk)) == ["week"]


@pytest.mark.parametrize("sort", ["due", "received", "state"])
def test_every_order_has_its_reverse(desk, sort):
    assert names(desk, sort=sort) == list(reversed(names(desk, sort=f"-{sort}")))


def test_counts_and_groups_come_in_one_query_each(desk, django_assert_num_queries):
    with django_assert_num_queries(1):
        counts = selectors.queue_counts(agent_id=desk["agent"].pk, today=MONDAY)
    with django_assert_num_queries(1):
        sizes = selectors.queue_sizes(selectors.queue(today=MONDAY), today=MONDAY)

    assert counts == selectors.QueueCounts(open=4, overdue=1, soon=1, mine=1, nobody=3, waiting=1, standing=0)
    assert (sizes.overdue, sizes.soon, sizes.later, sizes.count) == (1, 1, 2, 4)


@pytest.mark.parametrize("rows", [1, 30])
def test_a_page_of_the_queue_is_one_query_whatever_it_shows(at, rows, django_assert_num_queries):
    for number in range(rows):
        cast.file(at=at, email=f"p{number}@customer.example")

    with django_assert_num_queries(1):
        assert len([(row.reference, row.assigned_to) for row in selectors.queue(today=MONDAY)[:30]]) == rows


@pytest.mark.parametrize(("day", "last"), [(MONDAY, date(2026, 3, 9)), (date(2026, 3, 8), date(2026, 3, 15))])
def test_soon_is_seven_days_whatever_the_weekday(day, last):
    assert selectors.soon_ends(day) == last


def test_the_due_date_is_a_sum(at):
    case = cast.file(at=at)

    rows, total = selectors.due_sum(case, today=MONDAY)

    assert [on for _words, on in rows] == [date(2026, 3, 2), date(2026, 4, 2)]
    assert total[1] == case.due_on


def test_each_step_of_the_sum_shows_the_day_that_it_leads_to(at):
    case = cast.file(at=at.replace(month=3, day=5))

    rows, total = selectors.due_sum(case, today=MONDAY)

    assert rows == [
        ("Received", date(2026, 3, 5)),
        ("One month later", date(2026, 4, 5)),
        ("A Sunday, so it moves on", date(2026, 4, 6)),
        ("Easter Monday, so it moves on", date(2026, 4, 7)),
    ]
    assert total[1] == date(2026, 4, 7)


def test_history_names_who_did_what(at):
    agent = make_staff(name="Jonas Peeters")
    case = cast.collected(at=at)
    services.assign(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)

    entries = selectors.history(case)

    assert [(entry.title, entry.by) for entry in entries] == [
        ("Received", "by the person"),
        ("Identity confirmed", "by the person"),
        ("All sources answered", "by OxyPrivacy"),
        ("Handed over", "by Jonas Peeters"),
    ]
    assert entries[-1].detail == "Jonas Peeters"


def test_history_is_two_queries_whatever_happened(at, django_assert_num_queries):
    cast.data_of()
    case = RightsRequest.objects.select_related("preview").get(pk=cast.erased(at=at).pk)

    with django_assert_num_queries(2):
        assert len(selectors.history(case)) > 8


def test_every_event_of_a_case_has_words(at):
    from audit.models import Event
    from rights_requests.history import TITLES

    cast.data_of()
    cast.erased(at=at)
    cast.answered(at=at, email="two@customer.example")

    assert set(Event.objects.filter(about__startswith="R-").values_list("action", flat=True)) <= set(TITLES)


FOR_ERASURES_ONLY = {Status.AWAITING_APPROVAL, Status.GRACE}


@pytest.mark.parametrize(
    ("right", "status"),
    [(right, status) for right in Right for status in Status if right == Right.ERASURE or status not in FOR_ERASURES_ONLY],
)
def test_every_state_has_its_stages(at, right, status):
    case = cast.collected(right, at=at)
    case.status = status

    steps = selectors.steps_for_person(case)

    assert [step.phase for step in steps].count("current") == 1
    phases = [step.phase for step in steps]
    assert phases == sorted(phases, key=["done", "current", "todo"].index)


def test_the_desk_leafs_through_a_source(at):
    for number in range(60):
        make_message(cast.EMAIL, text=f"message {number:02d}")
    case = cast.collected(at=at)

    first = selectors.source_rows(case, "accounts.messages", page=1)
    second = selectors.source_rows(case, "accounts.messages", page=2)

    (part,) = first.parts
    assert (len(part.rows), part.has_more, first.has_next) == (50, True, True)
    assert (len(second.parts[0].rows), second.has_next) == (10, False)
    shown = [cell.value for page in (first, second) for row in page.parts[0].rows for cell in row.cells if cell.column == "text"]
    assert sorted(shown) == [f"message {number:02d}" for number in range(60)]


def test_the_desk_sees_what_is_left_out(at):
    from datamap.enums import Ground

    row = make_message(cast.EMAIL)
    case = cast.collected(at=at)
    services.withhold(
        request_id=case.pk,
        source="accounts.messages",
        part="messages",
        row_key=str(row.pk),
        column="text",
        ground=Ground.THIRD_PARTY_RIGHTS,
        agent_id=make_staff().pk,
        actor=cast.CLERK,
        at=at,
    )

    cells = selectors.source_rows(case, "accounts.messages").parts[0].rows[0].cells
    assert [cell.column for cell in cells if cell.is_withheld] == ["text"]


def test_response_times_count_days_and_no_people(at):
    for days in (1, 1, 5):
        case = cast.collected(at=at, email=f"d{days}@customer.example")
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at + timedelta(days=days))
    cast.file(at=at)

    assert selectors.response_times() == [(1, 2), (5, 1)]


def test_letters_and_messages_of_a_case(at):
    case = cast.collected(at=at)
    agent = make_staff()
    services.write_message(request_id=case.pk, text="Hello", author_id=agent.pk, actor=cast.CLERK, at=at)
    services.ask_code(reference=case.reference, at=at)

    assert [message.text for message in selectors.thread(case)] == ["Hello"]
    assert {letter.event for letter in selectors.letters_for_person(case)} == {"confirm_request", "request_received", "new_message"}
    assert selectors.package_of(case) is None
    assert RightsRequest.objects.get(pk=case.pk).is_open
