"""What a source holds, shown at the desk; values left out of an answer because they would reveal somebody else."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest, Withholding
from tests.accounts import factories
from tests.rights_requests import desk_cast

pytestmark = pytest.mark.django_db

EMAIL = "lucas@proximus.example"


@pytest.fixture
def desk(client: Client) -> Client:
    return desk_cast.agent_client(client)[0]


def address(case: RightsRequest, key: str = "accounts.contacts") -> str:
    return reverse("desk_request_source", args=[case.reference, key])


def button(page: str, label: str) -> str:
    """The value of the Withhold button beside a label."""
    found = re.search(rf'name="withhold" value="([^"]+)">Withhold<span class="visually-hidden">: {label}<', page)
    assert found, page
    return found[1]


def test_the_values_are_shown_and_looking_is_recorded(desk: Client) -> None:
    factories.make_contact(EMAIL, name="Lucas Delcourt", phone="+32 2 555 01 02")
    factories.make_contact("somebody.else@proximus.example", name="Not Asked For")
    case = desk_cast.make_case(email=EMAIL)
    page = desk.get(address(case)).content.decode()
    assert "Lucas Delcourt" in page
    assert "+32 2 555 01 02" in page
    assert "Not Asked For" not in page
    event = Event.objects.get(action="rights_request.source_opened")
    assert (event.about, event.details) == (case.reference, {"source": "accounts.contacts"})


def test_a_value_is_left_out_and_given_after_all(desk: Client) -> None:
    contact = factories.make_contact(EMAIL, interest="Ask Karim, +32 499 00 00 00")
    case = desk_cast.make_case(email=EMAIL)
    token = button(desk.get(address(case)).content.decode(), "Interest in Oxygis")
    response = desk.post(address(case), {"withhold": token})
    assert response.status_code == 302
    row = Withholding.objects.get()
    assert (row.source, row.part, row.row_key, row.column) == ("accounts.contacts", "contacts", str(contact.pk), "interest")
    assert row.ground == "THIRD_PARTY_RIGHTS"
    page = desk.get(address(case)).content.decode()
    assert "Left out: rights of others" in page
    assert "Interest in Oxygis" in desk.get(reverse("desk_request_open", args=[case.reference])).content.decode()
    assert desk.post(address(case), {"give": token}).status_code == 302
    assert not Withholding.objects.exists()


@pytest.mark.parametrize(
    ("status", "right"), [(Status.CARRYING_OUT, Right.ACCESS), (Status.ANSWERED, Right.ACCESS), (Status.IN_REVIEW, Right.ERASURE)]
)
def test_nothing_is_left_out_when_it_is_too_late_or_no_copy_is_asked(desk: Client, status: Status, right: Right) -> None:
    contact = factories.make_contact(EMAIL)
    case = desk_cast.make_case(status, right, email=EMAIL)
    page = desk.get(address(case)).content.decode()
    assert 'name="withhold"' not in page
    response = desk.post(address(case), {"withhold": f"contacts {contact.pk} name"})
    assert response.status_code == 422
    assert "The request has moved on" in response.content.decode()
    assert not Withholding.objects.exists()


@pytest.mark.parametrize("token", ["", "contacts", "a b c d", "contacts x id"])
def test_a_value_that_does_not_exist_is_an_error(desk: Client, token: str) -> None:
    case = desk_cast.make_case(email=EMAIL)
    assert desk.post(address(case), {"withhold": token}).status_code == 422
    assert not Withholding.objects.exists()


def test_many_rows_come_page_by_page(desk: Client) -> None:
    for number in range(51):
        factories.make_contact(EMAIL, name=f"Contact {number}")
    case = desk_cast.make_case(email=EMAIL)
    first = desk.get(address(case)).content.decode()
    second = desk.get(address(case), {"page": "2"}).content.decode()
    assert len(re.findall(r"<h3>", first)) == 50
    assert len(re.findall(r"<h3>", second)) == 1
    assert 'rel="next"' in first
    assert 'rel="prev"' in second
    assert desk.get(address(case), {"page": "nonsense"}).status_code == 200


def test_data_is_inert_on_the_page(desk: Client) -> None:
    factories.make_contact(EMAIL, name="<script>alert(1)</script>")
    page = desk.get(address(desk_cast.make_case(email=EMAIL))).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_what_is_not_there_and_who_has_no_business_there(desk: Client) -> None:
    case = desk_cast.make_case(email=EMAIL)
    assert desk.get(address(case, "nothing.such")).status_code == 404
    assert desk.get(address(desk_cast.make_case(Status.AWAITING_IDENTITY))).status_code == 404
    assert Client().get(address(case)).status_code == 302
    assert factories.sign_in(Client(), factories.make_user()).get(address(case)).status_code == 404
    assert desk_cast.agent_client(Client(), UserRole.HR)[0].get(address(case)).status_code == 404
    assert Event.objects.filter(action="rights_request.source_opened").count() == 0


@pytest.mark.promise("P046")
@pytest.mark.parametrize(("role", "is_read"), [(UserRole.HELPDESK, False), (UserRole.ADMIN, False), (UserRole.PRIVACY_OFFICER, True)])
def test_what_an_erasure_locked_away_is_read_by_the_privacy_officer_alone(role: UserRole, is_read: bool) -> None:
    """The person comes back and asks for a copy: it holds the invoices, and the desk still does not read them."""
    now = timezone.now()
    factories.make_invoice(EMAIL, number="F-open", billing_name="Lucas Today")
    factories.make_invoice(EMAIL, number="F-locked", billing_name="Lucas Erased", locked_at=now)
    case = desk_cast.make_case(email=EMAIL)
    page = desk_cast.agent_client(Client(), role)[0].get(address(case, "accounts.invoices")).content.decode()
    assert "Lucas Today" in page
    assert ("Lucas Erased" in page, "F-locked" in page) == (is_read, is_read)
    assert ("Locked away after an erasure" in page) != is_read
