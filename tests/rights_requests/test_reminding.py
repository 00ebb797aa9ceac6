"""Reminders: each occasion once, one letter a colleague and day, and nothing of the person in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import UserRole
from letters.models import Letter
from letters.services import text_of
from rights_requests.enums import Right, Status, TaskStatus
from rights_requests.models import Pause, Reminder, RightsRequest
from rights_requests.services import reminding, sweeping
from tests.accounts.factories import make_staff
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent():
    return make_staff(name="Jonas Peeters")


@pytest.fixture
def officer():
    return make_staff(UserRole.PRIVACY_OFFICER)


def before(case: RightsRequest, days: int, *, hour: int = 12) -> datetime:
    noon = timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0)
    return noon + timedelta(days=(case.due_on - timezone.localdate()).days - days)


def letters(event: str = "staff_reminder", **fields) -> list[Letter]:
    return list(Letter.objects.filter(event=event, **fields).order_by("written_at"))


def occasions(case: RightsRequest) -> set[str]:
    return set(Reminder.objects.filter(request=case).values_list("occasion", flat=True))


class TestOfWhatIsDue:
    def test_the_days_are_those_of_the_setting(self, settings):
        assert settings.RIGHTS["remind_staff_days_before"] == (10, 5, 2)

    def test_on_each_of_the_days_once(self, agent):
        case = desk_cast.make_case(assigned_to=agent)

        for days in range(12, -1, -1):
            for hour in (9, 15):
                reminding.remind(at=before(case, days, hour=hour))

        assert occasions(case) == {"due-10", "due-5", "due-2"}
        assert [timezone.localdate(letter.written_at) for letter in letters(recipient=agent.email)] == [
            case.due_on - timedelta(days=days) for days in (10, 5, 2)
        ]

    def test_a_day_that_was_missed_is_made_up_for_with_one_line(self, agent):
        case = desk_cast.make_case(assigned_to=agent)

        reminding.remind(at=before(case, 4))

        assert occasions(case) == {"due-10", "due-5"}
        (letter,) = letters()
        assert text_of(letter).count(case.reference) == 1

    def test_one_letter_for_all_that_a_colleague_has(self, agent):
        cases = [desk_cast.make_case(assigned_to=agent) for _number in range(3)]

        reminding.remind(at=before(cases[0], 5))

        (letter,) = letters()
        assert all(case.reference in text_of(letter) for case in cases)
        assert letter.recipient == agent.email

    def test_a_second_letter_on_one_day_waits_for_the_next(self, agent):
        first = desk_cast.make_case(assigned_to=agent)
        reminding.remind(at=before(first, 5, hour=9))
        second = desk_cast.make_case(assigned_to=agent)

        reminding.remind(at=before(first, 5, hour=10))
        assert len(letters()) == 1
        assert occasions(second) == set()

        reminding.remind(at=before(first, 4, hour=9))
        assert len(letters()) == 2
        assert second.reference in text_of(letters()[-1])
        assert first.reference not in text_of(letters()[-1])

    def test_what_nobody_has_goes_to_all_of_the_helpdesk(self, agent, officer):
        other = make_staff()
        case = desk_cast.make_case()

        reminding.remind(at=before(case, 5))

        assert {letter.recipient for letter in letters()} == {agent.email, other.email}

    def test_what_somebody_has_who_is_gone_goes_to_all(self, agent):
        gone = make_staff()
        case = desk_cast.make_case(assigned_to=gone)
        gone.is_active = False
        gone.save()

        reminding.remind(at=before(case, 5))

        assert {letter.recipient for letter in letters()} == {agent.email}

    def test_nothing_of_the_person_stands_in_it(self, agent, officer):
        case = desk_cast.make_case(assigned_to=agent, days_ago=50)

        reminding.remind(at=timezone.now())

        for letter in [*letters(), *letters("officer_alarm")]:
            text = letter.subject + text_of(letter)
            assert case.reference in text
            assert case.name not in text
            assert case.email not in text
            assert case.text not in text
        assert letters()
        assert letters("officer_alarm")

    @pytest.mark.parametrize("language", ["en", "fr", "nl"])
    def test_in_the_language_of_the_colleague(self, language):
        agent = make_staff(language=language)
        case = desk_cast.make_case(assigned_to=agent, language="nl" if language != "nl" else "fr")

        reminding.remind(at=before(case, 5))

        assert letters()[0].language == language

    @pytest.mark.parametrize("status", [Status.ANSWERED, Status.WITHDRAWN, Status.REFUSED])
    def test_of_what_is_closed_nobody_is_reminded(self, agent, status):
        case = desk_cast.make_case(status, assigned_to=agent)

        reminding.remind(at=before(case, 5))

        assert letters() == []

    def test_of_what_nobody_confirmed_nobody_is_reminded(self, agent):
        case = desk_cast.make_case(Status.AWAITING_IDENTITY)

        reminding.remind(at=before(case, 5))

        assert letters() == []

    def test_while_the_clock_stands_still_nobody_is_reminded(self, agent, officer):
        case = desk_cast.make_case(days_ago=50, assigned_to=agent)
        asked_on = timezone.localdate() - timedelta(days=40)
        Pause.objects.create(
            request=case, reason="IDENTITY", doubt="x", asked="x", proportionate="x", asked_on=asked_on, by=agent, at=timezone.now()
        )
        RightsRequest.objects.filter(pk=case.pk).update(paused_on=asked_on)

        reminding.remind(at=timezone.now())

        assert (letters(), letters("officer_alarm")) == ([], [])

    def test_after_an_extension_the_last_day_for_a_refusal_is_told_before(self, agent):
        deadline_of_first = desk_cast.make_case().first_due_on
        later = deadline_of_first + timedelta(days=61)
        case = desk_cast.make_case(assigned_to=agent, due_on=later, extended_at=timezone.now(), extension_reason="NUMBER")
        noon = timezone.localtime().replace(hour=12)

        reminding.remind(at=noon + timedelta(days=(case.first_due_on - timezone.localdate()).days - 2))

        assert occasions(case) == {"first-10", "first-5", "first-2"}
        assert "Last day for a refusal" in text_of(letters(recipient=agent.email)[-1])


class TestOfWhatIsLate:
    def test_the_colleague_and_the_officer_once_each(self, agent, officer):
        case = desk_cast.make_case(days_ago=50, assigned_to=agent)

        for days in range(4):
            sweeping.tend(at=timezone.now() + timedelta(days=days))

        assert occasions(case) == {"late", "officer-late"}
        assert [letter.recipient for letter in letters()] == [agent.email]
        assert [letter.recipient for letter in letters("officer_alarm")] == [officer.email]


class TestOfSourcesThatFail:
    @staticmethod
    def failing(since: timedelta, **fields: object) -> RightsRequest:
        case = desk_cast.make_case(Status.COLLECTING, Right.ACCESS, status_since=timezone.now() - since)
        desk_cast.make_task(
            case, **{"status": TaskStatus.WAITING, "error": "OperationalError", "finished_at": None, "result": {}, **fields}
        )
        return case

    @pytest.mark.parametrize("status", [TaskStatus.WAITING, TaskStatus.RUNNING, TaskStatus.MANUAL])
    def test_the_officer_is_told_after_a_day(self, officer, status):
        case = self.failing(timedelta(hours=24), status=status)

        reminding.remind(at=timezone.now())
        reminding.remind(at=timezone.now() + timedelta(days=2))

        (letter,) = letters("officer_alarm")
        assert occasions(case) == {"source:accounts.contacts"}
        assert case.reference in text_of(letter)
        assert "No answer for a day from" in " ".join(text_of(letter).split())

    def test_not_before_a_day(self, officer):
        self.failing(timedelta(hours=23))

        reminding.remind(at=timezone.now())

        assert letters("officer_alarm") == []

    @pytest.mark.parametrize("fields", [{"status": TaskStatus.DONE}, {"error": ""}])
    def test_not_when_it_answered_or_never_failed(self, officer, fields):
        self.failing(timedelta(days=3), **fields)

        reminding.remind(at=timezone.now())

        assert letters("officer_alarm") == []


def test_a_whole_life_brings_one_line_an_occasion(agent):
    case = cast.confirmed(at=timezone.now() - timedelta(days=25))
    RightsRequest.objects.filter(pk=case.pk).update(assigned_to=agent)
    case.refresh_from_db()

    at = timezone.now()
    while timezone.localdate(at) <= case.due_on + timedelta(days=3):
        sweeping.tend(at=at)
        at += timedelta(hours=6)

    told = [text_of(letter).count(case.reference) for letter in letters(recipient=agent.email)]
    assert set(told) == {1}
    assert "late" in occasions(case)
    assert len(told) <= len(occasions(case))
