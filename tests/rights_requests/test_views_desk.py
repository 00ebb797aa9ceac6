"""The queue: what stands in it, in which order and group, and handing requests over."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from letters.models import Letter
from rights_requests import deadlines, services
from rights_requests.enums import Channel, Right, Status
from rights_requests.models import RightsRequest
from tests.accounts import factories
from tests.rights_requests import desk_cast

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries
    from time_machine import TimeMachineFixture

pytestmark = pytest.mark.django_db

QUEUE = "/desk/"
RECORD = "/desk/requests/new/"
#: Session and user; agents; the figures; the page; its repeats; the letters that wait for a person. A filter counts its groups besides.
QUERIES = 7
QUERIES_FILTERED = 8


@pytest.fixture
def desk(client: Client) -> Client:
    return desk_cast.agent_client(client, name="Anaïs Lambert")[0]


def references(page: str) -> list[str]:
    return re.findall(r'class="queue-reference"><a href="[^"]+">(R-[^<]+)<', page)


def test_the_queue_shows_state_due_and_agent_in_words_and_masks_the_person(desk: Client) -> None:
    agent = factories.make_staff(name="Karim Benali")
    case = desk_cast.make_case(Status.COLLECTING, email="nathalie@proximus.example", assigned_to=agent)
    page = desk.get(QUEUE).content.decode()
    assert references(page) == [case.reference]
    for words in ("Collecting", "Karim Benali", "N•••• V••••", "n•••@proximus.example", "In "):
        assert words in page
    assert "Nathalie" not in page
    assert "nathalie@" not in page


def test_requests_stand_in_groups_by_urgency_soonest_first(desk: Client) -> None:
    today = timezone.localdate()
    late = desk_cast.make_case(due_on=today - timedelta(days=2))
    now = desk_cast.make_case(due_on=today)
    later = desk_cast.make_case(due_on=today + timedelta(days=20))
    page = desk.get(QUEUE).content.decode()
    assert references(page) == [late.reference, now.reference, later.reference]
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]+)<', page) == ["Overdue, 1", "Next 7 days, 1", "Later, 1"]
    assert "2 days overdue" in page
    assert "Today" in page


def test_on_a_sunday_the_next_seven_days_begin_with_the_monday(desk: Client, time_machine: TimeMachineFixture) -> None:
    sunday = datetime(2026, 3, 8, 12, tzinfo=UTC)
    time_machine.move_to(sunday)
    due = {days: desk_cast.make_case(due_on=sunday.date() + timedelta(days=days)).reference for days in (1, 7, 8)}
    page = desk.get(QUEUE).content.decode()
    assert references(page) == list(due.values())
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]+)<', page) == ["Next 7 days, 2", "Later, 1"]
    assert references(desk.get(QUEUE, {"due": "week"}).content.decode()) == [due[1], due[7]]


@pytest.mark.parametrize("count", [1, 30])
def test_the_queue_takes_the_same_queries_for_one_row_and_for_thirty(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agents = [factories.make_staff() for _ in range(3)]
    for number in range(count):
        desk_cast.make_case(assigned_to=agents[number % 3])
    desk.get(QUEUE)  # the session gets its form token once
    with django_assert_num_queries(QUERIES):
        page = desk.get(QUEUE).content.decode()
    assert len(references(page)) == count
    with django_assert_num_queries(QUERIES_FILTERED):
        page = desk.get(QUEUE, {"right": "ACCESS"}).content.decode()
    assert len(references(page)) == count


def test_what_does_not_fit_on_a_page_stands_on_the_next(desk: Client) -> None:
    made = {desk_cast.make_case().reference for _ in range(31)}
    first = desk.get(QUEUE).content.decode()
    second = desk.get(QUEUE, {"page": "2"}).content.decode()
    assert len(references(first)) == 30
    assert set(references(first)) | set(references(second)) == made
    assert "1–30 of 31" in first
    assert "Later, 31" in first


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, {"access", "erasure", "mine", "unconfirmed", "french"}),
        ({"right": "ERASURE"}, {"erasure"}),
        ({"state": "AWAITING_IDENTITY"}, {"unconfirmed"}),
        ({"state": "WAITING"}, {"unconfirmed"}),
        ({"state": "CLOSED"}, {"closed"}),
        ({"agent": "NOBODY"}, {"access", "erasure", "unconfirmed", "french"}),
        ({"country": "FR"}, {"french"}),
        ({"due": "overdue"}, {"access"}),
        ({"right": "nonsense", "state": "nonsense", "sort": "nonsense"}, {"access", "erasure", "mine", "unconfirmed", "french"}),
    ],
)
def test_filters(client: Client, query: dict[str, str], expected: set[str]) -> None:
    desk, agent = desk_cast.agent_client(client)
    cases = {
        "access": desk_cast.make_case(days_ago=60),
        "erasure": desk_cast.make_case(right=Right.ERASURE),
        "mine": desk_cast.make_case(assigned_to=agent),
        "unconfirmed": desk_cast.make_case(Status.AWAITING_IDENTITY),
        "french": desk_cast.make_case(country="FR"),
        "closed": desk_cast.make_case(Status.ANSWERED),
    }
    page = desk.get(QUEUE, query).content.decode()
    assert set(references(page)) == {cases[name].reference for name in expected}


def test_the_tabs_count_and_lead_to_what_they_count(client: Client) -> None:
    desk, agent = desk_cast.agent_client(client)
    mine = desk_cast.make_case(assigned_to=agent)
    desk_cast.make_case()
    desk_cast.make_case(Status.AWAITING_IDENTITY)
    page = desk.get(QUEUE).content.decode()
    tabs = dict(re.findall(r'<li><a href="([^"]+)"[^>]*>[^<]+ <span class="tab-count">(\d+)<', page))
    counts = {}
    for url, count in tabs.items():
        shown = references(desk.get(url.replace("&amp;", "&")).content.decode())
        counts[url] = (int(count), len(shown))
    assert [count for count, _shown in counts.values()] == [3, 1, 0, 2, 1]
    assert all(count == shown for count, shown in counts.values())
    assert references(desk.get(QUEUE, {"agent": str(agent.pk)}).content.decode()) == [mine.reference]


@pytest.mark.parametrize("typed", ["reference", "spoken", "email"])
def test_search_finds_by_reference_or_whole_address_only(desk: Client, typed: str) -> None:
    case = desk_cast.make_case(email="lucas@orange.example")
    desk_cast.make_case(email="lucas.other@orange.example")
    words = {"reference": case.reference, "spoken": f" {case.reference.lower()} ", "email": "Lucas@orange.example"}[typed]
    assert references(desk.get(QUEUE, {"q": words}).content.decode()) == [case.reference]
    assert references(desk.get(QUEUE, {"q": "lucas"}).content.decode()) == []


def test_sorting_the_other_way_round_says_so(desk: Client) -> None:
    old, new = desk_cast.make_case(days_ago=9), desk_cast.make_case(days_ago=1)
    page = desk.get(QUEUE, {"sort": "-received"}).content.decode()
    assert references(page) == [new.reference, old.reference]
    assert 'aria-sort="descending"' in page


def test_an_empty_queue_says_so(desk: Client) -> None:
    assert "Nothing is open." in desk.get(QUEUE).content.decode()
    assert "No request fits this view." in desk.get(QUEUE, {"right": "ERASURE"}).content.decode()


def test_chosen_requests_are_handed_over_and_the_view_is_kept(desk: Client) -> None:
    agent = factories.make_staff(name="Sofie Claes")
    chosen, left = [desk_cast.make_case(), desk_cast.make_case()], desk_cast.make_case()
    response = desk.post(
        f"{reverse('desk_queue_assign')}?right=ACCESS",
        {"selected": [case.reference for case in chosen], "agent": str(agent.pk)},
    )
    assert response.status_code == 302
    assert response.headers["Location"] == "/desk/?right=ACCESS"
    assert set(RightsRequest.objects.filter(assigned_to=agent)) == set(chosen)
    left.refresh_from_db()
    assert left.assigned_to is None
    assert Event.objects.filter(action="rights_request.assigned").count() == 2


def test_one_that_closed_meanwhile_is_named_and_stops_no_other(desk: Client) -> None:
    agent = factories.make_staff()
    closed, open_case = desk_cast.make_case(Status.ANSWERED), desk_cast.make_case()
    page = desk.post(
        reverse("desk_queue_assign"),
        {"selected": [closed.reference, open_case.reference], "agent": str(agent.pk)},
        follow=True,
    ).content.decode()
    assert list(RightsRequest.objects.filter(assigned_to=agent)) == [open_case]
    assert f"{closed.reference}: The request has moved on" in page
    assert "1 request handed over." in page


def test_handing_over_to_nobody_in_particular_is_an_error_that_keeps_the_choice(desk: Client) -> None:
    case = desk_cast.make_case()
    response = desk.post(reverse("desk_queue_assign"), {"selected": [case.reference], "agent": ""})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Choose who gets them." in page
    assert re.search(rf'value="{case.reference}" checked', page)


def test_choosing_nothing_is_an_error(desk: Client) -> None:
    response = desk.post(reverse("desk_queue_assign"), {"agent": "NOBODY"})
    assert response.status_code == 422
    assert "Choose at least one request." in response.content.decode()


def record_data(**changes: str | list[str]) -> dict[str, str | list[str]]:
    typed: dict[str, str | list[str]] = {
        "channel": "PHONE",
        "rights": ["ACCESS"],
        "received_at": (timezone.localtime() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
        "text": "By telephone: wants a copy. Card 4111 1111 1111 1111.",
        "requester": "CUSTOMER",
        "name": "Émile Renard",
        "email": "emile@free.example",
        "claims": "",
        "language": "fr",
        "country": "FR",
    }
    return typed | changes


@pytest.mark.promise("P042")
def test_a_request_by_telephone_is_recorded_on_the_day_it_came(desk: Client) -> None:
    response = desk.post(RECORD, record_data())
    case = RightsRequest.objects.get()
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("desk_request_open", args=[case.reference])
    assert case.channel == Channel.PHONE
    assert case.status == Status.AWAITING_IDENTITY
    assert case.received_on == timezone.localdate() - timedelta(days=2)
    assert case.due_on == deadlines.due(case.received_on, country=case.country).due_on
    assert case.language == "fr"
    assert "4111 1111 1111 1111" not in case.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("received_at", "2099-01-01T10:00", "This moment is still to come."),
        ("received_at", "0206-01-01T10:00", "This is before 25 May 2018."),
        ("received_at", "", "An answer is needed here."),
        ("email", "emile@", "Write the whole e-mail address"),
        ("text", "", "An answer is needed here."),
        ("channel", "DESK", "Select a valid choice."),
        ("channel", "PORTAL", "Select a valid choice."),
        ("rights", [], "Choose at least one right."),
        ("rights", ["RESTRICTION"], "Choose why"),
        ("purposes", ["marketing"], "Tick the objection too"),
        ("purposes", ["billing"], "Select a valid choice."),
        ("restriction_ground", "ACCURACY", "Tick the restriction too"),
    ],
)
def test_a_wrong_record_gives_its_error_and_keeps_what_was_typed(desk: Client, field: str, value: str | list[str], words: str) -> None:
    response = desk.post(RECORD, record_data(**{field: value}))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Émile Renard" in page
    assert "<title>\n" not in page
    assert "Error:" in page
    assert not RightsRequest.objects.exists()


def test_several_rights_of_one_message_are_requests_with_one_date_and_one_link(desk: Client) -> None:
    asked = {"rights": ["RESTRICTION", "ACCESS", "OBJECTION"], "restriction_ground": "ACCURACY", "purposes": ["marketing", "statistics"]}
    response = desk.post(RECORD, record_data(**asked), follow=True)
    cases = {(case.right, case.is_absolute): case for case in RightsRequest.objects.all()}
    assert len({case.received_at for case in cases.values()}) == 1
    assert set(cases) == {("ACCESS", False), ("RESTRICTION", False), ("OBJECTION", True), ("OBJECTION", False)}
    assert cases["OBJECTION", True].status == Status.ANSWERED
    assert cases["OBJECTION", False].purposes == ["statistics"]
    assert cases["RESTRICTION", False].restriction_ground == "ACCURACY"
    assert response.status_code == 200
    assert all(case.reference in response.content.decode() for case in cases.values())
    assert Letter.objects.filter(event="confirm_request").count() == 1


def test_the_page_of_what_was_recorded_shows_requests_that_exist(desk: Client) -> None:
    assert desk.get("/desk/requests/recorded/?made=R-0000-00").status_code == 404


@pytest.mark.promise("P120")
def test_a_letter_to_lille_is_answered_by_the_french_calendar(desk: Client) -> None:
    desk.post(RECORD, record_data(channel="POST_FR", country="BE"))
    desk.post(RECORD, record_data(channel="POST_BE", country="FR"))
    assert list(RightsRequest.objects.order_by("channel").values_list("channel", "country")) == [("POST_BE", "BE"), ("POST_FR", "FR")]
    for case in RightsRequest.objects.all():
        assert case.due_on == deadlines.due(case.received_on, country=case.country).due_on


@pytest.mark.parametrize("path", [QUEUE, RECORD, "/desk/assign/", "/desk/requests/recorded/"])
def test_the_desk_is_for_the_desk(path: str) -> None:
    method = "post" if path.endswith("assign/") else "get"
    assert getattr(Client(), method)(path).url.startswith("/account/")
    for role in (UserRole.CUSTOMER, UserRole.COMPANY_ADMINISTRATOR):
        assert getattr(factories.sign_in(Client(), factories.make_user(role=role)), method)(path).status_code == 404
    assert getattr(desk_cast.agent_client(Client(), UserRole.HR)[0], method)(path).status_code == 404
    for role in (UserRole.HELPDESK, UserRole.PRIVACY_OFFICER, UserRole.ADMIN):
        assert getattr(desk_cast.agent_client(Client(), role)[0], method)(path).status_code in {200, 422}


def test_a_password_alone_opens_nothing(client: Client) -> None:
    factories.sign_in(client, factories.make_staff(), with_second_factor=False)
    response = client.get(QUEUE)
    assert response.status_code == 302
    assert not response.headers["Location"].startswith("/desk")


def test_the_desk_files_through_the_one_service(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    real = services.file_message

    def spy(**given: object) -> list[RightsRequest]:
        seen.update(given)
        return real(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "file_message", spy)
    desk.post(RECORD, record_data())
    assert seen["channel"] == Channel.PHONE
    assert seen["received_at"] < seen["at"]
