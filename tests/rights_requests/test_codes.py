"""Six digits by mail: for whom, for how long, how often."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from letters.models import Letter
from rights_requests import services
from rights_requests.models import AccessCode
from rights_requests.services import codes, sweeping
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(at):
    return cast.confirmed(at=at)


@pytest.fixture
def code(case, at):
    return ask(case.reference, at)


def ask(reference: str, at) -> str:
    services.ask_code(reference=reference, at=at)
    row = AccessCode.objects.latest("asked_at", "id")
    codes.answer_code(code_id=row.pk, at=at)
    row.refresh_from_db()
    return cast.code_of(reference) if row.request else ""


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_code_opens_its_case(case, code, at):
    assert re.fullmatch(r"\d{6}", code)
    assert services.redeem_code(reference=case.reference, code=code, at=at) == case


def test_the_letter_goes_to_the_address_of_the_case_and_no_page_shows_it(case, code):
    letter = Letter.objects.get(event="access_code")

    assert (letter.recipient, letter.is_shown_to_person) == (cast.EMAIL, False)
    assert code not in letter.subject + str(letter.body)


def test_a_code_works_once(case, code, at):
    services.redeem_code(reference=case.reference, code=code, at=at)

    with pytest.raises(services.CodeNotValid):
        services.redeem_code(reference=case.reference, code=code, at=at)


def test_of_two_who_were_right_at_once_one_comes_in(code, at):
    row = AccessCode.objects.select_related("request").get()
    codes._use(row, at=at)

    with pytest.raises(services.CodeNotValid):
        codes._use(row, at=at)


@pytest.mark.parametrize(("late", "works"), [(timedelta(minutes=10, seconds=-1), True), (timedelta(minutes=10), False)])
def test_a_code_lives_for_ten_minutes(case, code, at, late, works):
    if works:
        assert services.redeem_code(reference=case.reference, code=code, at=at + late)
    else:
        with pytest.raises(services.CodeNotValid):
            services.redeem_code(reference=case.reference, code=code, at=at + late)


@pytest.mark.parametrize(("wrong_tries", "works"), [(4, True), (5, False)])
def test_five_tries_are_counted_also_when_they_fail(case, code, at, wrong_tries, works):
    for _try in range(wrong_tries):
        with pytest.raises(services.CodeNotValid):
            services.redeem_code(reference=case.reference, code=other(code), at=at)

    if works:
        assert services.redeem_code(reference=case.reference, code=code, at=at)
    else:
        with pytest.raises(services.CodeNotValid):
            services.redeem_code(reference=case.reference, code=code, at=at)


def test_only_the_newest_code_counts(case, code, at):
    newest = ask(case.reference, at + timedelta(seconds=1))

    if code != newest:
        with pytest.raises(services.CodeNotValid):
            services.redeem_code(reference=case.reference, code=code, at=at + timedelta(seconds=1))
    assert services.redeem_code(reference=case.reference, code=newest, at=at + timedelta(seconds=1))


def test_a_code_opens_no_other_case(case, code, at):
    stranger = cast.confirmed(at=at, email="stranger@customer.example")
    ask(stranger.reference, at)

    with pytest.raises(services.CodeNotValid):
        services.redeem_code(reference=stranger.reference, code=other(cast.code_of(stranger.reference)), at=at)
    with pytest.raises(services.CodeNotValid):
        services.redeem_code(reference="R-0000-00", code=code, at=at)


def test_the_digits_are_nowhere_in_the_row(code):
    row = AccessCode.objects.get()

    assert code.encode() not in bytes(row.digest)
    assert len(bytes(row.digest)) == 32


def test_asking_does_the_same_for_every_reference(case, at):
    def statements(reference: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            services.ask_code(reference=reference, at=at)
        return [re.sub(r'"s\d+_x\d+"| VALUES .*', "", query["sql"]) for query in captured]

    known = statements(case.reference)
    assert known == statements("R-0000-00")
    assert not [sql for sql in known if "rightsrequest" in sql]


def test_redeeming_does_the_same_for_every_reference(case, code, at):
    def statements(reference: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured, pytest.raises(services.CodeNotValid):
            services.redeem_code(reference=reference, code=other(code), at=at)
        return [re.sub(r"WHERE .*", "", query["sql"]) for query in captured]

    assert statements(case.reference) == statements("R-0000-00")


def test_an_unknown_reference_gets_no_letter(at):
    assert ask("R-0000-00", at) == ""

    row = AccessCode.objects.get()
    assert (row.is_answered, row.request) == (True, None)
    assert not Letter.objects.filter(event="access_code").exists()


def test_a_code_is_answered_once(case, at):
    services.ask_code(reference=case.reference, at=at)
    row = AccessCode.objects.get()

    assert [codes.answer_code(code_id=row.pk, at=at) for _time in range(3)] == [True, False, False]
    assert Letter.objects.filter(event="access_code").count() == 1


def test_the_sweeper_answers_what_nobody_was_called_for(case, at):
    services.ask_code(reference=case.reference, at=at)

    sweeping.sweep(at=at + timedelta(seconds=30))

    assert services.redeem_code(reference=case.reference, code=cast.code_of(case.reference), at=at + timedelta(minutes=1))


def test_a_code_that_was_asked_too_long_ago_is_not_made(case, at):
    services.ask_code(reference=case.reference, at=at)

    sweeping.sweep(at=at + timedelta(minutes=10))

    assert not Letter.objects.filter(event="access_code").exists()
