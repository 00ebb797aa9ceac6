"""Events are kept in the admin; who registered is looked at, masked, and never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import UserRole
from events.models import Event, Interest, Registration
from tests.accounts.factories import make_staff, sign_in
from tests.events import cast
from tests.typing_in import carried

pytestmark = pytest.mark.django_db


def url(model, page, *arguments: object) -> str:
    return reverse(f"admin:events_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("model", [Registration, Interest])
@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.PRIVACY_OFFICER])
def test_people_are_masked_and_never_changed(client, model, role):
    sign_in(client, make_staff(role))
    row = {Registration: cast.register, Interest: cast.be_interested}[model]()

    shown = client.get(url(model, "changelist")).content.decode()
    assert row.email not in shown
    assert "n•••@customer.example" in shown
    assert client.get(url(model, "change", row.pk)).status_code == 200
    assert client.post(url(model, "change", row.pk), {"name": "x"}).status_code == 403
    assert client.get(url(model, "add")).status_code == 403
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_an_event_that_moves_takes_the_periods_with_it_and_is_not_deleted(client):
    sign_in(client, make_staff(UserRole.ADMIN))
    row = cast.register()
    later = row.event.ends_on + timedelta(days=9)
    names = ("slug", "title", "title_fr", "title_nl", "place", "country")
    values = {name: getattr(row.event, name) for name in names}
    days = {"starts_on": row.event.starts_on, "ends_on": later, "organiser": "organiser", "sponsors": ["sponsor"], "is_open": "on"}

    page = url(Event, "change", row.event_id)
    assert client.post(page, {**values, **days, **carried(client, page)}).status_code == 302
    row.refresh_from_db()
    assert row.kept_from == later
    assert client.post(url(Event, "delete", row.event_id), {"post": "yes"}).status_code == 403
    wrong = {**values, **days, "ends_on": row.event.starts_on - timedelta(days=1)}
    assert client.post(page, wrong | carried(client, page)).status_code == 200
