"""The key of a session stands in its holder's cookie and nowhere else."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.enums import UserRole
from accounts.models import Session, User
from audit.actor import Actor
from tests.accounts.factories import PASSWORD, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs() -> Client:
    return sign_in(Client(), make_user())


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_what_the_table_knows_opens_nothing(theirs):
    stored = Session.objects.values_list("session_key", flat=True).get()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = stored

    assert key_of(theirs) != stored
    assert theirs.get(reverse("account_home")).status_code == 200
    assert thief.get(reverse("account_home")).status_code == 302


@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.PRIVACY_OFFICER])
def test_the_records_show_nobody_a_key_to_somebody_elses_session(client, theirs, role):
    sign_in(client, make_staff(role))

    page = client.get("/admin/accounts/session/").content.decode()

    session = Session.objects.get(account_id=theirs.session["_auth_user_id"])
    assert str(session.account_id) in page
    assert str(session.pk) in page
    assert session.session_key not in page
    assert key_of(theirs) not in page
    assert client.get(f"/admin/accounts/session/{session.pk}/change/").status_code == 200
    client.post(f"/admin/accounts/session/{session.pk}/delete/", {"post": "yes"})
    assert Session.objects.filter(pk=session.pk).exists() == (role != UserRole.ADMIN)
    assert theirs.get(reverse("account_home")).status_code == (302 if role == UserRole.ADMIN else 200)


def test_signing_out_removes_the_row_and_ends_the_session(theirs):
    key = key_of(theirs)

    theirs.logout()

    again = Client()
    again.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not Session.objects.exists()
    assert again.get(reverse("account_home")).status_code == 302


def test_an_address_that_a_colleague_changed_is_shown_anew_before_anything_is_asked_with_it(theirs, at):
    user = User.objects.get()

    services.amend(
        user_id=user.pk,
        values={"email": "else@customer.example", "company": None},
        changed=["email"],
        actor=Actor.system("test"),
        at=at,
    )

    assert theirs.get(reverse("account_home")).status_code == 302
    theirs.post(reverse("account_login"), {"login": "else@customer.example", "password": PASSWORD})
    assert theirs.get(reverse("account_home")).status_code == 302
