"""Sent once: against a real mail server that fails in every way that one can."""

from __future__ import annotations

import email
import email.policy
import random
import re
import socket
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction

from consent.models import Subscription
from consent.services import subscribing
from letters import rules, services, transport
from letters.enums import LetterStatus
from letters.models import Letter
from letters.services import sending
from tests.consent.cast import subscription
from tests.letters.mail_server import Fault

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def state(letter: Letter) -> str:
    letter.refresh_from_db()
    return str(letter.status)


def test_a_letter_is_sent_once_and_its_secrets_destroyed(server, write, at):
    letter = write("confirm_request")
    for _again in range(3):
        services.send(letter_id=letter.pk, at=at)
    services.sweep(at=at + HOUR)
    assert server.message_ids == [letter.message_id]
    assert state(letter) == LetterStatus.SENT
    assert letter.sent_at == at
    assert bytes(letter.sealed) == b""
    assert b"/confirm/s3cr3t-token/" in server.taken[0].replace(b"=\r\n", b"")


@pytest.mark.promise("P023")
def test_a_letter_of_marketing_leaves_the_house_with_its_way_out_in_the_head(server, client, settings, at):
    """RFC 8058, as the other server gets it: both headers once, whole, in plain characters, and the address in them ends it."""
    settings.PUBLIC_URL = "https://privacy.a-rather-long-name-of-a-company-and-its-parent.example"
    subscription("noor@customer.example")
    subscribing.send(language="fr", subject="x", lines=["y"], at=at)
    subscribing.send(language="en", subject="What is new", lines=["Maps load faster."], at=at)
    services.send(letter_id=Letter.objects.get(event="newsletter").pk, at=at)

    (text,) = server.taken
    message = email.message_from_bytes(text, policy=email.policy.default)
    assert message.get_all("List-Unsubscribe-Post") == ["List-Unsubscribe=One-Click"]
    (link,) = message.get_all("List-Unsubscribe")
    raw = re.search(rb"^List-Unsubscribe:(.*?)\r\n(?![ \t])", text, re.MULTILINE | re.DOTALL)
    assert raw
    assert b"=?" not in raw[1]
    path = link.strip().removeprefix(f"<{settings.PUBLIC_URL}").removesuffix(">")
    assert client.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded").status_code == 200
    assert not Subscription.objects.running().exists()


@pytest.mark.parametrize(
    "fault",
    [
        Fault.DROP_AT_CONNECT,
        Fault.BUSY,
        Fault.DROP_AT_MAIL,
        Fault.DROP_AT_RCPT,
        Fault.DROP_AT_DATA,
        Fault.LATER_AT_RCPT,
        Fault.LATER_AFTER_TEXT,
    ],
)
def test_what_was_surely_not_taken_is_tried_again_later(server, write, at, fault):
    letter = write("confirm_request")
    server.fail(fault)
    services.send(letter_id=letter.pk, at=at)
    assert state(letter) == LetterStatus.QUEUED
    assert (letter.attempts, letter.next_try_at) == (1, at + rules.WAITS[0])
    services.sweep(at=at + rules.WAITS[0] - timedelta(seconds=1))
    assert server.taken == []
    services.sweep(at=at + rules.WAITS[0])
    assert state(letter) == LetterStatus.SENT
    assert server.message_ids == [letter.message_id]


@pytest.mark.parametrize("fault", [Fault.NEVER_AT_RCPT, Fault.NEVER_AFTER_TEXT])
def test_what_will_never_be_taken_has_failed(server, write, at, fault):
    letter = write()
    server.fail(fault)
    services.send(letter_id=letter.pk, at=at)
    services.sweep(at=at + timedelta(days=2))
    assert state(letter) == LetterStatus.FAILED
    assert server.taken == []


@pytest.mark.parametrize(("fault", "copies"), [(Fault.DROP_AFTER_TEXT, 1), (Fault.DROP_IN_TEXT, 0)])
def test_what_was_perhaps_taken_waits_for_a_person(server, write, at, fault, copies):
    letter = write()
    server.fail(fault)
    services.send(letter_id=letter.pk, at=at)
    services.sweep(at=at + timedelta(days=2))
    assert state(letter) == LetterStatus.UNKNOWN
    assert len(server.taken) == copies


def test_nobody_listening_costs_only_time(settings, write, at):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    letter = write()
    services.send(letter_id=letter.pk, at=at)
    assert state(letter) == LetterStatus.QUEUED
    assert letter.attempts == 1


def test_after_the_last_wait_the_letter_has_failed(settings, server, write, at):
    letter = write()
    server.fail(*[Fault.BUSY] * 20)
    moment = at
    for wait in (*rules.WAITS, timedelta()):
        assert state(letter) == LetterStatus.QUEUED
        services.send(letter_id=letter.pk, at=moment)
        moment += wait
    assert state(letter) == LetterStatus.FAILED
    assert letter.attempts == len(rules.WAITS) + 1
    assert moment - at > timedelta(days=1), "a mail server that is away for a day loses no letter"


def test_the_claim_is_committed_before_the_server_hears_a_word(server, write, at, monkeypatch):
    letter = write()
    seen: list[tuple[str, bool]] = []
    carry = transport.carry

    def watch(backend, message) -> None:
        seen.append((Letter.objects.get(pk=letter.pk).status, transaction.get_connection().in_atomic_block))
        carry(backend, message)

    monkeypatch.setattr(transport, "carry", watch)
    services.send(letter_id=letter.pk, at=at)
    assert seen == [(LetterStatus.SENDING, False)]


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_crash_between_server_and_commit_is_unknown_and_never_a_second_letter(server, write, at, monkeypatch, is_taken):
    letter = write("confirm_request")
    carry = transport.carry

    def die(backend, message) -> None:
        if is_taken:
            carry(backend, message)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(transport, "carry", die)
        with pytest.raises(Killed):
            services.send(letter_id=letter.pk, at=at)
    assert state(letter) == LetterStatus.SENDING
    lease = sending.lease()
    services.sweep(at=at + lease - timedelta(seconds=1))
    assert state(letter) == LetterStatus.SENDING
    for day in range(3):
        services.send(letter_id=letter.pk, at=at + lease + timedelta(days=day))
        services.sweep(at=at + lease + timedelta(days=day))
        assert state(letter) == LetterStatus.UNKNOWN
    assert len(server.taken) == is_taken


def test_a_slow_sender_corrects_the_sweepers_doubt(server, write, at, monkeypatch):
    letter = write()
    carry = transport.carry

    def slow(backend, message) -> None:
        services.sweep(at=at + HOUR)
        assert state(letter) == LetterStatus.UNKNOWN
        carry(backend, message)

    monkeypatch.setattr(transport, "carry", slow)
    services.send(letter_id=letter.pk, at=at)
    assert state(letter) == LetterStatus.SENT


def test_two_senders_make_one_letter(server, write, at):
    letter = write()
    mine, theirs = Letter.objects.get(pk=letter.pk), Letter.objects.get(pk=letter.pk)
    assert sending._claim(mine, at) is True
    assert sending._claim(theirs, at) is False


def test_a_sweep_takes_all_that_is_due_over_one_connection(server, write, at):
    letters = [write() for _number in range(5)]
    services.sweep(at=at)
    assert {state(letter) for letter in letters} == {LetterStatus.SENT}
    assert server.connections == 1
    assert Counter(server.message_ids) == Counter(letter.message_id for letter in letters)


def test_one_bad_letter_does_not_hold_up_the_others(server, write, at):
    bad, good = write("confirm_request"), write()
    Letter.objects.filter(pk=bad.pk).update(sealed=b"not sealed by us")
    services.sweep(at=at)
    assert (state(bad), state(good)) == (LetterStatus.FAILED, LetterStatus.SENT)


def test_secrets_that_never_went_are_destroyed(write, at):
    letter = write("confirm_request")
    services.forget_secrets(at=at + rules.SECRETS_KEPT_FOR - timedelta(seconds=1))
    letter.refresh_from_db()
    assert bytes(letter.sealed) != b""
    services.forget_secrets(at=at + rules.SECRETS_KEPT_FOR)
    letter.refresh_from_db()
    assert bytes(letter.sealed) == b""


@pytest.mark.parametrize("seed", range(5))
def test_whatever_fails_no_letter_is_lost_and_none_doubled(server, write, at, seed):
    """Twenty letters through forty random faults: each is sent, failed for good, or in a person's hands."""
    dice = random.Random(seed)
    server.fail(*dice.choices(list(Fault), k=40))
    letters = {write().pk for _number in range(20)}
    moment = at
    for _round in range(60):
        services.sweep(at=moment)
        moment += timedelta(minutes=dice.choice([1, 30, 600]))
    rows = Letter.objects.in_bulk(letters)
    assert {row.status for row in rows.values()} <= {"SENT", "FAILED", "UNKNOWN"}
    copies = Counter(server.message_ids)
    assert max(copies.values()) == 1
    for row in rows.values():
        if row.status == LetterStatus.SENT:
            assert copies[row.message_id] == 1
        if row.status == LetterStatus.FAILED:
            assert copies[row.message_id] == 0
