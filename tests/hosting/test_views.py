"""The pages: administrators alone, everything by POST, who they are asked once more, 410 for what is gone."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client
from django.utils import timezone

from hosting import services
from hosting.enums import Region, State
from hosting.models import AccessGrant, CustomerDatabase, Deletion, RegionRequest
from hosting.services import exporting
from tests.accounts import factories
from tests.hosting import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.fixture
def database(boss):
    return cast.make(boss, at=timezone.now())


def signed_in(user, *, is_proved=False, method="password"):
    client = factories.sign_in(Client(), user)
    if is_proved:
        session = client.session
        record = {"method": method, "at": time.time(), "reauthenticated": True, "email": user.email}
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [*session[AUTHENTICATION_METHODS_SESSION_KEY], record]
        session.save()
    return client


def path(database, tail=""):
    return f"/databases/{database.pk}/{tail}"


def back_to(database, days):
    """As if it had been cancelled so many days ago."""
    CustomerDatabase.objects.filter(pk=database.pk).update(cancelled_at=timezone.now() - timedelta(days=days))


def test_an_administrator_orders_sees_cancels_and_brings_back(boss):
    cast.make_server()
    client = signed_in(boss)

    assert client.post("/databases/", {"label": "Production", "region": ""}).status_code == 302
    database = CustomerDatabase.objects.get(company=boss.company)
    cast.run(database)
    assert "Production" in client.get("/databases/").content.decode()
    assert client.post(path(database, "cancel/"), {"why": "stay"}).status_code == 302
    cast.run(database)
    page = client.get(path(database)).content.decode()
    assert "Bring it back" in page
    assert "Destroyed from" in page
    assert client.post(path(database, "reactivate/")).status_code == 302
    assert cast.run(database).state == State.ACTIVE


@pytest.mark.promise("P080")
def test_after_its_time_reactivation_answers_410_and_the_page_says_so(boss, database):
    client = signed_in(boss)
    back_to(database, 20)
    assert "gone for good" not in client.get(path(database)).content.decode()
    back_to(database, 21)

    response = client.post(path(database, "reactivate/"))

    assert response.status_code == 410
    for page in (response, client.get(path(database))):
        assert "gone for good" in page.content.decode()
    for tail, said in (("cancel/", {"why": "stay"}), ("region/", {"region": "FR"}), ("zone/", {"region": "FR"})):
        assert client.post(path(database, tail), said).status_code == 410


def test_a_database_that_is_cancelled_is_not_asked_about_again(boss, database):
    client = signed_in(boss)
    assert 'name="why"' in client.get(path(database, "cancel/")).content.decode()
    back_to(database, 1)
    response = client.get(path(database, "cancel/"))
    assert response.status_code == 409
    assert 'name="why"' not in response.content.decode()


PAGES = ("", "cancel/", "reactivate/", "region/", "zone/", "copies/", "password/", "delete/", "delete/confirm/", "delete/call-off/")


@pytest.mark.promise("P050")
@pytest.mark.parametrize("who", ["member", "stranger", "staff"])
def test_who_is_not_its_administrator_finds_nothing(boss, database, who):
    user = {
        "member": lambda: factories.make_user(company=boss.company),
        "stranger": cast.make_administrator,
        "staff": factories.make_staff,
    }[who]()
    client = signed_in(user, is_proved=True)
    export = database.exports.create(asked_at=timezone.now())
    grant = cast.make_grant(database, factories.make_staff())

    backup = cast.make_backup(database)
    restoration = cast.make_restoration(backup, factories.make_staff())
    more = ("backups/", "backups/rows/", f"backups/{backup.pk}/restore/", f"backups/restored/{restoration.pk}/end/")

    for tail in (*PAGES, f"copies/{export.pk}/", f"access/{grant.pk}/end/", *more):
        for method in (client.get, client.post):
            assert method(path(database, tail)).status_code in {404, 405}, tail
    assert client.get("/databases/").status_code == (200 if who == "stranger" else 404)
    assert database.instructions.count() == 1


@pytest.mark.parametrize("tail", ["copies/", "password/", "delete/"])
def test_what_weighs_asks_who_it_is_once_more(boss, database, tail):
    client = signed_in(boss)
    for method in (client.get, client.post):
        response = method(path(database, tail), {"acknowledged": "on", "understood": "on"})
        assert response.status_code == 302
        assert "reauthenticate" in response.headers["Location"]
    assert database.instructions.count() == 1


@pytest.mark.promise("P051")
def test_a_copy_is_handed_over_once_its_confidentiality_is_acknowledged(boss, database):
    client = signed_in(boss, is_proved=True)
    reminder = {"en": "confidential", "fr": "confidenti", "nl": "vertrouwelijk"}
    for language, word in reminder.items():
        prefix = "" if language == "en" else f"/{language}"
        assert word in client.get(prefix + path(database, "copies/")).content.decode(), language
    assert client.post(path(database, "copies/")).status_code == 422
    assert not database.exports.exists()

    assert client.post(path(database, "copies/"), {"acknowledged": "on"}).status_code == 302
    cast.run(database)
    export = database.exports.get()
    page = client.get(path(database)).content.decode()
    assert export.digest in page
    response = client.post(path(database, f"copies/{export.pk}/"))
    archive = b"".join(response.streaming_content)
    assert hashlib.sha256(archive).hexdigest() == export.digest
    assert int(response.headers["Content-Length"]) == len(archive)
    assert "no-store" in response.headers["Cache-Control"]


def test_after_the_question_the_download_goes_on(boss, database):
    export = exporting.ask(database_id=database.pk, actor=cast.actor(boss), at=timezone.now())
    cast.run(database)
    client = signed_in(boss)
    asked = client.post(path(database, f"copies/{export.pk}/"))
    assert "reauthenticate" in asked.headers["Location"]

    response = client.post(asked.headers["Location"], {"password": factories.PASSWORD, "next": path(database, f"copies/{export.pk}/")})

    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"PGDMP")


def test_a_password_is_shown_once_and_works(boss, database):
    client = signed_in(boss, is_proved=True)
    page = client.post(path(database, "password/")).content.decode()
    cast.run(database)

    password = page.split("<dt>Password</dt><dd><code>")[1].split("<")[0]
    cast.connect(database=database.name, user=database.name, password=password).close()
    assert password not in client.get(path(database)).content.decode() + client.get(path(database, "password/")).content.decode()


@pytest.mark.promise("P052")
def test_deleting_takes_another_administrator_or_a_second_factor(boss, database):
    client = signed_in(boss, is_proved=True)
    assert client.post(path(database, "delete/"), {"understood": "on"}).status_code == 302

    assert client.post(path(database, "delete/confirm/")).status_code == 422
    assert Deletion.objects.get().confirmed_at is None
    assert signed_in(boss, is_proved=True, method="mfa").post(path(database, "delete/confirm/")).status_code == 302
    assert client.post(path(database, "delete/call-off/")).status_code == 302
    client.post(path(database, "delete/"), {"understood": "on"})
    other = signed_in(cast.make_administrator(boss.company), is_proved=True)
    assert other.post(path(database, "delete/confirm/")).status_code == 302
    assert "deleted <b>from" in client.get(path(database)).content.decode()


def test_a_second_factor_of_this_morning_does_not_confirm(boss, database):
    client = signed_in(boss, is_proved=True)
    client.post(path(database, "delete/"), {"understood": "on"})
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "at": time.time() - 3600, "type": "totp"},
        *session[AUTHENTICATION_METHODS_SESSION_KEY],
    ]
    session.save()
    assert client.post(path(database, "delete/confirm/")).status_code == 422


@pytest.mark.promise("P033")
def test_the_customer_sees_who_looked_when_and_why_and_ends_it(boss, database):
    agent, colleague = factories.make_staff(), factories.make_staff()
    desk = signed_in(agent)
    assert desk.post(f"/desk/databases/{database.pk}/", {"reason": "SUPPORT", "reference": "T-88213", "hours": "2"}).status_code == 302
    grant = AccessGrant.objects.get()
    assert desk.post(f"/desk/access/{grant.pk}/approve/").status_code == 422
    assert signed_in(colleague).post(f"/desk/access/{grant.pk}/approve/").status_code == 302
    shown = desk.post(f"/desk/access/{grant.pk}/open/").content.decode()
    assert "This password is shown once" in shown

    client = signed_in(boss)
    page = client.get(path(database)).content.decode()
    for words in ("To resolve a problem with our services", "Oxygis Partners (BE)", "T-88213", "Looked from"):
        assert words in page
    assert agent.name not in page
    assert client.post(path(database, f"access/{grant.pk}/end/")).status_code == 302
    grant.refresh_from_db()
    assert grant.ended_by == "CUSTOMER"


def test_the_desk_answers_a_request_for_a_region(boss, database):
    client, desk = signed_in(boss), signed_in(factories.make_staff())
    assert client.post(path(database, "region/"), {"region": Region.IE}).status_code == 302
    request = RegionRequest.objects.get()
    assert "Ireland" in desk.get("/desk/databases/").content.decode()
    assert desk.post(f"/desk/regions/{request.pk}/", {"answer": "no", "reasons": " "}).status_code == 422
    assert desk.post(f"/desk/regions/{request.pk}/", {"answer": "yes", "reasons": "Done."}).status_code == 422
    assert desk.post(f"/desk/regions/{request.pk}/", {"answer": "no", "reasons": "Full until May."}).status_code == 302
    assert "Full until May." in client.get(path(database)).content.decode()


def test_a_name_is_data_on_every_page(boss):
    cast.make_server()
    client = signed_in(boss)
    client.post("/databases/", {"label": "<script>alert(1)</script>"})
    database = CustomerDatabase.objects.get()
    for address in ("/databases/", path(database), path(database, "region/")):
        assert "<script>alert" not in client.get(address).content.decode()


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_costs_the_same_for_one_and_for_many(boss, number, django_assert_max_num_queries):
    cast.make_server()
    for label in range(number):
        services.order(company=boss.company, label=str(label), actor=cast.actor(boss), at=timezone.now())
    client = signed_in(boss)
    with django_assert_max_num_queries(8):
        assert client.get("/databases/").status_code == 200
