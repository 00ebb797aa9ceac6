from __future__ import annotations

from datetime import timedelta

import pytest

from audit.actor import Actor
from audit.models import Event
from letters import rules, services
from letters.enums import LetterStatus
from letters.models import Letter

pytestmark = pytest.mark.django_db

AGENT = Actor.system("test")


@pytest.fixture
def unknown(write, at) -> Letter:
    letter: Letter = write("confirm_request")
    Letter.objects.filter(pk=letter.pk).update(status=LetterStatus.UNKNOWN, sending_at=at)
    letter.refresh_from_db()
    return letter


def test_a_person_who_found_it_sent_closes_it(unknown, at):
    letter = services.settle(letter_id=unknown.pk, was_sent=True, actor=AGENT, at=at + timedelta(days=1))
    assert (letter.status, letter.sent_at, bytes(letter.sealed)) == (LetterStatus.SENT, at, b"")
    event = Event.objects.get(action="letter.settled")
    assert (event.about, event.details) == (f"letters.letter:{letter.pk}", {"was_sent": True})


@pytest.mark.django_db(transaction=True)
def test_a_person_who_found_it_not_sent_sends_it_under_the_same_message_id(unknown, at, rung, server):
    before = unknown.message_id
    services.settle(letter_id=unknown.pk, was_sent=False, actor=AGENT, at=at)
    assert str(unknown.pk) in rung
    services.send(letter_id=unknown.pk, at=at)
    unknown.refresh_from_db()
    assert unknown.status == LetterStatus.SENT
    assert server.message_ids == [before]


def test_a_letter_whose_link_has_run_out_is_not_sent_again(unknown, at):
    services.forget_secrets(at=at + rules.SECRETS_KEPT_FOR)
    with pytest.raises(services.SecretsGone, match="run out"):
        services.settle(letter_id=unknown.pk, was_sent=False, actor=AGENT, at=at)
    unknown.refresh_from_db()
    assert unknown.status == LetterStatus.UNKNOWN


@pytest.mark.parametrize("status", [LetterStatus.QUEUED, LetterStatus.SENDING, LetterStatus.SENT, LetterStatus.HELD])
@pytest.mark.parametrize("was_sent", [True, False])
def test_what_is_in_no_doubt_is_not_settled(unknown, at, status, was_sent):
    Letter.objects.update(status=status)
    with pytest.raises(services.NotToSettle):
        services.settle(letter_id=unknown.pk, was_sent=was_sent, actor=AGENT, at=at)
    assert not Event.objects.filter(action="letter.settled").exists()


def test_a_second_decision_finds_nothing_to_decide(unknown, at):
    services.settle(letter_id=unknown.pk, was_sent=True, actor=AGENT, at=at)
    with pytest.raises(services.NotToSettle):
        services.settle(letter_id=unknown.pk, was_sent=False, actor=AGENT, at=at)
