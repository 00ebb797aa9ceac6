"""The pages of backups: what a customer sees of theirs, asks for and names; what the desk takes up, and that two of it are needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import UserRole
from hosting.enums import InstructionKind, RestoreGround
from hosting.models import ErasureOrder, Replica, Restoration
from hosting.services import looking
from tests.accounts.factories import make_staff
from tests.hosting import cast
from tests.hosting.source_casts import make_database
from tests.hosting.test_views import path, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.fixture
def database(boss):
    return make_database(boss.company, at=timezone.now(), label="Production")


@pytest.fixture
def backup(database):
    return cast.make_backup(database, at=timezone.now() - timedelta(days=3), places=("be-1", "be-2", "fr-1", "fr-2"))


@pytest.fixture
def staff():
    return [make_staff(UserRole.HELPDESK, entity="Oxygis Partners", country="BE") for _number in range(2)]


def restored(backup, staff, **fields: object) -> Restoration:
    """Open, by the rows alone."""
    now = timezone.now()
    told = {
        "approved_by": staff[1].pk,
        "approved_at": now,
        "ends_at": now + timedelta(days=7),
        "restored_at": now,
        "ledger": 0,
        "served_at": now,
    }
    return cast.make_restoration(backup, staff[0], at=now, **told | fields)


@pytest.mark.promise("P089")
@pytest.mark.promise("P090")
def test_a_customer_sees_where_each_backup_lies_and_until_when(boss, database, backup):
    page = signed_in(boss).get(path(database, "backups/")).content.decode()

    assert "Belgium, 2 data centres" in page
    assert "France, 2 data centres" in page
    assert f"{timezone.localdate(backup.expires_at):%Y}" in page
    assert "Nobody has looked into a backup" in page
    assert "Being put into every place" not in page
    Replica.objects.filter(place="fr-1").update(stored_at=None, error="full")
    page = signed_in(boss).get(path(database, "backups/")).content.decode()
    assert "Being put into every place" in page


@pytest.mark.promise("P086")
def test_a_customer_asks_for_a_backup_once_and_shows_who_they_are(boss, database, backup):
    where = path(database, f"backups/{backup.pk}/restore/")
    assert "reauthenticate" in signed_in(boss).post(where).headers["Location"]
    assert looking.waiting(database) == []

    client = signed_in(boss, is_proved=True)
    assert client.post(where).status_code == 302
    assert client.post(where).status_code == 422

    (wanted,) = looking.waiting(database)
    assert (wanted.kind, wanted.actor_id) == (InstructionKind.RESTORE, str(boss.pk))
    assert "Asked for" in client.get(path(database, "backups/")).content.decode()


@pytest.mark.promise("P085")
@pytest.mark.promise("P086")
def test_the_desk_takes_a_request_up_and_another_of_it_approves(boss, database, backup, staff):
    wanted = looking.request(database_id=database.pk, backup_id=backup.pk, actor=cast.actor(boss), at=timezone.now())
    one, other = (signed_in(user) for user in staff)
    where = f"/desk/databases/{database.pk}/"

    assert one.post(f"{where}restore/", {"instruction": "", "backup": "", "reference": ""}).status_code == 422
    assert one.post(f"{where}restore/", {"instruction": "", "backup": backup.pk, "reference": ""}).status_code == 422
    assert one.post(f"{where}restore/", {"instruction": wanted.pk}).status_code == 302
    restoration = Restoration.objects.get()
    assert (restoration.ground, restoration.instruction, restoration.backup_id) == (RestoreGround.CUSTOMER, wanted.pk, backup.pk)
    approve = f"/desk/restored/{restoration.pk}/approve/"
    assert one.post(approve).status_code == 422
    assert "To approve" in other.get("/desk/databases/").content.decode()
    assert other.post(approve).status_code == 302
    page = other.get(where).content.decode()
    assert "nobody gets in yet" in page
    seen = signed_in(boss).get(path(database, "backups/")).content.decode()
    assert "At the customer’s explicit request" in seen
    assert "nobody gets in yet" in seen


@pytest.mark.promise("P086")
def test_what_law_requires_needs_its_reference_and_the_customer_sees_it(boss, database, backup, staff):
    one, other = (signed_in(user) for user in staff)
    assert one.post(f"/desk/databases/{database.pk}/restore/", {"backup": backup.pk, "reference": "ORDER-77"}).status_code == 302
    other.post(f"/desk/restored/{Restoration.objects.get().pk}/approve/")

    assert "As required by law, ORDER-77" in " ".join(signed_in(boss).get(path(database, "backups/")).content.decode().split())


def test_a_password_is_shown_once_to_whom_it_is_for(boss, database, backup, staff):
    wanted = looking.request(database_id=database.pk, backup_id=backup.pk, actor=cast.actor(boss), at=timezone.now())
    theirs = restored(backup, staff, ground=RestoreGround.CUSTOMER, instruction=wanted.pk)
    ours = restored(backup, staff)
    client = signed_in(boss, is_proved=True)

    page = client.post(path(database, f"backups/restored/{theirs.pk}/open/"))
    assert page.status_code == 200
    assert theirs.name in page.content.decode()
    assert theirs.name not in client.get(path(database, "backups/")).content.decode()
    assert client.post(path(database, f"backups/restored/{ours.pk}/open/")).status_code == 422
    page = signed_in(staff[0]).post(f"/desk/restored/{ours.pk}/open/")
    assert ours.name in page.content.decode()
    assert signed_in(staff[1]).post(f"/desk/restored/{ours.pk}/open/").status_code == 422


def test_what_is_ended_is_over(boss, database, backup, staff):
    wanted = looking.request(database_id=database.pk, backup_id=backup.pk, actor=cast.actor(boss), at=timezone.now())
    theirs = restored(backup, staff, ground=RestoreGround.CUSTOMER, instruction=wanted.pk)

    assert signed_in(boss, is_proved=True).post(path(database, f"backups/restored/{theirs.pk}/end/")).status_code == 302

    theirs.refresh_from_db()
    assert theirs.ended_by == Restoration.EndedBy.CUSTOMER
    assert database.instructions.filter(kind=InstructionKind.RESTORE_ENDED).count() == 1


@pytest.mark.promise("P084")
def test_a_customer_names_rows_by_their_keys_alone(boss, database):
    client = signed_in(boss)
    where = path(database, "backups/rows/")

    assert client.get(where).status_code == 200
    assert client.post(where, {"relation": "people", "row_keys": "noor@customer.example"}).status_code == 422
    assert not ErasureOrder.objects.exists()
    assert client.post(where, {"relation": "sales.people", "row_keys": "7\r\n8 8"}).status_code == 302

    order = ErasureOrder.objects.get()
    assert (order.relation, order.row_keys) == ("sales.people", ["7", "8"])
    assert "sales.people: 2 rows" in client.get(path(database, "backups/")).content.decode()


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_costs_the_same_for_one_and_for_many(boss, database, rows, django_assert_num_queries):
    for number in range(rows):
        cast.make_backup(database, at=timezone.now() - timedelta(days=number))
    client = signed_in(boss)
    with django_assert_num_queries(15):
        client.get(path(database, "backups/"))


@pytest.mark.promise("P089")
def test_the_desk_sees_what_needs_somebody(database, backup, staff):
    Replica.objects.exclude(place="be-1").update(stored_at=None, error="full", failed_at=backup.taken_at)

    page = signed_in(staff[0]).get("/desk/databases/").content.decode()

    assert "Backups that need somebody" in page
    assert "fr-2: full" in signed_in(staff[0]).get(f"/desk/databases/{database.pk}/").content.decode()
