"""The two steps of a release in the admin: two people, each by their own sign-in."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from accounts.enums import UserRole
from audit.models import Event
from retention.enums import RunStatus
from retention.models import Release, Run
from tests.accounts.factories import make_staff, sign_in
from tests.retention.test_runs import stopped

pytestmark = pytest.mark.django_db

ADD = "/admin/retention/release/add/"
RELEASES = "/admin/retention/release/"
RUNS = "/admin/retention/run/"


@pytest.fixture
def officer():
    return sign_in(Client(), make_staff(UserRole.PRIVACY_OFFICER))


@pytest.fixture
def administrator():
    return sign_in(Client(), make_staff(UserRole.ADMIN))


@pytest.fixture
def run(at):
    return stopped(at)[1]


def act(client, page, action, row):
    return client.post(page, {"action": action, ACTION_CHECKBOX_NAME: [str(row.pk)]}, follow=True).content.decode()


def test_one_asks_another_approves(officer, administrator, run):
    assert officer.post(ADD, {"run": str(run.pk), "reason": "After the import of March"}).status_code == 302
    release = Release.objects.get()

    assert "a second person" in act(officer, RELEASES, "approve", release)
    run.refresh_from_db()
    assert run.status == RunStatus.STOPPED

    act(administrator, RELEASES, "approve", release)
    run.refresh_from_db()
    release.refresh_from_db()
    assert run.status == RunStatus.RELEASED
    assert release.asked_by != release.approved_by != ""
    roles = Event.objects.filter(action__in=["retention.release_asked", "retention.released"]).order_by("id")
    assert [event.actor_role for event in roles] == ["PRIVACY_OFFICER", "ADMIN"]


def test_a_release_needs_a_reason_and_a_plan_that_waits(officer, run):
    assert officer.post(ADD, {"run": str(run.pk), "reason": " "}).status_code == 200
    officer.post(ADD, {"run": str(run.pk), "reason": "R"})
    assert officer.post(ADD, {"run": str(run.pk), "reason": "R"}).status_code == 200
    assert Release.objects.count() == 1


def test_a_plan_is_given_up_by_one(officer, run):
    act(officer, RUNS, "give_up", run)
    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
    assert "ended already" in act(officer, RUNS, "give_up", run)


@pytest.mark.parametrize("role", [UserRole.HR, UserRole.HELPDESK])
def test_nobody_else_finds_any_of_it(role, run):
    client = sign_in(Client(), make_staff(role))
    for page in (RUNS, RELEASES, ADD):
        assert client.get(page).status_code in {302, 403, 404}
    client.post(ADD, {"run": str(run.pk), "reason": "R"})
    act(client, RUNS, "give_up", run)
    assert not Release.objects.exists()
    assert Run.objects.get().status == RunStatus.STOPPED


def test_runs_and_releases_are_not_edited(officer, run):
    officer.post(ADD, {"run": str(run.pk), "reason": "R"})
    release = Release.objects.get()
    for page, row in ((RUNS, run), (RELEASES, release)):
        assert officer.get(f"{page}{row.pk}/change/").status_code == 200
        assert officer.post(f"{page}{row.pk}/change/", {"reason": "S"}).status_code == 403
        assert officer.post(f"{page}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert officer.get(f"{RUNS}add/").status_code == 403
    release.refresh_from_db()
    assert release.reason == "R"


def test_of_two_who_ask_at_once_the_second_is_told_so(officer, administrator, run, monkeypatch):
    """Both forms were good when they were sent: the second finds a release that came in between."""
    assert officer.post(ADD, {"run": str(run.pk), "reason": "Mine"}).status_code == 302
    monkeypatch.setattr("retention.admin.Run.objects.filter", lambda **_of: Run.objects.all())
    response = administrator.post(ADD, {"run": str(run.pk), "reason": "Mine too"}, follow=True)
    assert response.status_code == 200
    assert Release.objects.get().reason == "Mine"
