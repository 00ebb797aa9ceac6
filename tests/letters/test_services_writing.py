from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from letters import events, services
from letters.enums import LetterStatus
from letters.events import EventUnknown, ValuesDiffer
from letters.filling import ValueMisplaced
from letters.models import Letter
from letters.page import facts
from letters.values import Items
from tests.consent.cast import subscription

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
@pytest.mark.parametrize("event", events.EVENTS)
def test_every_letter_can_be_written(write, event, language):
    # Marketing goes to whoever confirmed that they want it.
    subscription("nathalie@customer.example")
    letter = write(event, language=language)
    assert letter.status == LetterStatus.QUEUED
    assert letter.language == language
    for output in (services.text_of(letter), services.html_of(letter)):
        assert "s3cr3t" not in output
        assert "481" not in output


def test_a_letter_is_a_row_before_anything_is_sent(write, at, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        letter = write()
        assert rung == []
    assert rung == [str(letter.pk)]
    assert letter.message_id == f"<{letter.pk}@oxygis.example>"
    assert letter.next_try_at == letter.written_at == at
    assert letter.recipient_name == "Nathalie Vermeulen"
    assert "Dear Nathalie Vermeulen," in services.text_of(letter)


def test_a_rolled_back_transaction_leaves_no_letter_and_rings_no_bell(write, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert rung == []


def test_the_rendering_is_stored_once_and_not_made_again(write, settings):
    letter = write("request_received")
    settings.ORGANISATION = {**settings.ORGANISATION, "privacy_email": "somebody@else.example"}
    assert "Write to our privacy team at privacy@oxygis.example" in " ".join(services.text_of(letter).split())


def test_questions_go_to_whoever_handles_it_and_a_disagreement_to_the_officer(write):
    letter = write("request_refused", contact="Anaïs\nLambert")
    questions, disagreement = _parts(letter)
    assert "Write to Anaïs Lambert in our privacy team at privacy@oxygis.example" in questions
    assert "Hélène Marchal" not in questions
    assert "You can write to our data protection officer, Hélène Marchal, at privacy@oxygis.example: somebody who" in disagreement
    assert ("Contact", "Privacy team") in facts(letter)


def _parts(letter: Letter) -> tuple[str, str]:
    """What stands under the last heading, and under the one before it."""
    _head, disagreement = " ".join(services.text_of(letter).split()).split("If you disagree")
    disagreement, questions = disagreement.split("Do you have a question?")
    return questions, disagreement


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"values": {}}, ValuesDiffer),
        ({"values": {"reference": "R-1", "more": "x"}}, ValuesDiffer),
        ({"secrets": {"link": "x"}}, ValuesDiffer),
        ({"values": {"reference": Items(["x"])}}, ValueMisplaced),
        ({"to": "nobody"}, ValidationError),
        ({"to": "a@b.example\r\nBcc: c@d.example"}, ValidationError),
        ({"to": "a@b.example, c@d.example"}, ValidationError),
        ({"event": "no_such_letter"}, EventUnknown),
        ({"event": "../../etc/passwd"}, EventUnknown),
    ],
)
def test_what_cannot_be_written_is_refused_when_it_is_written(write, changed, error):
    given = {"event": "request_withdrawn", **changed}
    with pytest.raises(error):
        write(**given)
    assert not Letter.objects.exists()


def test_a_secret_that_is_needed_must_be_given(write):
    with pytest.raises(ValuesDiffer):
        write("access_code", secrets={})


def test_a_language_that_we_do_not_write_becomes_english(write):
    assert write(language="de").language == "en"


@pytest.mark.parametrize("event", ["confirm_request", "remind_unconfirmed", "request_lapsed", "claim_address", "access_code"])
def test_a_strangers_words_never_reach_a_mailbox_that_nobody_confirmed(write, event):
    letter = write(event, name="Win money at evil.example now")
    assert letter.recipient_name == ""
    assert "money" not in services.text_of(letter)
    assert services.text_of(letter).startswith("Hello,")


def test_an_address_has_one_spelling(write):
    assert write(to=" Nathalie@Customer.EXAMPLE ").recipient == "nathalie@customer.example"


def test_an_unconfirmed_address_gets_a_few_letters_a_day_and_no_more(write, at, settings, rung, django_capture_on_commit_callbacks):
    settings.RIGHTS = {**settings.RIGHTS, "letters_per_address_and_day": 3}
    with django_capture_on_commit_callbacks(execute=True):
        states = [write(event, at=at).status for event in ("confirm_request", "access_code", "claim_address", "confirm_request")]
        held = Letter.objects.get(status=LetterStatus.HELD)
        others = [write("confirm_request", to="other@customer.example"), write("request_withdrawn")]
        tomorrow = write("confirm_request", at=at + timedelta(days=1))
    assert states == ["QUEUED", "QUEUED", "QUEUED", "HELD"]
    assert bytes(held.sealed) == b""
    assert str(held.pk) not in rung
    assert {letter.status for letter in [*others, tomorrow]} == {"QUEUED"}
    services.send(letter_id=held.pk, at=at)
    services.sweep(at=at)
    held.refresh_from_db()
    assert held.status == LetterStatus.HELD


def test_a_letter_to_a_confirmed_address_is_never_held(write):
    assert {write("new_message").status for _number in range(10)} == {"QUEUED"}


@pytest.mark.django_db(transaction=True)
def test_letters_written_at_once_are_counted_together(write, settings):
    settings.RIGHTS = {**settings.RIGHTS, "letters_per_address_and_day": 3}

    def write_one(_number: int) -> str:
        try:
            return str(write("confirm_request").status)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(write_one, range(8)))
    assert sorted(states) == ["HELD"] * 5 + ["QUEUED"] * 3
