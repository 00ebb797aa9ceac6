"""Extended once and in time, late as a fact, kept by the database, and in the calendar of the office that answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import InternalError, transaction
from django.utils import timezone

from datamap.enums import Ground
from letters.models import Letter
from rights_requests import deadlines, rules, services
from rights_requests.enums import Channel, Right, Status
from rights_requests.models import Pause, RightsRequest
from rights_requests.services import clock, minimising, sweeping
from rights_requests.services.moving import HOUSE
from rights_requests.workflow import TransitionNotAllowed
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db

from tests.rights_requests.clock_cast import arrived, ask, case_of, desk_pause, events, extend, fresh, letter, long_ago, noon


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
        services.refuse(
            request_id=case.pk, ground=ground, reason="Twelve in one day.", evidence="Twelve in a day.", actor=cast.CLERK, at=noon()
        )

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
