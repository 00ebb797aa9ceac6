"""The mailing service, both ways, against a double of it on this machine: what ends here ends there, once, and what was ended there ends here."""

from __future__ import annotations

import base64
import json
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import mailchimp_marketing  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from mailchimp_marketing.api_client import ApiClientError  # type: ignore[import-untyped]

from audit.actor import Actor
from audit.models import Event
from connectors.enums import CallStatus, CallVerb
from connectors.models import MailCall
from connectors.outside import faults
from connectors.outside.faults import SystemAway
from connectors.services import mailing
from datamap import gate
from datamap.purposes import BILLING, MARKETING, NEWSLETTER
from oxyprivacy.logs import WithoutKeys
from rights_requests.enums import Right, Status
from subjects.models import Suppression
from subjects.suppressing import suppress
from tests.connectors.mail_double import KEY, LIST, Double, double
from tests.rights_requests import cast

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

NOOR = cast.EMAIL
HOOK = "a-long-secret-word-of-the-webhook-0123456789"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with double() as made:
        monkeypatch.setitem(settings.MAILCHIMP, "list", LIST)
        monkeypatch.setitem(settings.MAILCHIMP, "key", KEY)
        monkeypatch.setitem(settings.MAILCHIMP, "hook", HOOK)
        monkeypatch.setitem(settings.CONNECTORS, "networks", ("127.0.0.1/32",))
        # The network's edge: the double stands where the service does.
        monkeypatch.setattr(mailing, "_root", lambda: f"{made.url}/3.0")
        made.members[mailing.member_of(NOOR)] = "subscribed"
        yield made


def told(verb: CallVerb, *, at: datetime) -> MailCall:
    mailing.tell([NOOR], verb=verb, at=at)
    return MailCall.objects.get()


@pytest.mark.parametrize(
    ("verb", "status", "method"),
    [(CallVerb.UNSUBSCRIBE, "unsubscribed", "PATCH"), (CallVerb.ARCHIVE, "archived", "DELETE"), (CallVerb.DELETE, None, "POST")],
)
def test_what_the_service_is_told_it_does_and_the_row_names_nobody_any_more(
    service: Double, at: datetime, verb: CallVerb, status: str | None, method: str
) -> None:
    told(verb, at=at)
    assert mailing.send_due(at=at) == 1

    call = MailCall.objects.get()
    assert service.members.get(mailing.member_of(NOOR)) == status
    assert [called for called, _path in service.calls] == [method]
    assert (call.status, call.email, call.done_at) == (CallStatus.DONE, "", at)
    assert mailing.send_due(at=at) == 0
    assert Event.objects.get(action="mail_call.done").details == {"verb": verb.value, "http": 200 if method == "PATCH" else 204}


def of_the_package(service: Double) -> Any:
    """What calls the double as the service's own package calls the service."""
    found = mailchimp_marketing.Client({"api_key": KEY, "server": "us21"})
    found.lists.api_client.host = f"{service.url}/3.0"
    return found.lists


@pytest.mark.parametrize(
    ("verb", "called"),
    [
        (CallVerb.UNSUBSCRIBE, lambda lists, member: lists.update_list_member(LIST, member, {"status": "unsubscribed"})),
        (CallVerb.ARCHIVE, lambda lists, member: lists.delete_list_member(LIST, member)),
        (CallVerb.DELETE, lambda lists, member: lists.delete_list_member_permanent(LIST, member)),
    ],
)
def test_we_call_as_the_package_of_the_service_does_and_the_double_answers_it(
    service: Double, at: datetime, verb: CallVerb, called: Any
) -> None:
    told(verb, at=at)
    mailing.send_due(at=at)
    after = dict(service.members)

    member, lists = mailing.member_of(NOOR), of_the_package(service)
    service.members[member] = "subscribed"
    answer = called(lists, member)
    assert answer["status"] == "unsubscribed" if verb == CallVerb.UNSUBSCRIBE else answer.status_code == 204
    assert service.members == after

    (ours, theirs), ((our_word, our_body), (their_word, their_body)) = service.calls, service.said
    assert ours == theirs
    # Whose key it is does not depend on the name before it.
    assert [base64.b64decode(word.rpartition(" ")[2]).rpartition(b":")[2] for word in (our_word, their_word)] == [KEY.encode()] * 2
    assert json.loads(our_body or b"null") == json.loads(their_body or b"null")

    service.members.clear()
    with pytest.raises(ApiClientError) as refused:
        called(lists, member)
    assert (refused.value.status_code, json.loads(refused.value.text)["title"]) == (404, "Resource Not Found")


@pytest.mark.parametrize("verb", list(CallVerb))
def test_whoever_is_not_there_is_done_and_nobody_is_made(service: Double, at: datetime, verb: CallVerb) -> None:
    service.members.clear()
    told(verb, at=at)
    assert mailing.send_due(at=at) == 1
    assert service.members == {}


@pytest.mark.promise("P066")
@pytest.mark.parametrize("failure", [500, 503, 429, 401, 302])
@pytest.mark.promise("P066")
def test_what_fails_is_tried_again_later_each_time_and_nothing_is_followed(service: Double, at: datetime, failure: int) -> None:
    told(CallVerb.DELETE, at=at)
    service.failing = [failure, failure]
    assert mailing.send_due(at=at) == 0
    call = MailCall.objects.get()
    assert (call.error, call.next_try_at, call.email) == (f"http-{failure}", at + MINUTE, NOOR)
    assert mailing.send_due(at=at + MINUTE - timedelta(seconds=1)) == 0
    assert mailing.send_due(at=at + MINUTE) == 0
    assert MailCall.objects.get().next_try_at == at + 3 * MINUTE
    assert mailing.send_due(at=at + 3 * MINUTE) == 1
    assert not any("stolen" in path for _method, path in service.calls)


@pytest.mark.django_db(transaction=True)
def test_while_one_worker_is_at_a_call_no_other_makes_it(service: Double, at: datetime) -> None:
    told(CallVerb.DELETE, at=at)
    sent: list[int] = []

    def other() -> None:
        try:
            sent.append(mailing.send_due(at=at))
        finally:
            connection.close()

    with transaction.atomic():
        MailCall.objects.select_for_update().get()
        thread = threading.Thread(target=other, daemon=True)
        thread.start()
        thread.join(10)
        assert (sent, service.calls) == ([0], [])
    assert (mailing.send_due(at=at), len(service.calls)) == (1, 1)


def test_what_fails_too_often_waits_for_somebody(service: Double, at: datetime) -> None:
    told(CallVerb.DELETE, at=at)
    service.failing = [500] * 99
    for _try in range(mailing.ATTEMPTS):
        mailing.send_due(at=MailCall.objects.get().next_try_at)
    assert (MailCall.objects.get().status, len(service.calls), mailing.stuck()) == (CallStatus.STUCK, mailing.ATTEMPTS, 1)
    assert mailing.send_due(at=at + timedelta(days=99)) == 0
    assert Event.objects.filter(action="mail_call.stuck").count() == 1


def test_a_service_in_our_own_network_is_not_met(service: Double, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CONNECTORS, "networks", ())
    told(CallVerb.DELETE, at=at)
    assert mailing.send_due(at=at) == 0
    assert (MailCall.objects.get().error, service.calls) == (faults.FORBIDDEN, [])


@pytest.mark.parametrize("missing", ["list", "key"])
def test_without_settings_nothing_is_sent(service: Double, at: datetime, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(settings.MAILCHIMP, missing, "")
    mailing.tell([NOOR], verb=CallVerb.DELETE, at=at)
    assert MailCall.objects.count() == (missing == "key")
    assert (mailing.send_due(at=at), service.calls) == (0, [])


def test_the_key_says_where_the_service_is_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.MAILCHIMP, "key", KEY)
    assert mailing._root() == "https://us21.api.mailchimp.com/3.0"
    monkeypatch.setitem(settings.MAILCHIMP, "key", "0123456789abcdef-evil.example/")
    with pytest.raises(SystemAway):
        mailing._root()


# Out: what it follows from.
@pytest.mark.promise("P066")
@pytest.mark.parametrize(("purpose", "calls"), [(NEWSLETTER, 1), (MARKETING, 1), (BILLING, 0)])
def test_an_objection_is_told_in_the_same_transaction(service: Double, at: datetime, purpose: Any, calls: int) -> None:
    with transaction.atomic():
        suppress(value="Noor@Customer.example", purposes={purpose.code}, about="R-1", actor=Actor.person(), at=at)
        assert MailCall.objects.count() == calls
        transaction.set_rollback(True)
    assert not MailCall.objects.exists()


def test_saying_it_again_while_it_waits_writes_one_row(service: Double, at: datetime) -> None:
    for _twice in range(2):
        suppress(value=NOOR, purposes={NEWSLETTER.code}, about="R-1", actor=Actor.person(), at=at)
    assert [call.verb for call in MailCall.objects.all()] == [CallVerb.UNSUBSCRIBE]


@pytest.mark.promise("P066")
def test_an_erasure_deletes_there_and_a_restriction_sets_aside(service: Double, at: datetime) -> None:
    cast.data_of()
    assert cast.erased(at=at).status == Status.ANSWERED
    assert [call.verb for call in MailCall.objects.all()] == [CallVerb.DELETE]
    mailing.send_due(at=at + timedelta(hours=50))
    assert service.members == {}


@pytest.mark.usefixtures("service")
def test_a_restriction_sets_the_address_aside_there(at: datetime) -> None:
    from rights_requests import services
    from subjects.enums import RestrictionGround

    case = cast.collected(Right.RESTRICTION, at=at)
    services.restrict(request_id=case.pk, ground=RestrictionGround.ACCURACY, actor=cast.CLERK, at=at)
    cast.run(case, at=at)
    assert [call.verb for call in MailCall.objects.all()] == [CallVerb.ARCHIVE]


# In: the webhook.
FORM = {
    "type": "unsubscribe",
    "fired_at": "2026-03-02 08:00:00",
    "data[action]": "unsub",
    "data[reason]": "manual",
    "data[id]": "8a25ff1d98",
    "data[list_id]": LIST,
    "data[email]": "Noor@Customer.example",
    "data[email_type]": "html",
}


def hook(secret: str = HOOK) -> str:
    return reverse("hook_mailchimp", kwargs={"secret": secret})


@pytest.mark.promise("P066")
@pytest.mark.usefixtures("service")
@pytest.mark.promise("P066")
def test_an_unsubscribe_there_stops_letters_here_once_and_is_not_told_back(client: Client) -> None:
    for _twice in range(2):
        assert client.post(hook(), FORM).status_code == 200

    assert Suppression.objects.count() == 1
    assert not gate.may_write_to(email=NOOR, purpose=NEWSLETTER)
    assert not MailCall.objects.exists()
    (event,) = Event.objects.filter(action="mail_event.heard")
    assert "@" not in str(event.details) + event.about


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    "change",
    [
        {"type": "subscribe"},
        {"type": "cleaned"},
        {"data[list_id]": "another"},
        {"data[email]": "nobody"},
        {"data[email]": "a@" + "b" * 300},
    ],
)
def test_what_is_no_unsubscribe_of_our_list_changes_nothing(client: Client, change: dict[str, str]) -> None:
    assert client.post(hook(), FORM | change).status_code == 200
    assert not Suppression.objects.exists()


@pytest.mark.usefixtures("service")
def test_whoever_does_not_know_the_word_finds_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get(hook()).status_code == 200, "how the service tries the address"
    assert client.post(hook("another-word"), FORM).status_code == 404
    monkeypatch.setitem(settings.MAILCHIMP, "hook", "")
    assert client.post(hook(), FORM).status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("how", ["broken", "no form", "another method"])
def test_the_word_stands_in_no_log_whatever_goes_wrong(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str) -> None:
    """Whoever reads a log could unsubscribe anybody."""
    caller = Client(raise_request_exception=False)
    if how == "broken":
        monkeypatch.setattr(mailing, "hear", lambda *_of, **_more: 1 / 0)
        assert caller.post(hook(), FORM).status_code == 500
    elif how == "no form":
        assert caller.generic("POST", hook(), b"x", content_type="multipart/form-data").status_code == 400
    else:
        assert caller.put(hook()).status_code == 405
    assert {"without_keys"} == {name for handler in settings.LOGGING["handlers"].values() for name in handler["filters"]}
    written = [record.getMessage() for record in caplog.records if WithoutKeys().filter(record)]
    assert any("/hooks/mailchimp/" in line for line in written)
    assert not any(HOOK in line for line in written)
