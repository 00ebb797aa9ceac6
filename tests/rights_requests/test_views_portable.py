"""Portability at the desk and before everybody: what goes, what stays, and the published schema."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from rights_requests import services
from rights_requests.enums import Right, Status
from rights_requests.models import Withholding
from rights_requests.packages import conforming, portable
from tests.accounts.factories import make_message
from tests.rights_requests import cast, desk_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return desk_cast.agent_client(client)[0]


def page(client, case) -> str:
    return " ".join(client.get(reverse("desk_request_open", args=[case.reference])).content.decode().split())


def test_the_schema_is_open_to_everybody_at_an_address_that_has_no_language(client, settings):
    response = client.get("/schemas/portability-1.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/schema+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content) == json.loads(conforming.SCHEMA.read_bytes())
    with override("fr"):
        assert f"{settings.PUBLIC_URL}{reverse('portability_schema')}" == portable.schema_url()


def test_the_desk_sees_what_goes_and_what_stays_before_it_answers(desk, at):
    cast.data_of(invoices=1)
    case = cast.collected(Right.PORTABILITY, at=at)
    shown = page(desk, case)
    assert "What would go and what would stay" in shown
    assert 'Neither consent nor contract (Art. 20(1)(a)) <span class="note">everything</span>' in shown
    assert "Nothing that this right covers was found" not in shown


def test_the_desk_is_told_when_nothing_would_go(desk, at):
    cast.data_of(contacts=0, messages=0, invoices=1)
    assert "Nothing that this right covers was found" in page(desk, cast.collected(Right.PORTABILITY, at=at))


def test_other_rights_have_no_such_list(desk, at):
    assert 'id="portable"' not in page(desk, cast.collected(at=at))


def test_a_value_about_others_is_left_out_at_the_desk(desk, at):
    row = make_message(cast.EMAIL, text="My colleague Piet")
    case = cast.collected(Right.PORTABILITY, at=at)
    address = reverse("desk_request_source", args=[case.reference, "accounts.messages"])

    assert "20(4)" in desk.get(address).content.decode()
    response = desk.post(address, {"withhold": f"messages {row.pk} text"}, follow=True)
    assert "20(4)" in response.content.decode()
    assert Withholding.objects.filter(request=case).count() == 1

    desk.post(reverse("desk_request_action", args=[case.reference, "answer"]))
    now = timezone.now()
    assert cast.run(case, at=now).status == Status.ANSWERED
    assert services.redeem_download(request_id=case.pk, at=now)
