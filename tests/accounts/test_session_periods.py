"""A session ends seven days after its last use and three months after it began, whoever looks first: its reader or the purge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Session, User
from accounts.sessions import SessionStore, row_key
from audit.actor import Actor
from datamap import registry
from retention.services import keep_rule
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod
from tests.accounts.factories import PASSWORD, make_user, sign_in

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
#: A winter without a change of clocks in it.
BEGUN = datetime(2026, 11, 30, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def begun(time_machine):
    """A session that began at ``BEGUN``, and the clock at that instant."""
    time_machine.move_to(BEGUN, tick=False)
    return sign_in(Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), make_user())


def is_signed_in(client: Client) -> bool:
    """Asked with the cookie as it was, whatever an answer does to it."""
    again = Client()
    again.cookies = SimpleCookie(client.cookies.output(header="", attrs=[], sep=";"))
    return again.get(reverse("account_edit")).status_code == 200


def purge(at: datetime) -> int:
    source = registry.get("accounts.sessions")
    return sum(keep_rule(source=source, rule=rule, at=at) for rule in source.retention)


@pytest.mark.promise("P077")
def test_unused_it_is_there_to_the_last_second_of_the_seventh_day_and_not_with_the_next(begun, time_machine):
    end = BEGUN + WEEK
    time_machine.move_to(end, tick=False)
    assert not is_signed_in(begun)
    assert not Session.objects.exists(), "whoever finds it too old leaves nothing of it"


@pytest.mark.promise("P077")
def test_unused_it_opens_in_the_last_second(begun, time_machine):
    time_machine.move_to(BEGUN + WEEK - SECOND, tick=False)
    assert purge(BEGUN + WEEK - SECOND) == 0
    assert is_signed_in(begun)


@pytest.mark.promise("P077")
def test_unused_it_goes_with_the_first_purge_after_seven_days(begun):
    assert purge(BEGUN + WEEK) == 1
    assert not Session.objects.exists()


@pytest.mark.promise("P076")
def test_used_every_day_it_dies_after_three_months(begun, time_machine):
    end = BEGUN + relativedelta(months=3)
    assert end.date().isoformat() == "2027-02-28"
    day = BEGUN
    while (day := day + timedelta(days=1)) < end:
        time_machine.move_to(day, tick=False)
        # Whom a purge spares one week, it spared on the days before.
        assert day.weekday() != BEGUN.weekday() or purge(day) == 0
        assert is_signed_in(begun), day
    time_machine.move_to(end - SECOND, tick=False)
    assert purge(end - SECOND) == 0
    assert is_signed_in(begun)
    time_machine.move_to(end, tick=False)
    assert not is_signed_in(begun)
    assert not Session.objects.exists()


@pytest.mark.promise("P076")
def test_a_new_key_makes_no_session_younger(begun, time_machine):
    """Whoever changes the password, or signs in with a draft begun, goes on with what was begun."""
    time_machine.move_to(BEGUN + timedelta(days=5), tick=False)
    store = SessionStore(begun.cookies[settings.SESSION_COOKIE_NAME].value)
    store.cycle_key()
    store.save()
    assert Session.objects.get().created_at == BEGUN


def test_a_use_is_written_down_once_an_hour_at_most_and_costs_nothing_else(begun, time_machine):
    page = reverse("account_edit")
    assert begun.get(page).status_code == 200, "the form's token is in the session now"
    for minutes, writes in ((59, 0), (60, 1), (61, 0), (119, 0), (120, 1)):
        time_machine.move_to(BEGUN + timedelta(minutes=minutes), tick=False)
        with CaptureQueriesContext(connection) as captured:
            assert begun.get(page).status_code == 200
        assert sum(query["sql"].startswith("UPDATE") for query in captured) == writes, minutes
    assert Session.objects.get().last_used_at == BEGUN + timedelta(hours=2)


def test_noting_a_use_leaves_what_another_request_wrote(begun, time_machine):
    key = begun.cookies[settings.SESSION_COOKIE_NAME].value
    time_machine.move_to(BEGUN + timedelta(hours=2), tick=False)
    reading, writing = SessionStore(key), SessionStore(key)
    assert reading.get("draft") is None
    writing["draft"] = "answers"
    writing.save()
    assert SessionStore(key)["draft"] == "answers"


def test_a_session_without_an_account_ends_alike(time_machine):
    time_machine.move_to(BEGUN, tick=False)
    store = SessionStore()
    store["draft"] = "answers"
    store.create()
    time_machine.move_to(BEGUN + WEEK, tick=False)
    assert SessionStore(store.session_key).get("draft") is None
    assert not Session.objects.exists()


def test_what_a_hold_keeps_opens_nothing_and_stays(begun, time_machine, at):
    account = Session.objects.get().account_id
    person = subjects.subject_for(identifiers=[(IdentifierKind.ACCOUNT, str(account))], method=IdentityMethod.MAILBOX, at=at)
    actor = Actor.system("test")
    hold = {"ground": HoldGround.LITIGATION, "owner_id": "officer", "review_on": at.date(), "actor": actor, "at": at}
    subjects.hold(subject_id=person.pk, **hold)
    time_machine.move_to(BEGUN + WEEK, tick=False)
    assert not is_signed_in(begun)
    assert purge(BEGUN + WEEK) == 0
    assert Session.objects.exists()


def test_the_database_knows_no_session_without_an_end():
    with pytest.raises(IntegrityError):
        Session.objects.create(session_key="k", created_at=BEGUN, last_used_at=BEGUN, expire_date=BEGUN)


@pytest.mark.promise("P017")
def test_the_cookie_goes_with_the_browser_and_scripts_cannot_read_it(begun):
    cookie = begun.get(reverse("portal_request_right")).client.cookies[settings.SESSION_COOKIE_NAME]
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert cookie["samesite"] == "Lax"


# One's own list.
def test_the_page_lists_ones_own_sessions_and_says_which_is_this_one(begun):
    user_id = Session.objects.get().account_id
    sign_in(Client(), make_user())
    page = begun.get(reverse("account_sessions"))
    text = page.content.decode()
    assert [session.account_id for session in page.context["page"]] == [user_id]
    assert text.count("This session") == 1
    assert Session.objects.get(account_id=user_id).session_key not in text


def test_one_session_is_ended_by_its_holder_and_by_nobody_else(begun):
    owner = User.objects.get()
    other = sign_in(Client(HTTP_USER_AGENT=""), owner)
    ended = Session.objects.exclude(session_key__in=[key_of(begun)]).get()
    stranger = sign_in(Client(), make_user())
    address = reverse("account_session_end", args=[ended.pk])

    assert stranger.post(address).status_code == 404
    assert begun.get(address).status_code == 405
    assert is_signed_in(other)
    assert begun.post(address).status_code == 302
    assert not is_signed_in(other)
    assert is_signed_in(begun)
    assert begun.post(address).status_code == 404


def key_of(client: Client) -> str:
    return row_key(client.cookies[settings.SESSION_COOKIE_NAME].value)


def test_ending_all_others_leaves_this_one(begun):
    other = sign_in(Client(), User.objects.get())
    begun.post(reverse("account_sessions_end"))
    assert (is_signed_in(begun), is_signed_in(other)) == (True, False)


@pytest.mark.parametrize(
    ("said", "family"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
        ("", ""),
        ("nothing that anybody knows", ""),
        ("x" * 100_000, ""),
    ],
)
def test_the_family_of_the_browser_is_all_that_is_noted_at_signing_in(said, family):
    user = make_user()
    client = Client(headers={"user-agent": said})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert Session.objects.get(account_id=user.pk).browser == family
