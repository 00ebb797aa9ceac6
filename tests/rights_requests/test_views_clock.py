"""The clock on the pages: what staff can do with it, and that a clock which stands still shows no due date to anybody."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from letters import dates
from letters.models import Letter
from rights_requests import access, deadlines, selectors, wording
from rights_requests.enums import Right, Status
from rights_requests.models import Pause, RightsRequest
from tests.accounts import factories
from tests.rights_requests import cast, desk_cast
from tests.typing_in import boxes

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

ASKED = {
    "reason": "IDENTITY",
    "doubt": "The address is not one that we have on file.",
    "asked": "The number of any invoice of this year.",
    "proportionate": "The number is the least that shows it.",
}


@pytest.fixture
def agent():
    return factories.make_staff(name="Anaïs Lambert")


@pytest.fixture
def desk(client: Client, agent) -> Client:
    return factories.sign_in(client, agent)


def act(desk, case, action, **data):
    return desk.post(reverse("desk_request_action", args=[case.reference, action]), data)


def page_of(desk, case) -> str:
    return words(desk.get(reverse("desk_request_open", args=[case.reference])))


def words(response) -> str:
    assert response.status_code in {200, 422}
    return " ".join(html.unescape(response.content.decode()).split())


def fresh(case) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


def standing(case, agent, *, since: int = 40, reason: str = "IDENTITY") -> RightsRequest:
    """A request whose clock has stood still for some days: its stored date may have passed."""
    asked_on = timezone.localdate() - timedelta(days=since)
    Pause.objects.create(
        request=case, reason=reason, doubt="d", asked="a", proportionate="p", asked_on=asked_on, by=agent, at=timezone.now()
    )
    RightsRequest.objects.filter(pk=case.pk).update(paused_on=asked_on)
    return fresh(case)


class TestAskingForMore:
    def test_the_clock_stops_and_the_letter_goes_out(self, desk, agent):
        case = desk_cast.make_case()
        assert reverse("desk_request_action", args=[case.reference, "ask-more"]) in page_of(desk, case)

        assert act(desk, case, "ask-more", **ASKED).status_code == 302

        pause = Pause.objects.get(request=case)
        assert (pause.by, pause.doubt, fresh(case).paused_on) == (agent, ASKED["doubt"], timezone.localdate())
        assert Letter.objects.filter(about=case.reference, event="more_asked").count() == 1
        page = page_of(desk, case)
        assert "More asked: the clock stands still" in page
        assert "Waiting for 0 days" in page

    def test_an_asked_card_number_is_masked_and_a_missing_doubt_is_told(self, desk):
        case = desk_cast.make_case()

        shown = act(desk, case, "ask-more", **{**ASKED, "doubt": ""})

        assert shown.status_code == 422
        assert "without one nothing may be asked" in words(shown)
        assert ASKED["asked"] in words(shown)

    @pytest.mark.parametrize(("right", "is_offered"), [(Right.ACCESS, True), (Right.ERASURE, False)])
    def test_which_data_is_meant_is_offered_for_access_alone(self, desk, right, is_offered):
        case = desk_cast.make_case(right=right)

        page = words(desk.get(reverse("desk_request_action", args=[case.reference, "ask-more"])))

        assert ("CLARIFICATION" in page) is is_offered

    def test_a_second_agent_is_told_that_it_was_asked(self, desk, agent):
        case = standing(desk_cast.make_case(), agent, since=1)

        shown = act(desk, case, "ask-more", **ASKED)

        assert shown.status_code == 422
        assert "the clock stands still for it" in words(shown)

    @pytest.mark.parametrize(("status", "days_ago"), [(Status.ANSWERED, 3), (Status.GRACE, 3), (Status.IN_REVIEW, 50)])
    def test_it_is_not_offered_where_it_cannot_be_done(self, desk, status, days_ago):
        case = desk_cast.make_case(status, Right.ERASURE, days_ago=days_ago)

        assert "ask-more" not in page_of(desk, case)


class TestStandingStill:
    def test_no_page_shows_the_stored_date(self, desk, agent, client):
        case = standing(desk_cast.make_case(days_ago=60), agent, since=50)
        earliest = wording.not_before(case, today=timezone.localdate())

        page = page_of(desk, case)

        assert dates.in_words(earliest, "day_long") in page
        assert dates.in_words(case.due_on, "day_long") not in page
        assert "not due before" in page
        assert "overdue" not in page
        assert "Was due" not in page

    def test_the_queue_says_not_before_in_a_group_of_its_own(self, desk, agent):
        case = standing(desk_cast.make_case(days_ago=60), agent, since=50)
        late = desk_cast.make_case(days_ago=60)

        page = words(desk.get(reverse("desk_queue")))

        assert "Overdue, 1" in page
        assert "Standing still, 1" in page
        row = page[page.index(f">{case.reference}<") :]
        assert "Not before" in row
        assert dates.in_words(wording.not_before(case, today=timezone.localdate()), "day_short") in row
        assert page.index(late.reference) < page.index(case.reference)

    @pytest.mark.parametrize("due", ["overdue", "week"])
    def test_it_is_not_among_what_is_overdue_or_soon(self, agent, due):
        standing(desk_cast.make_case(days_ago=60), agent, since=50)

        assert not selectors.queue(due=due, today=timezone.localdate())
        assert selectors.queue_counts(agent_id=agent.pk, today=timezone.localdate()).overdue == 0

    def test_the_figures_over_the_queue_add_up(self, desk, agent):
        standing(desk_cast.make_case(days_ago=60), agent, since=50)
        desk_cast.make_case(days_ago=60)
        desk_cast.make_case()
        today = timezone.localdate()

        counts = selectors.queue_counts(agent_id=agent.pk, today=today)
        sizes = selectors.queue_sizes(selectors.queue(today=today), today=today)

        assert (counts.open, counts.overdue, counts.standing, counts.waiting) == (3, 1, 1, 1)
        assert (sizes.overdue, sizes.standing, sizes.count) == (1, 1, 3)

    @pytest.mark.parametrize(("right", "action"), [(Right.ACCESS, "answer"), (Right.ERASURE, "propose")])
    def test_while_identity_is_in_doubt_it_is_neither_offered_nor_done(self, desk, agent, right, action):
        case = standing(desk_cast.make_case(right=right), agent, since=1)
        url = reverse("desk_request_action", args=[case.reference, action])

        assert url not in page_of(desk, case)
        assert reverse("desk_request_action", args=[case.reference, "refuse"]) in page_of(desk, case)
        shown = desk.post(url, boxes(desk.get(url)) | {"ground": "NOT_NECESSARY"})
        assert shown.status_code == 422
        assert "We asked who this is" in words(shown)
        assert fresh(case).status == Status.IN_REVIEW

    def test_the_person_reads_not_before_and_no_date(self, client, agent):
        case = standing(cast.confirmed(at=timezone.now() - timedelta(days=45)), agent)
        session = client.session
        session[access.GRANTS] = {str(case.pk): timezone.now().isoformat()}
        session.save()

        page = words(client.get(reverse("portal_case", args=[case.reference])))

        assert "days late" not in page
        assert "We are waiting for your answer" in page
        # A letter of before names the date of before; the sum and the heading do not.
        (shown,) = re.findall(r'<dl class="sum.*?</dl>', page)
        assert "not due before" in shown
        assert dates.in_words(wording.not_before(case, today=timezone.localdate()), "day_long") in shown
        assert dates.in_words(case.due_on, "day_long") not in shown

    def test_the_working_names_the_day_since_when(self, agent):
        case = standing(desk_cast.make_case(), agent, since=1)

        rows, total = selectors.due_sum(case, today=timezone.localdate())

        assert rows[-1] == ("Standing still since", case.paused_on)
        assert total == ("Our answer is not due before", wording.not_before(case, today=timezone.localdate()))


class TestWhatArrived:
    def test_enough_starts_the_clock_and_names_the_new_date(self, desk, agent):
        case = standing(desk_cast.make_case(days_ago=20), agent, since=15)
        arrived_on = timezone.localdate() - timedelta(days=5)

        response = desk.post(
            reverse("desk_request_action", args=[case.reference, "arrived"]),
            {"received_on": arrived_on.isoformat(), "enough": "yes"},
            follow=True,
        )

        due_on = deadlines.due(case.received_on, country="BE", paused_days=10).due_on
        assert (fresh(case).due_on, fresh(case).paused_on) == (due_on, None)
        assert dates.in_words(due_on, "day_long") in words(response)
        assert "10 days added" in words(response)

    def test_not_enough_keeps_it_still(self, desk, agent):
        case = standing(desk_cast.make_case(), agent, since=1)

        act(desk, case, "arrived", received_on=timezone.localdate().isoformat(), enough="no", missing="The number.")

        assert fresh(case).paused_on is not None
        assert Letter.objects.filter(about=case.reference, event="more_missing").exists()

    @pytest.mark.parametrize(("days", "says"), [(1, "still to come"), (-10, "before we asked")])
    def test_a_day_that_cannot_be_is_told_beside_the_field(self, desk, agent, days, says):
        case = standing(desk_cast.make_case(), agent, since=1)
        day = timezone.localdate() + timedelta(days=days)

        shown = act(desk, case, "arrived", received_on=day.isoformat(), enough="yes")

        assert shown.status_code == 422
        assert says in words(shown)


class TestExtending:
    def test_the_date_moves_and_the_page_says_why(self, desk):
        case = desk_cast.make_case()

        act(desk, case, "extend", reason="COMPLEXITY", explanation="Eleven mailboxes are read by hand.")

        case = fresh(case)
        assert case.due_on == deadlines.due(case.received_on, country="BE", is_extended=True).due_on
        page = page_of(desk, case)
        assert re.search(r"Extended on \d+ \w+ \d{4}: Complexity of the request", page)
        assert reverse("desk_request_action", args=[case.reference, "extend"]) not in page

    def test_too_late_is_a_sentence_and_stays_on_record(self, desk):
        case = desk_cast.make_case(days_ago=50)

        shown = act(desk, case, "extend", reason="NUMBER", explanation="Forty at once.")

        assert shown.status_code == 422
        assert "The first month is over" in words(shown)
        assert "Extension not possible" in page_of(desk, case)

    def test_without_reasons_the_form_asks_for_them(self, desk):
        case = desk_cast.make_case()

        assert act(desk, case, "extend", reason="NUMBER", explanation=" ").status_code == 422
        assert fresh(case).extended_at is None


class TestRefusing:
    def test_the_page_names_the_last_day_before(self, desk):
        case = desk_cast.make_case()

        page = words(desk.get(reverse("desk_request_action", args=[case.reference, "refuse"])))

        assert f"leaves by {dates.in_words(case.first_due_on, 'day_long')} at the latest" in page

    def test_afterwards_it_warns_and_marks_it_late(self, desk):
        later = timezone.localdate() + timedelta(days=30)
        case = desk_cast.make_case(days_ago=50, due_on=later, extended_at=timezone.now(), extension_reason="NUMBER")
        late = (timezone.localdate() - case.first_due_on).days

        page = words(desk.get(reverse("desk_request_action", args=[case.reference, "refuse"])))
        assert f"this one is {late} days late" in page

        act(desk, case, "refuse", ground="UNFOUNDED", evidence="R-1 to R-12.", reason="Twelve in one day.")

        assert fresh(case).status == Status.REFUSED
        page = page_of(desk, case)
        assert f"Refused {late} days after the first month" in page
        assert f"{late} days after the first month" in page


def test_the_strict_reading_stands_beside_as_our_own_aim(desk):
    case = desk_cast.make_case()

    page = page_of(desk, case)

    assert "Our own aim, by the strictest reading of the law" in page
    assert dates.in_words(case.strict_on, "day") in page
