"""The newsletter: nothing without a confirmation from the mailbox, and a way out of every letter that acts at once."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from dateutil.relativedelta import relativedelta
from django.core import mail
from django.core.management import CommandError, call_command
from django.core.signing import Signer
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from consent import tokens
from consent.enums import Ending
from consent.models import Subscription
from consent.rules import HOME
from consent.services import subscribing
from datamap import gate, registry
from datamap.purposes import MARKETING, NEWSLETTER
from letters import events
from letters import services as letters
from letters.models import Letter
from letters.services import sending
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Subject, Suppression
from subjects.suppressing import suppress
from tests.consent import cast
from tests.consent.cast import subscription, token_of
from tests.test_house import sources

pytestmark = pytest.mark.django_db

NOOR = "noor@customer.example"


@pytest.mark.promise("P034")
def test_without_a_confirmation_there_is_no_newsletter():
    assert gate.may_write_to(email=NOOR, purpose=NEWSLETTER).reasons == (gate.NO_CONSENT,)
    subscription(NOOR, is_confirmed=False)

    assert gate.may_write_to(email=NOOR, purpose=NEWSLETTER).reasons == (gate.NO_CONSENT,)
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=0)
    assert cast.issues() == []


def test_a_sender_of_its_own_is_stopped_by_the_gate_too():
    secrets = {"unsubscribe_link": "https://x.example/"}
    with pytest.raises(gate.Stopped):
        letters.write(event="newsletter", language="en", to=NOOR, about="x", values=dict(cast.ISSUE), secrets=secrets, at=timezone.now())
    assert not Letter.objects.exists()


def test_the_form_writes_one_letter_and_looks_nobody_up():
    subscription(NOOR)
    for email in (NOOR, "new@customer.example"):
        client = Client()
        response = client.post("/fr/newsletter/", {"email": email, "website": ""})
        assert (response.status_code, response["Location"]) == (302, "/fr/newsletter/sent/")
    machine = Client().post("/newsletter/", {"email": "machine@customer.example", "website": "x"})

    assert machine.status_code == 302
    assert Letter.objects.filter(event="newsletter_confirm", language="fr").count() == 2
    assert Subscription.objects.get(email="new@customer.example").statement.startswith("Je ")
    assert not Subscription.objects.filter(email="machine@customer.example").exists()
    assert not Subject.objects.exists()


def test_the_link_shows_a_button_and_only_its_post_confirms_once():
    subscription(NOOR, is_confirmed=False)
    path = f"/newsletter/confirm/{token_of(NOOR)}/"
    for _time in range(2):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert not Subscription.objects.running().exists()

    assert Client().post(path).status_code == 200
    assert Subscription.objects.running().get().email == NOOR
    assert [Client().post(path).status_code, Client().get(path).status_code] == [404, 404]
    assert Subscription.objects.get().token is None


def test_the_link_is_kept_as_a_hash_and_runs_out():
    at = timezone.now() - timedelta(days=7, seconds=1)
    row = subscription(NOOR, at=at, is_confirmed=False)
    token = token_of(NOOR)

    assert token.encode() not in bytes(row.token)
    assert bytes(row.token) == tokens.digest_of(token)
    assert Client().post(f"/newsletter/confirm/{token}/").status_code == 404
    assert subscribing.is_open(token, at=row.token_until - timedelta(seconds=1))
    assert not subscribing.is_open(token, at=row.token_until)
    for wrong, when in ((token, row.token_until), ("x", at)):
        with pytest.raises(subscribing.LinkNotValid):
            subscribing.confirm(token=wrong, at=when)
    assert not Subscription.objects.running().exists()


def test_of_two_who_press_the_button_the_second_is_told_that_the_link_is_used(monkeypatch):
    """Both were shown the button."""
    subscription(NOOR)
    monkeypatch.setattr(subscribing, "is_open", lambda _token, **_more: True)
    assert Client().post(f"/newsletter/confirm/{token_of(NOOR)}/").status_code == 404
    assert Subscription.objects.running().count() == 1


def test_one_network_enters_no_more_than_five_addresses_an_hour():
    """Or the form would write to as many strangers as somebody likes."""
    client = Client()
    found = [client.post("/newsletter/", {"email": f"n{number}@customer.example"}).status_code for number in range(6)]
    assert found == [302] * 5 + [422]
    assert Letter.objects.filter(event="newsletter_confirm").count() == Subscription.objects.count() == 5


def test_a_form_page_cannot_be_confirmed_by_another_site():
    subscription(NOOR, is_confirmed=False)
    assert Client(enforce_csrf_checks=True).post(f"/newsletter/confirm/{token_of(NOOR)}/").status_code == 403
    assert not Subscription.objects.running().exists()


def test_confirming_again_by_another_letter_leaves_one_subscription():
    subscription(NOOR)
    subscription(NOOR)
    assert Subscription.objects.running().count() == Subscription.objects.count() == 1


@pytest.mark.promise("P023")
def test_every_letter_of_marketing_carries_one_click_that_works_without_signing_in_and_at_once():
    row = subscription(NOOR)
    assert cast.send_issue() == subscribing.Sent(written=1, stopped=0)
    mail.outbox.clear()
    sending.send(letter_id=Letter.objects.get(event="newsletter").pk, at=timezone.now())

    [message] = mail.outbox
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in message.body
    assert link in str(message.alternatives[0][0])
    path = "/" + link.split("://", 1)[1].partition("/")[2]
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(path).status_code == 200
    assert Subscription.objects.running().exists(), "a scanner that opens every link stops nothing"

    response = stranger.post(path, {"List-Unsubscribe": "One-Click"})

    assert response.status_code == 200
    assert not response.cookies
    row.refresh_from_db()
    assert (row.email, row.ending) == ("", Ending.ONE_CLICK)
    assert gate.may_write_to(email=NOOR, purpose=NEWSLETTER).reasons == (gate.OBJECTED, gate.NO_CONSENT)
    assert not gate.may_write_to(email=NOOR, purpose=MARKETING), "a no to one kind of marketing is one to all of it"
    assert cast.send_issue(timezone.now() + timedelta(days=1000)) == subscribing.Sent(written=0, stopped=0)
    assert Suppression.objects.get().expires_at is None


def test_stopping_twice_and_by_the_button_changes_nothing_more():
    row = subscription(NOOR)
    path = f"/nl/newsletter/unsubscribe/{tokens.unsubscribe_token(row)}/"
    for _time in range(2):
        assert Client(enforce_csrf_checks=True).post(path).status_code == 200
    row.refresh_from_db()
    assert row.ending == Ending.LINK
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [lambda token: token[:-1], lambda token: "0" * 32, lambda token: "x", lambda token: token + "x", lambda token: f"{token}.{token}"],
)
def test_a_link_that_was_changed_stops_nothing(change):
    row = subscription(NOOR)
    path = f"/newsletter/unsubscribe/{change(tokens.unsubscribe_token(row))}/"
    assert Client().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 404
    assert Subscription.objects.running().exists()


def test_whoever_comes_back_gets_it_again_and_nothing_else():
    row = subscription(NOOR)
    subscribing.end(subscription_id=row.pk, ending=Ending.LINK, at=timezone.now())
    subscription(NOOR)

    assert gate.may_write_to(email=NOOR, purpose=NEWSLETTER)
    assert not gate.may_write_to(email=NOOR, purpose=MARKETING)
    assert cast.send_issue().written == 1


ELSEWHERE = "noor@home.example"


def objects(email, at):
    """As a request does: at once, for every kind of marketing, and nobody is looked up."""
    suppress(value=email, purposes={MARKETING.code, NEWSLETTER.code}, about="R-1", actor=cast.ACTOR, at=at)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_consent_that_was_objected_to_does_not_come_back_but_a_later_one_of_the_same_person_counts(is_known):
    at = timezone.now() - timedelta(days=9)
    old = [subscription(email, at=at) for email in ((NOOR, ELSEWHERE) if is_known else (NOOR,))]
    if is_known:
        both = [(IdentifierKind.EMAIL, email) for email in (NOOR, ELSEWHERE)]
        subjects.subject_for(identifiers=both, method=IdentityMethod.MAILBOX, at=at)
    objects(NOOR, at + timedelta(days=1))
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=len(old))

    back = subscription(ELSEWHERE if is_known else NOOR, at=at + timedelta(days=2))

    assert [Subscription.objects.get(pk=row.pk).ending for row in old] == [Ending.OBJECTED] * len(old)
    assert back.confirmed_at == at + timedelta(days=2)
    assert cast.send_issue() == subscribing.Sent(written=1, stopped=0)
    assert cast.issues() == [back.email]
    assert not gate.may_write_to(email=NOOR, purpose=MARKETING)
    objects(NOOR, at + timedelta(days=3))
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=1)


def test_every_letter_to_a_mailbox_has_the_same_way_out_and_nobody_else_s():
    old = subscription(NOOR)
    subscribing.end(subscription_id=old.pk, ending=Ending.LINK, at=timezone.now())
    back, other = subscription(NOOR), subscription("other@customer.example")

    assert tokens.unsubscribe_token(back) == tokens.unsubscribe_token(old) != tokens.unsubscribe_token(other)
    waiting = subscription(ELSEWHERE, is_confirmed=False)
    assert subscribing.of_link(tokens.unsubscribe_token(waiting)) is None


def test_the_way_out_of_a_letter_is_never_changed():
    row = subscription(NOOR)
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(way_out=uuid4())


def test_a_signed_link_of_before_still_stops_it():
    row = subscription(NOOR)
    signed = Signer(salt="consent.unsubscribe.1", sep=".").sign(row.pk.hex)
    assert Client().post(f"/newsletter/unsubscribe/{signed}/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscription.objects.running().exists()


def test_the_way_out_of_an_old_letter_stops_what_was_subscribed_since():
    """It says that it has stopped, so it has."""
    old = subscription(NOOR)
    subscribing.end(subscription_id=old.pk, ending=Ending.LINK, at=timezone.now())
    back, other = subscription(NOOR), subscription("other@customer.example")

    assert Client().post(f"/newsletter/unsubscribe/{tokens.unsubscribe_token(old)}/", {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert Subscription.objects.get(pk=back.pk).ending == Ending.ONE_CLICK
    assert list(Subscription.objects.running()) == [other]


@pytest.mark.django_db(transaction=True)
def test_two_links_of_one_mailbox_pressed_at_once_make_one_subscription():
    links = []
    for _time in range(2):
        subscription(NOOR, is_confirmed=False)
        links.append(f"/newsletter/confirm/{token_of(NOOR)}/")
    together = Barrier(2)

    def press(path: str) -> int:
        try:
            client = Client()
            together.wait(10)
            return client.post(path).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(press, links)) == [200, 200]
    assert Subscription.objects.running().count() == Subscription.objects.count() == 1


def test_an_objection_of_the_person_stops_what_the_mailbox_agreed_to():
    at = timezone.now()
    subscription(NOOR, at=at)
    person = cast.known(NOOR, at=at)
    assert gate.may_process(subject=person, purpose=NEWSLETTER)
    subjects.object_to(subject_id=person.pk, purpose=MARKETING.code, actor=cast.ACTOR, at=at)

    assert cast.send_issue() == subscribing.Sent(written=0, stopped=1)
    assert cast.issues() == []


def test_no_letter_of_marketing_can_be_made_without_its_way_out(monkeypatch):
    for name, event in events.EVENTS.items():
        assert not event.is_marketing or events.WAY_OUT in event.secrets, name
    planted = {**events.EVENTS, "spring": events.Event(frozenset({"text"}), purpose=MARKETING)}
    monkeypatch.setattr(events, "EVENTS", planted)
    with pytest.raises(events.NoWayOut):
        letters.write(event="spring", language="en", to=NOOR, about="x", values={"text": "Buy."}, at=timezone.now())
    assert not Letter.objects.exists()


def test_every_sender_of_marketing_is_this_one():
    """Read from the source: whoever names a letter of marketing stands in ``consent.services.subscribing``."""
    names = {name for name, event in events.EVENTS.items() if event.is_marketing}
    senders = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "event" and isinstance(node.value, ast.Constant) and node.value.value in names
    }
    assert senders == {"consent/services/subscribing.py"}


def test_a_mail_that_lost_its_way_out_is_not_sent():
    subscription(NOOR)
    cast.send_issue()
    letter = Letter.objects.get(event="newsletter")
    Letter.objects.filter(pk=letter.pk).update(sealed=b"")
    mail.outbox.clear()
    sending.send(letter_id=letter.pk, at=timezone.now())

    assert mail.outbox == []
    assert Letter.objects.get(pk=letter.pk).status == "FAILED"


# What the database refuses by itself.
@pytest.mark.parametrize(
    "changes",
    [
        {"statement": "I would like everything."},
        {"asked_at": timezone.now()},
        {"confirmed_at": timezone.now()},
        {"confirmed_at": None},
        {"email": "else@customer.example"},
        {"ended_at": timezone.now()},
        {"email": ""},
        {"token": b"0" * 32},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_consent_is_not_rewritten(changes):
    row = subscription(NOOR)
    with pytest.raises(DatabaseError), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(**changes)


def test_one_address_has_one_running_subscription():
    row = subscription(NOOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(
            email=NOOR,
            digest=row.digest,
            language="en",
            statement="x",
            asked_at=row.asked_at,
            token_until=row.asked_at,
            confirmed_at=row.asked_at,
        )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"confirmed_at": timezone.now()}, "consent_newsletter_single_use"),
        ({"ended_at": timezone.now(), "email": "", "ending": Ending.LINK, "token": None}, "consent_newsletter_proof"),
        ({"ending": Ending.LINK}, "consent_newsletter_ended"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_confirmed_or_ended_by_half(changes, name):
    row = subscription(NOOR, is_confirmed=False)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(**changes)


def test_an_end_is_an_end():
    row = subscription(NOOR)
    subscribing.end(subscription_id=row.pk, ending=Ending.LINK, at=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Subscription.objects.filter(pk=row.pk).update(ended_at=None, ending="", email=NOOR)


def test_an_issue_is_sent_from_files_one_for_each_language(tmp_path, capsys):
    subscription(NOOR)
    files = {"issue.en.txt": "What is new\n\nMaps load faster.\nMuch faster.\n\nSee you soon.\n", "issue.nl.txt": "Nieuw\n\nSneller.\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    call_command("send_newsletter", *(tmp_path / name for name in files))

    assert capsys.readouterr().out.splitlines() == ["en: 1 written, 0 stopped", "nl: 0 written, 0 stopped"]
    assert Letter.objects.get(event="newsletter").subject == "What is new"
    for name, text in {"issue.txt": "A\n\nB", "issue.de.txt": "A\n\nB", "empty.en.txt": "", "short.fr.txt": "A"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(CommandError):
            call_command("send_newsletter", tmp_path / name)
    assert len(cast.issues()) == 1


def test_nothing_of_marketing_reaches_somebody_restricted():
    at = timezone.now()
    subscription(NOOR, at=at)
    person = cast.known(NOOR, at=at)
    subjects.restrict(subject_id=person.pk, ground=RestrictionGround.CLAIMS, actor=cast.ACTOR, at=at)
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=1)


def test_an_erasure_ends_it_and_keeps_the_proof_without_the_address():
    at = timezone.now()
    row = subscription(NOOR)
    person = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NOOR)], method=IdentityMethod.MAILBOX, at=at)
    source = registry.get("consent.newsletter")
    assert list(source.channels(person)) == [NOOR]
    [kept] = source.erase(person, at=at).kept

    row.refresh_from_db()
    assert (row.email, row.ending) == ("", Ending.ERASED)
    assert kept.until == (at.astimezone(HOME) + relativedelta(years=5)).date()
    assert source.count(person) == {"subscription": 1}
    assert cast.send_issue() == subscribing.Sent(written=0, stopped=0)


def test_whoever_subscribes_somebody_again_and_again_fills_no_mailbox_and_takes_no_link_of_a_request_from_them():
    at = timezone.now()
    for _number in range(5):
        subscription(NOOR, at=at, is_confirmed=False)
    link = {"secrets": {"link": "https://x.example/"}, "language": "en", "to": NOOR, "about": "R-1", "at": at}
    request = {**link, "event": "confirm_request", "values": {"right": "Access", "reference": "R-1"}}
    asked = [letters.write(**request).status for _number in range(4)]
    subscription(NOOR, at=at, is_confirmed=False)

    told = Letter.objects.filter(event="newsletter_confirm").order_by("pk").values_list("status", flat=True)
    assert list(told) == ["QUEUED"] * 2 + ["HELD"] * 4
    assert asked == ["QUEUED"] + ["HELD"] * 3
