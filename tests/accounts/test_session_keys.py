"""Nobody opens a session with a key known before its holder signed in, and what changes their standing ends those opened before."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.enums import UserRole
from accounts.models import Session
from accounts.sessions import row_key
from audit.actor import Actor
from letters.models import Letter
from letters.sealing import unseal
from tests.accounts.factories import PASSWORD, code_now, give_second_factor, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "nine loud geese walk by"
ADMIN = Actor.system("test")


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_key(key: str) -> Client:
    """A browser in which somebody put this key."""
    client = Client()
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: key})
    return client


def opens(key: str) -> bool:
    return with_key(key).get(reverse("account_edit")).status_code == 200


def visited() -> Client:
    """Somebody who has filled in a form and not signed in: their session is theirs."""
    client = Client()
    client.post(reverse("portal_request_right"), {"right": "ACCESS"})
    assert Session.objects.filter(session_key=row_key(key_of(client))).exists()
    return client


def log_in(client: Client, user, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


# A key that was known before.
@pytest.mark.promise("P017")
def test_signing_in_gives_a_new_key_and_the_old_one_opens_nothing():
    client = visited()
    before = key_of(client)
    assert log_in(client, make_user()).status_code == 302
    assert key_of(client) != before
    assert client.get(reverse("account_edit")).status_code == 200
    assert not opens(before)
    assert not Session.objects.filter(session_key=row_key(before)).exists()


@pytest.mark.parametrize("planted", ["a" * 32, "0123456789abcdefghijklmnopqrstuv", "' OR 1=1 --", "x" * 5000])
def test_a_key_that_somebody_planted_is_never_adopted(planted):
    client = with_key(planted)
    client.post(reverse("portal_request_right"), {"right": "ACCESS"})
    assert key_of(client) != planted
    between = key_of(client)
    assert log_in(client, make_user()).status_code == 302
    assert key_of(client) not in {planted, between}
    assert not opens(planted)
    assert not opens(between)
    assert not Session.objects.filter(session_key=row_key(planted)).exists()


def test_who_signs_in_over_somebody_elses_session_takes_nothing_of_it_and_leaves_nothing_in_it():
    attacker, victim = make_user(), make_user()
    theirs = sign_in(Client(), attacker)
    session = theirs.session
    session["draft"] = "of the attacker"
    session.save()
    planted = key_of(theirs)

    browser = with_key(planted)
    sign_in(browser, victim)

    assert key_of(browser) != planted
    assert "draft" not in browser.session
    assert browser.session["_auth_user_id"] == str(victim.pk)
    assert not opens(planted)


def test_the_key_from_before_the_second_factor_opens_nothing_after_it():
    user, client = make_staff(), visited()
    assert log_in(client, user).url == reverse("mfa_authenticate")
    between = key_of(client)
    assert not opens(between)
    assert client.post(reverse("mfa_authenticate"), {"code": code_now()}).status_code == 302
    assert key_of(client) != between
    assert opens(key_of(client))
    assert not opens(between)


@pytest.mark.promise("P017")
def test_over_https_the_cookie_is_sent_over_https_alone(settings):
    assert settings.SESSION_COOKIE_HTTPONLY
    settings.SESSION_COOKIE_SECURE = True
    client = visited()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["secure"]
    assert cookie["httponly"]


# What ends the sessions opened before.
def show_password_again(client: Client) -> None:
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def change_password(client: Client, _user) -> None:
    given = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(reverse("account_change_password"), given).status_code == 302


def reset_password(_client: Client, user) -> None:
    """In another browser, by the code of a mail."""
    other = Client()
    asked = other.post(reverse("account_reset_password"), {"email": user.email})
    code = unseal(bytes(Letter.objects.get(recipient=user.email).sealed))["code"]
    form = other.post(asked.url, {"code": code}).url
    assert other.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}).status_code == 302
    assert log_in(Client(), user, NEW_PASSWORD).url == reverse("account_home")


def add_factor(client: Client, _user) -> None:
    show_password_again(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}).status_code == 302


def remove_factor(client: Client, user) -> None:
    show_password_again(client)
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def change_role(_client: Client, user) -> None:
    told = {"role": UserRole.HR, "entity": "Oxygis Partners", "country": "BE"}
    services.change_role(user_id=user.pk, **told, actor=ADMIN, at=timezone.now())


def reset_factor(_client: Client, user) -> None:
    services.reset_second_factor(user_id=user.pk, actor=ADMIN, at=timezone.now())


def close(_client: Client, user) -> None:
    services.set_active(user_id=user.pk, is_active=False, actor=ADMIN, at=timezone.now())


#: What happens, whether the person has a factor, and whether the session in which they did it stays.
ENDS = {
    change_password: (False, True),
    reset_password: (False, False),
    add_factor: (False, True),
    remove_factor: (True, True),
    change_role: (False, False),
    reset_factor: (True, False),
    close: (False, False),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ENDS, ids=lambda deed: deed.__name__)
def test_a_change_of_standing_ends_every_other_session_at_once(deed):
    has_factor, stays = ENDS[deed]
    user, stranger = make_user(), sign_in(Client(), make_user())
    if has_factor:
        give_second_factor(user)
    mine, other = sign_in(Client(), user), sign_in(Client(), user)
    before = key_of(mine)
    assert opens(before)
    assert opens(key_of(other))

    deed(mine, user)

    assert not Session.objects.filter(session_key=row_key(key_of(other))).exists()
    assert not opens(key_of(other))
    assert opens(key_of(mine)) == stays
    assert opens(key_of(stranger)), "nobody else is signed out"
    if deed is change_password:
        assert key_of(mine) != before
        assert not opens(before), "the key from before the new password is dead, in this browser too"
