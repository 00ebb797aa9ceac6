"""The records: what each page shows, refuses and notes."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.enums import UserRole
from accounts.models import User
from audit.models import Event
from tests.accounts.factories import (
    make_company,
    make_contact,
    make_invoice,
    make_message,
    make_staff,
    make_user,
    sign_in,
)
from tests.typing_in import carried

pytestmark = pytest.mark.django_db
OURS = ["user", "company", "contact", "contactmessage", "invoice", "session", "deletionallowance"]


@pytest.fixture
def officer(client):
    user = make_staff(UserRole.ADMIN)
    sign_in(client, user)
    return user


def test_every_model_of_this_room_has_its_records():
    assert {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "accounts"} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_lists_open_and_search(client, officer, name):
    make_contact()
    make_message()
    make_invoice(company=make_company())
    for query in ("", "?q=noor"):
        response = client.get(f"/admin/accounts/{name}/{query}")
        assert response.status_code == 200
        page = response.content.decode()
        assert " style=" not in page.replace('style=""', "")


@pytest.mark.parametrize("rows", [1, 30])
def test_list_of_contacts_costs_the_same_for_many_rows(client, officer, rows, django_assert_num_queries):
    for _turn in range(rows):
        make_contact(company=make_company())
    with django_assert_num_queries(11):
        client.get("/admin/accounts/contact/")


def test_lists_mask_names_and_addresses(client, officer):
    make_contact("lucas@customer.example", name="Lucas Delcourt")
    page = client.get("/admin/accounts/contact/").content.decode()
    assert "L•••• D••••" in page
    assert "Lucas Delcourt" not in page
    assert "lucas@customer.example" not in page


def test_no_password_and_no_hash_is_shown(client, officer):
    user = make_user()
    page = client.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert "argon2" not in page
    assert user.password not in page


@pytest.mark.parametrize("name", ["user", "company", "contact", "contactmessage", "invoice"])
def test_nothing_is_deleted_by_a_click(client, officer, name):
    row = {
        "user": make_user,
        "company": make_company,
        "contact": make_contact,
        "contactmessage": make_message,
        "invoice": make_invoice,
    }[name]()
    assert client.post(f"/admin/accounts/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", ["contactmessage", "invoice"])
def test_what_was_written_is_never_changed(client, officer, name):
    row = {"contactmessage": make_message, "invoice": make_invoice}[name]()
    assert client.post(f"/admin/accounts/{name}/{row.pk}/change/", {}).status_code == 403
    assert client.get(f"/admin/accounts/{name}/add/").status_code == 403


def user_data(user, **changes):
    fields = ("email", "name", "phone", "company_name", "sector", "interest", "language", "role", "entity", "country")
    return {**{name: getattr(user, name) for name in fields}, "is_active": "on", **changes}


def test_role_change_is_audited_and_leaves_no_line_with_an_address(client, officer):
    user = make_user()
    data = user_data(user, role="HELPDESK", entity="Oxygis Partners", country="BE") | carried(
        client, f"/admin/accounts/user/{user.pk}/change/"
    )
    assert client.post(f"/admin/accounts/user/{user.pk}/change/", data).status_code == 302
    user.refresh_from_db()
    assert user.role == UserRole.HELPDESK
    event = Event.objects.get(action="user.role_changed")
    assert (event.actor_id, event.actor_role) == (str(officer.pk), "ADMIN")
    assert Event.objects.filter(action="record.changed", about=f"accounts.user:{user.pk}").exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"role": "HELPDESK"}, "Staff belong to an Oxygis entity"), ({"email": "no address"}, "Write the whole e-mail address")],
)
def test_wrong_change_is_named_beside_the_form(client, officer, changes, words):
    user = make_user()
    page = f"/admin/accounts/user/{user.pk}/change/"
    response = client.post(page, user_data(user, **changes) | carried(client, page))
    assert response.status_code == 200
    assert words in response.content.decode()
    user.refresh_from_db()
    assert user.role == UserRole.CUSTOMER


def test_administrator_cannot_change_their_own_role(client, officer):
    page = f"/admin/accounts/user/{officer.pk}/change/"
    response = client.post(page, user_data(officer, role="PRIVACY_OFFICER") | carried(client, page))
    assert "Nobody changes their own role" in response.content.decode()


def test_closing_an_account_by_the_form_ends_its_sessions(client, officer):
    user, theirs = make_user(), Client()
    sign_in(theirs, user)
    data = user_data(user) | carried(client, f"/admin/accounts/user/{user.pk}/change/")
    del data["is_active"]
    client.post(f"/admin/accounts/user/{user.pk}/change/", data)
    assert theirs.get(reverse("account_home")).status_code == 302
    assert Event.objects.filter(action="user.closed").exists()


def test_colleague_is_added_without_a_password_and_sets_their_own(client, officer):
    data = {
        "email": "New@Oxygis.example",
        "name": "Wout Claes",
        "language": "nl",
        "role": "HELPDESK",
        "entity": "Oxygis",
        "country": "BE",
        "is_active": "on",
    }
    assert client.post("/admin/accounts/user/add/", data).status_code == 302
    user = User.objects.get(email="new@oxygis.example")
    assert not user.has_usable_password()


def test_second_factor_is_taken_off_somebody_else_but_never_off_oneself(client, officer):
    agent = make_staff()
    data = {"action": "reset_second_factor", "_selected_action": [str(agent.pk), str(officer.pk)]}
    assert client.post("/admin/accounts/user/", data).status_code == 302
    assert not agent.authenticator_set.exists()
    assert officer.authenticator_set.exists()


def test_privacy_officer_reads_and_does_not_write(client):
    sign_in(client, make_staff(UserRole.PRIVACY_OFFICER))
    user = make_user()
    assert client.get(f"/admin/accounts/user/{user.pk}/change/").status_code == 200
    assert client.post(f"/admin/accounts/user/{user.pk}/change/", user_data(user, name="X")).status_code == 403


def test_ways_around_the_one_sign_in_page_are_closed(client, officer):
    assert client.get("/admin/password_change/").url == reverse("account_change_password")
    assert client.post("/admin/logout/").status_code == 302
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.PRIVACY_OFFICER])
def test_when_tasks_ring_is_looked_at_and_neither_stopped_nor_changed_by_anybody(client, role):
    """Whoever deleted the task of the purge would keep everything for ever; whoever stopped the backups, lose everything."""
    sign_in(client, make_staff(role))
    schedule = IntervalSchedule.objects.create(every=2, period="minutes")
    task = PeriodicTask.objects.create(name="retention.keep_periods", task="retention.keep_periods", interval=schedule)
    page = "/admin/django_celery_beat/periodictask/"
    assert "retention.keep_periods" in client.get(page).content.decode()
    assert client.get(f"{page}{task.pk}/change/").status_code == 200

    refused = [
        client.get(f"{page}add/"),
        client.post(f"{page}{task.pk}/change/", {"name": "x", "enabled": ""}),
        client.post(f"{page}{task.pk}/delete/", {"post": "yes"}),
    ]
    assert [response.status_code for response in refused] == [403, 403, 403]
    for action in ("disable_tasks", "toggle_tasks", "run_tasks", "delete_selected"):
        client.post(page, {"action": action, "_selected_action": [task.pk], "post": "yes"})
    task.refresh_from_db()
    assert (task.enabled, task.name) == (True, "retention.keep_periods")
    for name in ("clocked", "crontab", "interval", "solar"):
        assert client.get(f"/admin/django_celery_beat/{name}schedule/").status_code == 404
        assert client.post(f"/admin/django_celery_beat/{name}schedule/{schedule.pk}/delete/", {"post": "yes"}).status_code == 404
