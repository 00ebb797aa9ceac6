"""Who finds what behind ``staff_required``."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from accounts.enums import DESK_ROLES, STAFF_ROLES, UserRole
from accounts.roles import PERMISSIONS
from accounts.staff import can, desk_agents, display_name, require_desk
from tests.accounts.factories import make_staff, make_user, sign_in

pytestmark = pytest.mark.django_db


@require_desk
def view(request):
    return HttpResponse("the desk")


def ask(user, session=None):
    request = RequestFactory().get("/desk/?state=open")
    request.user, request.session = user, session or {}
    return view(request)


def session_of(client, user):
    return sign_in(client, user).session


@pytest.mark.parametrize("role", sorted(DESK_ROLES))
def test_desk_opens_to_its_roles_after_the_second_factor(client, role):
    user = make_staff(role)
    assert ask(user, session_of(client, user)).content == b"the desk"


@pytest.mark.parametrize("role", sorted(set(UserRole) - DESK_ROLES))
def test_desk_is_not_there_for_anybody_else(client, role):
    user = make_staff(role) if role in STAFF_ROLES else make_user(role=role)
    with pytest.raises(Http404):
        ask(user, session_of(client, user))


def test_desk_asks_the_anonymous_to_sign_in_and_remembers_where_they_went():
    assert ask(AnonymousUser()).url == "/account/login/?next=/desk/%3Fstate%3Dopen"


def test_desk_sends_staff_without_a_factor_to_its_set_up(client):
    user = make_staff(has_second_factor=False)
    assert ask(user, session_of(client, user)).url == reverse("mfa_index")


def test_session_of_somebody_else_proves_no_factor(client):
    session = session_of(client, make_staff())
    assert ask(make_staff(), session).url == reverse("mfa_index")


@pytest.mark.parametrize("role", sorted(UserRole))
def test_roles_hold_exactly_the_permissions_of_the_table(role):
    user = make_staff(role) if role in STAFF_ROLES else make_user(role=role)
    for permission, roles in PERMISSIONS.items():
        assert can(user, permission) == (role in roles)
    assert not can(user, "no.such_permission")
    assert not can(AnonymousUser(), "rights_requests.work_on_request")
    user.is_active = False
    assert not any(can(user, permission) for permission in PERMISSIONS)


def test_agents_are_the_active_people_of_the_desk():
    agent = make_staff(name="Amélie Lefort")
    make_staff(is_active=False)
    make_staff(UserRole.HR)
    make_user()
    assert list(desk_agents()) == [agent]
    assert display_name(agent.pk) == "Amélie Lefort"
    assert display_name(None) == ""
    assert display_name("0192f0c1-0000-7000-8000-000000000000") == ""
