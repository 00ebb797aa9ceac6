"""Nobody deletes much alone: beyond a number in 24 hours it takes a second person, whatever is deleted and wherever (P081)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import deleting
from accounts.enums import UserRole
from accounts.models import DeletionAllowance, HandDeletion, Session, User
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from datamap import registry
from tests.accounts.factories import make_staff, make_user, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.promise("P081")]

SESSIONS = "/admin/accounts/session/"


@pytest.fixture(autouse=True)
def _few(settings) -> None:
    settings.ACCOUNTS = settings.ACCOUNTS | {"deletions_a_day": 3}


def staff_actor(user) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=str(user.pk), role=user.role)


def sessions(number: int) -> list[Session]:
    for _turn in range(number):
        sign_in(Client(), make_user())
    return list(Session.objects.order_by("pk"))


def test_beyond_the_number_it_takes_a_second_person(at):
    one, two = make_staff(UserRole.HR), make_staff(UserRole.ADMIN)
    actor = staff_actor(one)
    deleting.require_allowed(actor=actor, rows=3, at=at)
    with pytest.raises(deleting.TooManyDeleted):
        deleting.require_allowed(actor=actor, rows=1, at=at)
    deleting.require_allowed(actor=staff_actor(two), rows=3, at=at)
    with pytest.raises(deleting.OwnAllowance):
        deleting.allow(agent_id=one.pk, rows=9, reason="R", actor=actor, at=at)

    deleting.allow(agent_id=one.pk, rows=2, reason="After the fair", actor=staff_actor(two), at=at)
    deleting.require_allowed(actor=actor, rows=2, at=at + timedelta(hours=23))
    with pytest.raises(deleting.TooManyDeleted):
        deleting.require_allowed(actor=actor, rows=1, at=at + timedelta(hours=23))
    deleting.require_allowed(actor=actor, rows=1, at=at + timedelta(hours=24))
    with pytest.raises(deleting.TooManyDeleted):
        # These three are all of 24 hours: what was allowed before them is over.
        deleting.require_allowed(actor=actor, rows=1, at=at + timedelta(hours=24))
    assert Event.objects.get(action="deletion.allowed").details == {"rows": 2}


def test_the_admin_deletes_all_of_it_or_nothing():
    """Chosen in the list or one by one on their pages: the same number counts, and what was refused left no event."""
    agent = make_staff(UserRole.ADMIN)
    client = sign_in(Client(), agent)
    own = set(Session.objects.values_list("pk", flat=True))
    rows = [row for row in sessions(5) if row.pk not in own]
    chosen = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk for row in rows[:4]], "post": "yes"}
    assert "as one person may" in client.post(SESSIONS, chosen, follow=True).content.decode()
    assert Session.objects.filter(pk__in=[row.pk for row in rows]).count() == 5
    assert not Event.objects.filter(action="record.deleted").exists()

    for row in rows[:3]:
        assert client.post(f"{SESSIONS}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert "as one person may" in client.post(f"{SESSIONS}{rows[3].pk}/delete/", {"post": "yes"}, follow=True).content.decode()
    assert Event.objects.filter(action="record.deleted").count() == 3
    client.post(SESSIONS, chosen | {ACTION_CHECKBOX_NAME: [rows[3].pk]})
    assert Session.objects.filter(pk__in=[row.pk for row in rows]).count() == 2


def test_what_could_not_be_deleted_is_neither_counted_nor_told(monkeypatch):
    client = sign_in(Client(raise_request_exception=False), make_staff(UserRole.ADMIN))
    own = set(Session.objects.values_list("pk", flat=True))
    (row,) = [row for row in sessions(1) if row.pk not in own]
    monkeypatch.setattr(admin.site._registry[Session], "delete_queryset", lambda *_args: 1 / 0)
    chosen = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [row.pk], "post": "yes"}
    assert client.post(SESSIONS, chosen).status_code == 500
    assert Session.objects.filter(pk=row.pk).exists()
    assert not HandDeletion.objects.exists()
    assert not Event.objects.filter(action="record.deleted").exists()


def test_no_other_way_of_the_admin_deletes_data_of_people():
    """Sessions end by the hand of an administrator; what else the admin deletes holds nothing of a person."""
    deletable = set()
    for role in UserRole:
        request = RequestFactory().get("/")
        request.user = User(role=role, is_active=True)
        found = [model for model, shown in admin.site._registry.items() if shown.has_delete_permission(request)]
        assert role not in {UserRole.HR, UserRole.HELPDESK} or not found
        deletable |= {model._meta.label for model in found}
    assert deletable - registry.exemptions().keys() == {"accounts.Session"}


def test_an_allowance_is_given_in_the_admin_to_somebody_else():
    agent, officer = make_staff(UserRole.HR), make_staff(UserRole.PRIVACY_OFFICER)
    client, add = sign_in(Client(), officer), "/admin/accounts/deletionallowance/add/"
    assert client.get(add).status_code == 200
    client.post(add, {"agent_id": str(officer.pk), "rows": "5", "reason": "Mine"})
    assert not DeletionAllowance.objects.exists()
    client.post(add, {"agent_id": str(agent.pk), "rows": "5", "reason": "After the fair"})
    made = DeletionAllowance.objects.get()
    assert (made.agent_id, made.approved_by, made.rows) == (str(agent.pk), str(officer.pk), 5)
    page = f"/admin/accounts/deletionallowance/{made.pk}/"
    assert client.post(f"{page}change/", {"rows": "500"}).status_code == 403
    assert client.get("/admin/accounts/deletionallowance/").status_code == 200
    assert sign_in(Client(), agent).get(add).status_code in {302, 403, 404}


@pytest.mark.parametrize("values", [("'1'", "'1'"), ("'1'", "NULL"), ("NULL", "'2'"), ("'1'", "''"), ("''", "'2'")])
def test_the_database_takes_no_allowance_by_one_person_alone(values):
    insert = "INSERT INTO accounts_deletionallowance (id, agent_id, approved_by, rows, reason, at) VALUES (%s, {}, {}, 9, 'R', now())"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert.format(*values), [uuid4()])
    with connection.cursor() as cursor:
        cursor.execute(insert.format("'1'", "'2'"), [uuid4()])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_deletionallowance SET rows = 900")


def test_what_is_taken_out_of_applications_counts():
    from recruitment import passages, services
    from recruitment.services.redacting import TooManyTakenOut
    from tests.recruitment import cast

    now = timezone.now()
    agent = staff_actor(make_staff(UserRole.HR))
    deleting.require_allowed(actor=agent, rows=3, at=now)
    application = cast.apply(at=now)
    document, text = application.documents.get(), application.cover_letter
    with pytest.raises(TooManyTakenOut):
        services.redact_document(document_id=document.pk, actor=agent, at=now)
    with pytest.raises(TooManyTakenOut):
        services.redact_passages(
            model=type(application), row_id=application.pk, numbers=[0], version=passages.version(text), actor=agent, at=now
        )
    document.refresh_from_db()
    application.refresh_from_db()
    assert (document.redacted_at, application.redacted_at, application.cover_letter) == (None, None, text)
