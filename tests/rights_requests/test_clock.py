"""The clock of a case: it stops for a recorded doubt, runs on where it stopped, is extended once in time, and never lies about late.

The database compares with the day it is, so these cases are received relative to today.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from datamap.enums import Ground
from letters.models import Letter
from rights_requests import deadlines, services, wording
from rights_requests.enums import PauseReason, Right, Status
from rights_requests.models import Pause
from rights_requests.services import clock, pausing, sweeping
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_staff
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

from tests.rights_requests.clock_cast import DOUBT, arrived, ask, case_of, desk_pause, events, fresh, letter, long_ago, noon


class TestAsking:
    @pytest.mark.parametrize("status", sorted(clock.ASKED_IN))
    def test_the_clock_stops_with_doubt_question_and_reason_on_record(self, status):
        case = case_of(status)

        pause = ask(case, at=noon())

        assert (pause.asked_on, pause.ended_at) == (timezone.localdate(), None)
        assert fresh(case).paused_on == timezone.localdate()
        assert fresh(case).due_on == case.due_on
        (event,) = events(case, "rights_request.paused")
        assert event.details["reason"] == "IDENTITY"
        assert not set(DOUBT.values()) & set(map(str, event.details.values()))

    @pytest.mark.parametrize("missing", DOUBT)
    def test_without_one_of_the_three_it_goes_on(self, missing):
        case = case_of()

        with pytest.raises(clock.DoubtRequired):
            ask(case, at=noon(), **{missing: " "})

        assert fresh(case).paused_on is None
        assert not Letter.objects.filter(about=case.reference).exists()

    @pytest.mark.parametrize("status", sorted(set(Status) - clock.ASKED_IN))
    def test_once_it_is_decided_nothing_is_asked(self, status):
        case = case_of(status, Right.ERASURE if status == Status.GRACE else Right.ACCESS)

        with pytest.raises(TransitionNotAllowed):
            ask(case, at=noon())

    def test_one_question_at_a_time(self):
        case = case_of()
        ask(case, at=noon())

        with pytest.raises(clock.AskedAlready):
            ask(case, at=noon())

        assert Pause.objects.filter(request=case).count() == 1

    @pytest.mark.parametrize("right", sorted(set(Right) - {Right.ACCESS}))
    def test_which_data_is_meant_is_asked_of_access_alone(self, right):
        with pytest.raises(clock.OnlyForAccess):
            ask(case_of(right=right), at=noon(), reason=PauseReason.CLARIFICATION)

    def test_which_data_is_meant_needs_the_quantity_on_record(self):
        case = case_of()

        with pytest.raises(clock.QuantityRequired):
            ask(case, at=noon(), reason=PauseReason.CLARIFICATION, doubt="", proportionate="")

        assert ask(case, at=noon(), reason=PauseReason.CLARIFICATION, doubt="").reason == "CLARIFICATION"

    def test_a_date_that_has_passed_is_not_stopped(self):
        case = case_of(days_ago=50)

        with pytest.raises(clock.TooLateToAsk):
            ask(case, at=noon())

    @pytest.mark.parametrize(("language", "says"), [("en", "not before"), ("fr", "n’est pas due avant"), ("nl", "niet te zijn vóór")])
    def test_the_letter_says_what_why_and_not_before(self, language, says):
        case = case_of(language=language)

        ask(case, at=noon())

        text = letter(case, "more_asked")
        assert all(words in text for words in DOUBT.values())
        assert says in text

    def test_a_name_is_not_repeated_to_a_mailbox_that_nobody_showed(self):
        case = case_of(Status.AWAITING_IDENTITY)

        ask(case, at=noon())

        assert case.name not in letter(case, "more_asked")

    def test_a_card_number_in_a_question_is_masked(self):
        pause = ask(case_of(), at=noon(), asked="Is 4111 1111 1111 1111 yours?")

        assert "4111 1111 1111 1111" not in Pause.objects.get(pk=pause.pk).asked


class TestStandingStill:
    @pytest.mark.parametrize(
        ("right", "status", "act"),
        [
            (Right.ACCESS, Status.IN_REVIEW, lambda case: services.answer(request_id=case.pk, actor=cast.CLERK, at=noon())),
            (
                Right.ERASURE,
                Status.IN_REVIEW,
                lambda case: services.propose_erasure(request_id=case.pk, agent_id=make_staff().pk, actor=cast.CLERK, at=noon()),
            ),
        ],
    )
    def test_nothing_is_given_or_taken_while_it_is_in_doubt_who_asks(self, right, status, act):
        case = case_of(status, right)
        ask(case, at=noon())

        with pytest.raises(pausing.IdentityInDoubt):
            act(case)

        assert fresh(case).status == status

    def test_no_erasure_is_approved_while_it_is_in_doubt_who_asks(self):
        cast.data_of()
        case = cast.proposed(at=noon())
        ask(case, at=noon())
        approver = make_staff()

        with pytest.raises(pausing.IdentityInDoubt):
            services.approve_erasure(request_id=case.pk, agent_id=approver.pk, actor=cast.staff_actor(approver), at=noon())

        assert fresh(case).status == Status.AWAITING_APPROVAL

    def test_a_question_which_data_is_meant_stops_no_answer(self):
        cast.data_of()
        case = cast.collected(at=noon())
        ask(case, at=noon(), reason=PauseReason.CLARIFICATION)

        services.answer(request_id=case.pk, actor=cast.CLERK, at=noon())

        assert cast.run(case, at=noon()).status == Status.ANSWERED
        assert fresh(case).paused_on is None

    def test_it_can_be_refused_for_want_of_identity_and_that_is_not_late(self):
        case = case_of(days_ago=60)
        desk_pause(case, asked_ago=50)

        services.refuse(request_id=case.pk, ground=Ground.ID_NOT_PROVEN, reason="Nothing came.", actor=cast.CLERK, at=noon())

        case = fresh(case)
        (pause,) = case.pauses.all()
        assert (case.status, case.paused_on, pause.received_on) == (Status.REFUSED, None, None)
        assert pause.ended_at is not None
        assert case.due_on > timezone.localdate()
        assert "days_after_first" not in events(case, "rights_request.refuse")[0].details
        assert case.late_noted_at is None

    def test_the_earliest_day_moves_with_each_day_of_waiting(self):
        case = case_of(days_ago=60)
        desk_pause(case, asked_ago=50)
        case = fresh(case)

        moved = deadlines.due(case.received_on, country="BE", paused_days=50).due_on

        assert wording.not_before(case, today=timezone.localdate()) == moved
        assert case.due_on < timezone.localdate()

    def test_a_request_that_nobody_confirmed_is_not_closed_while_we_wait(self):
        case = case_of(Status.AWAITING_IDENTITY, days_ago=28)
        desk_pause(case, asked_ago=20)

        sweeping.tend(at=noon())
        assert fresh(case).status == Status.AWAITING_IDENTITY

        arrived(case, on=timezone.localdate(), at=noon())
        sweeping.tend(at=noon())
        assert fresh(case).status == Status.AWAITING_IDENTITY
        sweeping.tend(at=noon(21))
        assert fresh(case).status == Status.LAPSED


class TestAnswered:
    def test_the_days_of_waiting_are_added_and_it_never_begins_anew(self):
        case = case_of(days_ago=20)
        desk_pause(case, asked_ago=15)

        case = arrived(case, on=long_ago(5), at=noon())

        expected = deadlines.due(case.received_on, country="BE", paused_days=10)
        assert (case.due_on, case.first_due_on) == (expected.due_on, expected.due_on)
        assert case.due_working == expected.as_rows()
        assert case.strict_on == deadlines.due(case.received_on, country="BE").strict_on
        assert case.paused_on is None
        (event,) = events(case, "rights_request.resumed")
        assert (event.details["days"], event.details["received"]) == (10, long_ago(5).isoformat())

    def test_asked_and_answered_on_one_day_moves_nothing(self):
        case = case_of()
        ask(case, at=noon())

        case = arrived(case, on=timezone.localdate(), at=noon())

        assert (case.due_on, case.paused_on) == (fresh(case).due_on, None)
        assert case.due_on == deadlines.due(case.received_on, country="BE").due_on
        assert "paused" not in [code for code, _on in case.due_working]

    def test_two_pauses_are_both_added(self):
        case = case_of(days_ago=25)
        desk_pause(case, asked_ago=20)
        arrived(case, on=long_ago(12), at=noon(-12))
        desk_pause(case, asked_ago=8)

        case = arrived(case, on=long_ago(2), at=noon())

        assert case.due_on == deadlines.due(case.received_on, country="BE", paused_days=14).due_on

    def test_not_enough_keeps_it_standing_still(self):
        case = case_of(days_ago=10)
        desk_pause(case, asked_ago=5)

        arrived(case, on=long_ago(1), is_sufficient=False, at=noon())

        case = fresh(case)
        assert case.paused_on == long_ago(5)
        assert case.pauses.get().ended_at is None
        assert [event.details["received"] for event in events(case, "rights_request.not_enough")] == [long_ago(1).isoformat()]
        assert not Letter.objects.filter(about=case.reference).exists()

    def test_what_is_missing_goes_out_in_a_letter(self):
        case = case_of()
        ask(case, at=noon())

        arrived(case, on=timezone.localdate(), is_sufficient=False, missing="The number is another company’s.", at=noon())

        assert "The number is another company’s." in letter(case, "more_missing")

    def test_the_new_date_goes_out_with_its_working(self):
        case = case_of(days_ago=20)
        desk_pause(case, asked_ago=15)

        case = arrived(case, on=long_ago(5), at=noon())

        text = letter(case, "more_received")
        assert "With the days on which we waited for you" in text
        assert f"{case.due_on.day} {case.due_on:%B %Y}" in text

    @pytest.mark.parametrize("on", [-1, 6])
    def test_the_day_of_arrival_is_between_the_question_and_today(self, on):
        case = case_of(days_ago=10)
        desk_pause(case, asked_ago=5)

        with pytest.raises(clock.NotThatDay):
            arrived(case, on=long_ago(on), at=noon())

        assert fresh(case).paused_on is not None

    def test_a_second_click_finds_nothing_asked(self):
        case = case_of()
        ask(case, at=noon())
        arrived(case, on=timezone.localdate(), at=noon())

        with pytest.raises(clock.NothingAsked):
            arrived(case, on=timezone.localdate(), at=noon())

        assert Letter.objects.filter(about=case.reference, event="more_received").count() == 1

    def test_a_date_that_passed_while_it_stood_still_moves(self):
        case = case_of(days_ago=45)
        desk_pause(case, asked_ago=40)

        case = arrived(case, on=timezone.localdate(), at=noon())

        assert case.due_on == deadlines.due(case.received_on, country="BE", paused_days=40).due_on > timezone.localdate()
