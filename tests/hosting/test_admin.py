"""The records: two registers to keep, everything else to look at; no secret on any page."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from datamap.models import Subsidiary
from hosting.models import (
    AccessGrant,
    Backup,
    CustomerDatabase,
    Deletion,
    ErasureOrder,
    Export,
    Instruction,
    RegionRequest,
    Replica,
    Restoration,
    Server,
    Step,
)
from letters import sealing
from tests.accounts.factories import make_staff, sign_in
from tests.hosting import cast

pytestmark = pytest.mark.django_db

REGISTERS = (Server,)
LOOKED_AT = (
    AccessGrant, Backup, CustomerDatabase, Deletion, ErasureOrder, Export, Instruction, RegionRequest, Replica, Restoration, Step,
)  # fmt: skip


@pytest.fixture
def officer(client):
    user = make_staff(UserRole.ADMIN)
    sign_in(client, user)
    return user


@pytest.fixture
def rows(officer):
    """One of each."""
    boss = cast.make_administrator()
    database, now = cast.order(boss), timezone.now()
    Deletion.objects.create(database=database, asked_by=boss.pk, asked_at=now)
    RegionRequest.objects.create(database=database, region="FR", asked_at=now)
    Export.objects.create(database=database, asked_at=now, file_name="hidden-file", sealed_key=sealing.seal({"key": "AGE-SECRET"}))
    cast.make_grant(database, officer)
    backup = cast.make_backup(database)
    cast.make_restoration(backup, officer)
    ErasureOrder.objects.create(database=database, relation="people", row_keys=["7"], erased_at=now, expires_at=now)
    Step.objects.update(sealed=sealing.seal({"password": "hidden"}))
    return database


def test_every_model_of_this_room_has_its_records():
    assert {model for model in admin.site._registry if model._meta.app_label == "hosting"} == {*REGISTERS, *LOOKED_AT}


@pytest.mark.parametrize("model", [*REGISTERS, *LOOKED_AT])
def test_lists_and_records_open_and_show_no_secret(client, rows, model):
    base = f"/admin/hosting/{model._meta.model_name}/"
    for address in (base, f"{base}?q=x", f"{base}{model.objects.first().pk}/change/"):
        response = client.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        for secret in ("hidden-file", "postgresql://", "gAAAA"):
            assert secret not in page


@pytest.mark.parametrize("model", LOOKED_AT)
def test_what_happened_is_not_typed_over(client, rows, model):
    base = f"/admin/hosting/{model._meta.model_name}/"
    row = model.objects.first()
    for address in (f"{base}add/", f"{base}{row.pk}/delete/"):
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert client.post(f"{base}{row.pk}/change/", {"state": "DESTROYED"}).status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_a_register_is_kept_with_an_event_and_nothing_leaves_it(client, officer):
    said = {"entity": "Oxygis Tunis", "country": "TN", "clauses_module": "Module 2", "clauses_signed_on": "2026-01-05"}
    assert client.post("/admin/datamap/subsidiary/add/", said).status_code == 302
    row = Subsidiary.objects.get(country="TN")
    assert Event.objects.filter(action="register.added", about=f"datamap.subsidiary:{row.pk}").exists()
    assert client.post(f"/admin/datamap/subsidiary/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_no_url_is_typed_into_the_register_of_servers(client, officer):
    said = {"code": "fr-1", "region": "FR", "secret": "postgresql://user:word@host/db", "is_open": "on"}
    assert client.post("/admin/hosting/server/add/", said).status_code == 200
    assert not Server.objects.exists()
