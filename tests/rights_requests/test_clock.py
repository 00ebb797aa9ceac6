"""The clock of a case: it stops for a recorded doubt, runs on where it stopped, is extended once in time, and never lies about late.

The database compares with the day it is, so these cases are received relative to today.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from audit.models import Event
from datamap.enums import Ground
from letters.models import Letter
from letters.services import text_of
from rights_requests import deadlines, rules, services, wording
from rights_requests.enums import Channel, ExtensionReason, PauseReason, Right, Status
from rights_requests.models import Pause, RightsRequest
from rights_requests.services import clock, minimising, pausing, sweeping
from rights_requests.services.moving import HOUSE
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_staff
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db

DOUBT = {
    "doubt": "The address is not one that we have on file.",
    "asked": "The number of any invoice of this year.",
    "proportionate": "The number is the least that shows it.",
}


def noon(days_from_today: int = 0) -> datetime:
    return timezone.localtime().replace(hour=12, minute=0) + timedelta(days=days_from_today)


def case_of(status: Status = Status.IN_REVIEW, right: Right = Right.ACCESS, *, days_ago: int = 3, **fields) -> RightsRequest:
    return desk_cast.make_case(status, right, days_ago=days_ago, **fields)


def ask(case, *, at: datetime, reason: PauseReason = PauseReason.IDENTITY, **changed) -> Pause:
    words = {**DOUBT, **changed}
    return services.ask_for_more(request_id=case.pk, reason=reason, agent_id=make_staff().pk, actor=cast.CLERK, at=at, **words)


def arrived(case, *, on: date, at: datetime, is_sufficient: bool = True, missing: str = "") -> RightsRequest:
    return services.end_pause(request_id=case.pk, received_on=on, is_sufficient=is_sufficient, missing=missing, actor=cast.CLERK, at=at)


def extend(case, *, at: datetime, explanation: str = "Eleven mailboxes are read by hand.") -> RightsRequest:
    return services.extend(request_id=case.pk, reason=ExtensionReason.COMPLEXITY, explanation=explanation, actor=cast.CLERK, at=at)


def fresh(case) -> RightsRequest:
    return RightsRequest.objects.get(pk=case.pk)


def events(case, action: str) -> list[Event]:
    return list(Event.objects.filter(about=case.reference, action=action).order_by("at"))


def letter(case, event: str) -> str:
    return " ".join(text_of(Letter.objects.get(about=case.reference, event=event)).split())


def long_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


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


def desk_pause(case, *, asked_ago: int, reason: PauseReason = PauseReason.IDENTITY) -> Pause:
    """A question of some days ago, straight into the table."""
    asked_on = long_ago(asked_ago)
    pause = Pause.objects.create(
        request=case, reason=reason, asked_on=asked_on, by=make_staff(), at=timezone.now() - timedelta(days=asked_ago), **DOUBT
    )
    RightsRequest.objects.filter(pk=case.pk).update(paused_on=asked_on)
    return pause


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


class TestExtending:
    def test_two_further_months_with_the_reasons_in_the_letter(self):
        case = case_of()

        case = extend(case, at=noon())

        expected = deadlines.due(case.received_on, country="BE", is_extended=True)
        assert (case.due_on, case.first_due_on, case.strict_on) == (expected.due_on, expected.first_due_on, expected.strict_on)
        assert case.due_working == expected.as_rows()
        text = letter(case, "extended")
        assert "Eleven mailboxes are read by hand." in text
        assert "Three months later, as extended" in text
        assert "contact@apd-gba.be" in text
        assert "tribunal judiciaire" in text
        assert len(events(case, "rights_request.extended")) == 1

    @pytest.mark.parametrize("days_left", [0, 1])
    def test_until_the_last_day_of_the_first_month(self, days_left):
        case = case_of(days_ago=25)
        last = noon((case.first_due_on - timezone.localdate()).days - days_left)

        assert extend(case, at=last).extended_at == last

    def test_after_the_first_month_it_is_refused_on_record(self):
        case = case_of()
        after = noon((case.first_due_on - timezone.localdate()).days + 1)

        with pytest.raises(clock.TooLateToExtend):
            extend(case, at=after)

        assert fresh(case).extended_at is None
        (event,) = events(case, "rights_request.extension_refused")
        assert event.details == {"why": "TooLateToExtend"}
        assert not Letter.objects.filter(about=case.reference).exists()

    def test_once(self):
        case = case_of()
        due_on = extend(case, at=noon()).due_on

        with pytest.raises(clock.ExtendedAlready):
            extend(case, at=noon())

        assert fresh(case).due_on == due_on
        assert Letter.objects.filter(about=case.reference, event="extended").count() == 1
        assert len(events(case, "rights_request.extension_refused")) == 1

    def test_without_reasons_there_is_none(self):
        with pytest.raises(clock.ReasonsRequired):
            extend(case_of(), at=noon(), explanation=" ")

    def test_a_closed_request_is_not_extended(self):
        with pytest.raises(TransitionNotAllowed):
            extend(case_of(Status.ANSWERED), at=noon())

    def test_not_while_the_clock_stands_still(self):
        case = case_of()
        ask(case, at=noon())

        with pytest.raises(clock.StandsStill):
            extend(case, at=noon())

        arrived(case, on=timezone.localdate(), at=noon())
        assert extend(case, at=noon()).extended_at is not None

    def test_a_pause_before_and_one_after_the_extension_are_both_added(self):
        case = case_of(days_ago=20)
        desk_pause(case, asked_ago=18)
        arrived(case, on=long_ago(15), at=noon())
        assert extend(case, at=noon()).due_on == deadlines.due(case.received_on, country="BE", is_extended=True, paused_days=3).due_on
        desk_pause(case, asked_ago=10)

        case = arrived(case, on=long_ago(6), at=noon())

        expected = deadlines.due(case.received_on, country="BE", is_extended=True, paused_days=7)
        assert (case.due_on, case.first_due_on) == (expected.due_on, expected.first_due_on)

    def test_a_refusal_in_the_added_months_is_late_against_the_first_date(self):
        case = case_of(days_ago=40)
        RightsRequest.objects.filter(pk=case.pk).update(status=Status.IN_REVIEW)
        extended_case(case)
        late = (timezone.localdate() - fresh(case).first_due_on).days

        ground = next(iter(rules.REFUSAL_GROUNDS[Right.ACCESS] & {Ground.UNFOUNDED}))
        services.refuse(request_id=case.pk, ground=ground, reason="Twelve in one day.", actor=cast.CLERK, at=noon())

        (event,) = events(case, "rights_request.refuse")
        assert late > 0
        assert event.details["days_after_first"] == late
        assert fresh(case).late_noted_at is None


def extended_case(case: RightsRequest) -> None:
    """As if the extension had been announced on the fifth day: the row is made anew, since a past date does not move."""
    deadline = deadlines.due(case.received_on, country="BE", is_extended=True)
    fields = {field.attname: getattr(case, field.attname) for field in RightsRequest._meta.concrete_fields}
    fields |= {
        "due_on": deadline.due_on,
        "first_due_on": deadline.first_due_on,
        "due_working": deadline.as_rows(),
        "extended_at": case.received_at + timedelta(days=5),
        "extension_reason": "NUMBER",
    }
    RightsRequest.objects.filter(pk=case.pk).delete()
    RightsRequest.objects.create(**fields)


class TestLate:
    def test_late_is_noted_once_by_whoever_comes_by(self):
        case = case_of(days_ago=50)

        sweeping.tend(at=noon())
        first = fresh(case).late_noted_at
        sweeping.tend(at=noon() + timedelta(hours=1))

        assert first == fresh(case).late_noted_at == noon().replace(second=first.second, microsecond=first.microsecond)
        (event,) = events(case, "rights_request.late")
        assert event.details == {"due": case.due_on.isoformat()}

    def test_the_last_day_itself_is_not_late(self):
        case = case_of()

        sweeping.tend(at=noon((case.due_on - timezone.localdate()).days))

        assert fresh(case).late_noted_at is None

    def test_what_ends_on_the_last_day_is_not_late(self):
        case = case_of()

        services.withdraw(request_id=case.pk, actor=cast.PERSON, at=noon((case.due_on - timezone.localdate()).days))

        assert not events(case, "rights_request.late")

    def test_two_who_come_by_at_once_note_it_once(self):
        case = case_of(days_ago=50)

        noted = [clock.note_late(request_id=case.pk, actor=HOUSE, at=noon()) for _number in range(2)]

        assert noted == [True, False]
        assert len(events(case, "rights_request.late")) == 1

    def test_an_answer_on_the_day_after_is_late_though_nobody_came_by(self):
        case = case_of(days_ago=50)

        services.withdraw(request_id=case.pk, actor=cast.PERSON, at=noon())

        assert len(events(case, "rights_request.late")) == 1

    def test_while_the_clock_stands_still_nothing_is_late(self):
        case = case_of(days_ago=50)
        desk_pause(case, asked_ago=40)

        sweeping.tend(at=noon())
        # Nor when it stopped between the sweeper's look and its turn.
        assert not clock.note_late(request_id=case.pk, actor=HOUSE, at=noon())

        assert fresh(case).late_noted_at is None
        assert not events(case, "rights_request.late")


class TestTheDatabase:
    """What the application's own role may not do, whoever speaks through it."""

    @staticmethod
    def change(case, **columns) -> int:
        with transaction.atomic():
            return RightsRequest.objects.filter(pk=case.pk).update(**columns)

    @pytest.mark.parametrize("column", ["due_on", "first_due_on"])
    @pytest.mark.parametrize("days", [-3, 3, 90])
    def test_a_date_never_moves_after_it_has_passed(self, column, days):
        case = case_of(days_ago=50)

        with pytest.raises(InternalError, match="never moves"):
            self.change(case, **{column: case.due_on + timedelta(days=days)})

        assert fresh(case).due_on == case.due_on

    @pytest.mark.parametrize("column", ["due_on", "first_due_on"])
    def test_before_it_has_passed_it_may(self, column):
        case = case_of()

        assert self.change(case, **{column: case.due_on + timedelta(days=1)}) == 1

    def test_a_pause_that_began_too_late_moves_nothing(self):
        case = case_of(days_ago=60)
        desk_pause(case, asked_ago=5)

        with pytest.raises(InternalError, match="never moves"):
            self.change(case, due_on=case.due_on + timedelta(days=5))

    def test_a_pause_that_is_over_moves_nothing_more(self):
        case = case_of(days_ago=60)
        desk_pause(case, asked_ago=50)
        due_on = arrived(case, on=long_ago(40), at=noon()).due_on

        with pytest.raises(InternalError, match="never moves"):
            self.change(case, due_on=due_on + timedelta(days=5))

    def test_late_stays_late(self):
        case = case_of(days_ago=50)
        sweeping.tend(at=noon())

        with pytest.raises(InternalError, match="Late stays late"):
            self.change(case, late_noted_at=None)

    def test_an_extension_is_announced_once(self):
        case = extend(case_of(), at=noon())

        with pytest.raises(InternalError, match="announced once"):
            self.change(case, extended_at=None, extension_reason="")

    @pytest.mark.parametrize(
        "change", [{"asked_on": date(2020, 1, 1)}, {"doubt": "Another."}, {"reason": "CLARIFICATION"}, {"asked": "Another."}]
    )
    def test_a_pause_says_what_it_said(self, change):
        pause = ask(case_of(), at=noon())

        with pytest.raises(InternalError, match="said when it began"), transaction.atomic():
            Pause.objects.filter(pk=pause.pk).update(**change)

    def test_a_pause_is_ended_once(self):
        case = case_of()
        pause = ask(case, at=noon())
        arrived(case, on=timezone.localdate(), at=noon())

        with pytest.raises(InternalError, match="ended once"), transaction.atomic():
            Pause.objects.filter(pk=pause.pk).update(ended_at=None)


class TestWhoseHolidaysCount:
    @pytest.mark.parametrize(
        ("channel", "chosen", "country"),
        [
            (Channel.POST_FR, "BE", "FR"),
            (Channel.POST_BE, "FR", "BE"),
            (Channel.DESK, "FR", "FR"),
            (Channel.MAIL, "", "BE"),
        ],
    )
    def test_the_letter_box_says_it_else_staff_else_the_setting(self, channel, chosen, country):
        case = cast.file(at=noon(), channel=channel, country=chosen)

        assert case.country == country
        assert case.due_on == deadlines.due(case.received_on, country=country).due_on

    def test_the_setting_is_the_officers(self, settings):
        settings.RIGHTS = {**settings.RIGHTS, "establishment": "FR"}

        assert cast.file(at=noon(), channel=Channel.MAIL, country="").country == "FR"


def test_what_is_left_of_a_case_says_nothing_of_its_doubts():
    case = case_of(days_ago=20)
    desk_pause(case, asked_ago=15)
    arrived(case, on=long_ago(5), at=noon())
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=noon())
    due_on = fresh(case).due_on

    minimising.minimise(fresh(case), at=noon())

    assert not Pause.objects.filter(request=case).exists()
    assert fresh(case).due_on == due_on
    assert "paused" in [code for code, _on in fresh(case).due_working]
