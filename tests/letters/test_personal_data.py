from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from audit.models import Event
from datamap.checks import findings
from letters import cases, services
from letters.enums import LetterStatus
from letters.models import Letter
from letters.personal_data import BRIEF, CASES, Letters
from letters.words import BRUSSELS
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.models import Subject
from subjects.services import subject_for

pytestmark = pytest.mark.django_db

OPEN, CLOSED = "R-0PEN-22", "R-C10S-33"


@pytest.fixture
def person(at) -> Subject:
    return subject_for(identifiers=[(IdentifierKind.EMAIL, "nathalie@customer.example")], method=IdentityMethod.MAILBOX, at=at)


@pytest.fixture(autouse=True)
def _one_case_runs(monkeypatch) -> None:
    monkeypatch.setattr(cases, "_asked", [lambda references: {OPEN} & set(references)])


@pytest.fixture
def sent(write):
    def write_sent(about: str, **changed: object) -> Letter:
        letter: Letter = write("request_refused", about=about, **changed)
        Letter.objects.filter(pk=letter.pk).update(status=LetterStatus.SENT, sent_at=letter.written_at)
        letter.refresh_from_db()
        return letter

    return write_sent


def is_empty(letter: Letter) -> bool:
    letter.refresh_from_db()
    return (letter.recipient, letter.recipient_name, letter.subject, letter.body, bytes(letter.sealed)) == ("", "", "", [], b"")


def test_the_declaration_is_complete():
    assert list(findings([Letter], [Letters()], {})) == []


def test_an_erasure_empties_letters_of_closed_cases_and_keeps_those_of_the_running_one(person, sent, write, at):
    closed, running, strangers = sent(CLOSED), sent(OPEN), sent(CLOSED, to="other@customer.example")
    account = sent("accounts.user:1")
    waiting = write(about=CLOSED)
    preview = Letters().preview(person, at=at)
    outcome = Letters().erase(person, at=at)
    assert outcome == preview
    assert set(outcome.erased["letters"]) == {closed.pk, account.pk}
    assert [kept.rows for kept in outcome.kept] == [2]
    assert [is_empty(letter) for letter in (closed, account, running, strangers, waiting)] == [True, True, False, False, False]
    assert Letter.objects.count() == 5
    assert Letters().erase(person, at=at).erased == {"letters": []}
    assert Letters().count(person) == {"letters": 2}


def test_while_nobody_knows_the_cases_no_letter_of_one_is_emptied(person, sent, at, monkeypatch):
    monkeypatch.setattr(cases, "_asked", [])
    closed = sent(CLOSED)
    Letters().erase(person, at=at)
    assert not is_empty(closed)


def test_an_emptied_letter_can_still_be_read_and_says_so(person, sent, at):
    letter = sent(CLOSED)
    Letters().erase(person, at=at)
    letter.refresh_from_db()
    assert services.text_of(letter) == "The text of this letter has been erased.\n"
    assert "Nathalie" not in services.html_of(letter)


def test_the_export_holds_the_letters_as_they_read_and_no_secret(person, write, sent):
    write("erasure_notice")
    sent(CLOSED, to="other@customer.example")
    (part,) = Letters().export(person)
    rows = list(part.rows)
    assert len(part.columns) == len(rows[0]) == 9
    assert part.columns[0][0] == "id"
    assert [row[1] for row in rows] == ["nathalie@customer.example"]
    assert "(link sent by mail)" in str(rows[0][5])


def test_who_got_no_letters_has_no_part(at):
    nobody = subject_for(identifiers=[(IdentifierKind.EMAIL, "nobody@customer.example")], method=IdentityMethod.MAILBOX, at=at)
    assert list(Letters().export(nobody)) == []


def test_a_case_is_minimised(sent, write, at):
    letter, other, waiting = sent(CLOSED), sent(OPEN), write(about=CLOSED)
    assert services.minimise(about=CLOSED, at=at) == 1
    assert [is_empty(one) for one in (letter, other, waiting)] == [True, False, False]
    assert Event.objects.get(action="letter.minimised").details == {"letters": 1}
    assert services.minimise(about=CLOSED, at=at) == 0
    assert Event.objects.filter(action="letter.minimised").count() == 1


@pytest.mark.parametrize(
    ("rule", "event", "keep_for"), [(CASES, "request_refused", relativedelta(years=5)), (BRIEF, "access_code", relativedelta(days=30))]
)
@pytest.mark.parametrize(
    "written_on", [date(2026, 3, 2), date(2024, 2, 29), date(2026, 1, 31), date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31)]
)
def test_a_letter_stays_to_the_last_second_of_its_period_and_no_longer(write, rule, event, keep_for, written_on):
    written_at = datetime(written_on.year, written_on.month, written_on.day, 23, 30, tzinfo=BRUSSELS)
    letter = write(event, at=written_at.astimezone(UTC))
    end = written_at + keep_for
    source = Letters()
    assert source.due(rule, at=end.astimezone(UTC) - timedelta(seconds=1), limit=10).keys == ()
    plan = source.due(rule, at=end, limit=10)
    assert plan.keys == (letter.pk,)
    assert source.destroy(plan, at=end.astimezone(UTC) - timedelta(seconds=1)) == 0
    assert source.destroy(plan, at=end) == 1
    assert not Letter.objects.exists()


def test_each_letter_has_one_rule(write, at):
    long, short = write("request_refused"), write("account_mail", secrets={})
    later = at + relativedelta(years=6)
    assert Letters().due(CASES, at=later, limit=10).keys == (long.pk,)
    assert Letters().due(BRIEF, at=later, limit=10).keys == (short.pk,)
    assert Letters().oldest(CASES) == at
