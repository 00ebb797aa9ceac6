"""Roles, closing, second factors: what changes a user's standing ends their sessions within one request."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.enums import UserRole
from accounts.models import User
from accounts.services import NoStaffEntity, OwnRole
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from tests.accounts.factories import PASSWORD, make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db
OFFICER = Actor(kind=ActorKind.STAFF, id="0192f0c1-0000-7000-8000-000000000000", role="ADMIN", entity="Oxygis-Partners", country="BE")

CHANGES = {
    "role": lambda user, at: services.change_role(user_id=user.pk, role=UserRole.CUSTOMER, actor=OFFICER, at=at),
    "closing": lambda user, at: services.set_active(user_id=user.pk, is_active=False, actor=OFFICER, at=at),
    "second factor": lambda user, at: services.reset_second_factor(user_id=user.pk, actor=OFFICER, at=at),
    "sign out": lambda user, at: services.sign_out_elsewhere(user_id=user.pk, except_key=None, actor=OFFICER, at=at),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_standing_ends_the_session_by_the_next_request(client, at, change):
    user = make_staff(UserRole.HR)
    sign_in(client, user)
    assert client.get(reverse("account_home")).status_code == 200
    CHANGES[change](user, at)
    assert client.get(reverse("account_home")).status_code == 302


@pytest.mark.parametrize("field", [{"role": "CUSTOMER"}, {"is_active": False}, {"password": "x"}, {"session_epoch": 9}])
def test_session_is_bound_to_what_decides_what_a_user_may_do(client, field):
    """Whoever writes to the table without the services ends the sessions too."""
    user = make_staff(UserRole.HR)
    sign_in(client, user)
    User.objects.filter(pk=user.pk).update(**field)
    assert client.get(reverse("account_home")).status_code == 302


def test_changing_the_password_signs_out_everywhere_else(client):
    user, other = make_user(), Client()
    sign_in(client, user)
    sign_in(other, user)
    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "nine slow otters dive", "password2": "nine slow otters dive"},
    )
    assert response.status_code == 302
    assert client.get(reverse("account_home")).status_code == 200
    assert other.get(reverse("account_home")).status_code == 302


def test_role_change_is_on_record_without_a_name(at):
    user = make_user()
    services.change_role(user_id=user.pk, role=UserRole.HELPDESK, actor=OFFICER, at=at, entity="Oxygis France", country="FR")
    event = Event.objects.get(action="user.role_changed")
    assert (event.about, event.details) == (f"accounts.user:{user.pk}", {"previous": "CUSTOMER", "role": "HELPDESK"})
    assert user.name not in str(event.__dict__)
    assert user.email not in str(event.__dict__)


def test_staff_need_an_entity_and_a_country(at):
    user = make_user()
    with pytest.raises(NoStaffEntity):
        services.change_role(user_id=user.pk, role=UserRole.HELPDESK, actor=OFFICER, at=at)
    user.refresh_from_db()
    assert user.role == UserRole.CUSTOMER


@pytest.mark.parametrize("change", ["role", "closing", "second factor"])
def test_nobody_changes_their_own_standing(at, change):
    user = make_staff(UserRole.ADMIN)
    me = Actor(kind=ActorKind.STAFF, id=str(user.pk), role=user.role)
    acts = {
        "role": lambda: services.change_role(
            user_id=user.pk, role=UserRole.PRIVACY_OFFICER, actor=me, at=at, entity="Oxygis", country="BE"
        ),
        "closing": lambda: services.set_active(user_id=user.pk, is_active=False, actor=me, at=at),
        "second factor": lambda: services.reset_second_factor(user_id=user.pk, actor=me, at=at),
    }
    with pytest.raises(OwnRole):
        acts[change]()
