"""Tokens: what is kept of them, what they open, and that nobody makes more of one than was made."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from api.enums import Scope
from api.models import ApiToken, KeptAnswer
from api.services import tokens
from audit.models import Event
from oxyprivacy.logs import WithoutKeys
from oxyprivacy.templatetags import ui
from tests.accounts.factories import make_staff, sign_in
from tests.api import cast

pytestmark = pytest.mark.django_db
NOW = timezone.now


def test_nothing_is_kept_that_would_open():
    token, secret = cast.make_token()
    stored = str(ApiToken.objects.filter(pk=token.pk).values().get())
    events = str(list(Event.objects.values()))
    assert secret.startswith(f"{token.prefix}_")
    assert len(secret) == 13 + 1 + 43, "256 bits after the beginning"
    assert secret.removeprefix(token.prefix)[1:] not in stored + events + str(token) + repr(token)
    assert tokens.find(secret, at=NOW()) == token


@pytest.mark.parametrize(
    ("life", "error"),
    [(relativedelta(years=1), None), (relativedelta(years=1, seconds=1), tokens.LifeTooLong), (relativedelta(), tokens.OverAlready)],
)
def test_a_token_ends_within_a_year(at, life, error):
    made = {"label": "x", "system": "app", "scopes": [Scope.GATE_ASK], "actor": cast.ACTOR, "at": at, "expires_at": at + life}
    if error is None:
        token, secret = tokens.make(**made)
        assert tokens.find(secret, at=token.expires_at - timedelta(seconds=1)) == token
        assert tokens.find(secret, at=token.expires_at) is None
        return
    with pytest.raises(error):
        tokens.make(**made)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("api_token_a_year", {"life": timedelta(days=367)}),
        ("api_token_a_year", {"life": timedelta(0)}),
        ("api_token_scopes", {"scopes": []}),
        ("api_token_scopes", {"scopes": ["everything"]}),
        ("api_token_said", {"system": ""}),
        ("api_token_said", {"made_by": ""}),
        ("api_token_revoked", {"revoked_by": "x"}),
        ("api_token_revoked", {"revoked_at": NOW()}),
    ],
)
def test_the_database_takes_no_other_token(at, name, changes):
    life = changes.pop("life", timedelta(days=1))
    row = {"label": "x", "system": "app", "scopes": ["gate:ask"], "prefix": "oxyp_1", "digest": b"1", "made_by": "x", **changes}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ApiToken.objects.create(made_at=at, expires_at=at + life, **row)


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": ["gate:ask", "visits:write"]},
        {"expires_at": NOW() + timedelta(days=300)},
        {"digest": b"another"},
        {"system": "another"},
        {"made_by": "another"},
    ],
)
def test_a_token_is_never_rewritten(change):
    token, _secret = cast.make_token(Scope.GATE_ASK)
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(**change)


def test_what_was_revoked_opens_nothing_at_once_and_is_never_let_in_again():
    token, secret = cast.make_token()
    assert cast.call("GET", "requests", token=secret).status_code == 200
    tokens.revoke(token_id=token.pk, actor=cast.ACTOR, at=NOW())
    tokens.revoke(token_id=token.pk, actor=cast.ACTOR, at=NOW())
    assert cast.code_of(cast.call("GET", "requests", token=secret)) == "unauthorised"
    assert Event.objects.filter(action="api_token.revoked", about=f"api.token:{token.pk}").count() == 1
    with pytest.raises(DatabaseError, match="never let in again"), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=None, revoked_by="")


def test_the_last_use_is_known_by_the_day(django_assert_num_queries):
    token, secret = cast.make_token()
    cast.call("GET", "requests", token=secret)
    token.refresh_from_db()
    assert token.last_used_on == timezone.localdate()
    with django_assert_num_queries(2):
        cast.call("GET", "requests", token=secret)


def test_a_token_never_stands_in_a_log():
    _token, secret = cast.make_token()
    record = logging.LogRecord("x", logging.WARNING, "x", 1, "refused: Bearer %s", (secret,), None)
    assert WithoutKeys().filter(record)
    assert secret.rpartition("_")[2] not in record.getMessage()
    assert secret[:13] in record.getMessage(), "which one it was may be told"


# The desk.
@pytest.fixture
def officer(client):
    user = make_staff(UserRole.PRIVACY_OFFICER)
    sign_in(client, user)
    return user


def form(**changes):
    ends_on = (timezone.localdate() + timedelta(days=90)).isoformat()
    return {"label": "The app", "system": "mobile-app", "scopes": ["requests:file", "gate:ask"], "ends_on": ends_on, **changes}


def test_the_desk_makes_one_shows_it_once_and_revokes_it(client: Client, officer):
    made = client.post("/desk/tokens/", form())
    token = ApiToken.objects.get()
    secret = made.context["secret"]
    assert secret in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert secret not in client.get("/desk/tokens/").content.decode()
    assert (token.made_by, token.scopes) == (str(officer.pk), ["requests:file", "gate:ask"])
    assert cast.call("POST", "gate", cast.question("a@b.example"), token=secret, key=None).status_code == 200
    assert client.post(f"/desk/tokens/{token.pk}/revoke/").status_code == 302
    assert cast.call("POST", "gate", cast.question("a@b.example"), token=secret, key=None).status_code == 401
    token.refresh_from_db()
    assert token.revoked_by == str(officer.pk)


@pytest.mark.parametrize("prefix", ["", "/fr", "/nl"])
def test_the_last_day_is_there_in_every_language(client: Client, officer, prefix):
    """A box of the browser shows a day that is written otherwise as none."""
    last = timezone.localdate() + relativedelta(years=1) - timedelta(days=1)
    assert f'name="ends_on" value="{last.isoformat()}"' in client.get(f"{prefix}/desk/tokens/").content.decode()


def test_the_list_says_the_day_that_was_asked_for(client: Client, officer):
    client.post("/desk/tokens/", form())
    asked = timezone.localdate() + timedelta(days=90)
    page = client.get("/desk/tokens/").content.decode()
    assert f">{ui.day(asked)}</td>" in page
    assert str(ui.day(asked + timedelta(days=1))) not in page


@pytest.mark.promise("P008")
def test_no_card_number_stands_on_a_token(client: Client, officer):
    client.post("/desk/tokens/", form(label="paid with 4111 1111 1111 1111"))
    assert ApiToken.objects.get().label == "paid with •••• •••• •••• 1111"


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_on": (timezone.localdate() + timedelta(days=370)).isoformat()},
        {"ends_on": (timezone.localdate() - timedelta(days=1)).isoformat()},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"system": "My app"},
        {"label": ""},
    ],
)
def test_the_desk_makes_no_other_token(client: Client, officer, changes):
    assert client.post("/desk/tokens/", form(**changes)).status_code == 422
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_costs_the_same_for_many_tokens(client: Client, officer, rows, django_assert_num_queries):
    for _turn in range(rows):
        cast.make_token()
    with django_assert_num_queries(7):
        client.get("/desk/tokens/")


# The records.
@pytest.mark.parametrize("name", ["apitoken", "keptanswer"])
def test_the_records_show_no_digest_and_change_nothing(client: Client, name):
    sign_in(client, make_staff(UserRole.ADMIN))
    secret = cast.secret_of()
    assert cast.call("POST", "requests", cast.filing(), token=secret).status_code == 201
    row = {"apitoken": ApiToken, "keptanswer": KeptAnswer}[name].objects.get()
    page = client.get(f"/admin/api/{name}/{row.pk}/change/").content.decode()
    assert client.get(f"/admin/api/{name}/?q=x").status_code == 200
    assert "digest" not in page
    assert client.post(f"/admin/api/{name}/{row.pk}/change/", {}).status_code == 403
    assert client.post(f"/admin/api/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/api/{name}/add/").status_code == 403
