"""Objections and forwarding at the desk and on the person's page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from datamap.enums import Ground
from rights_requests import access
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from rights_requests.views.desk_deeds import grounds_for
from tests.accounts import factories
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    return factories.sign_in(client, factories.make_staff())


def objection(at, *purposes: str, make=cast.collected) -> RightsRequest:
    return make(Right.OBJECTION, purposes=list(purposes), at=at)


def page_of(desk: Client, case: RightsRequest) -> str:
    response = desk.get(reverse("desk_request_open", args=[case.reference]))
    assert response.status_code == 200
    return response.content.decode()


def address(case: RightsRequest, action: str) -> str:
    return reverse("desk_request_action", args=[case.reference, action])


def status_of(case: RightsRequest) -> str:
    return RightsRequest.objects.get(pk=case.pk).status


# Direct marketing at the desk.
@pytest.mark.parametrize("role", [UserRole.HELPDESK, UserRole.PRIVACY_OFFICER, UserRole.ADMIN])
def test_no_page_and_no_button_refuses_direct_marketing(client, role, at):
    desk = factories.sign_in(client, factories.make_staff(role))
    case = objection(at, "marketing", make=cast.file)
    page = page_of(desk, case)

    for action in ("refuse", "forward", "withdraw", "uphold", "answer"):
        assert address(case, action) not in page
        assert desk.post(address(case, action), {"ground": "UNFOUNDED", "reason": "x", "ending": "marketing"}).status_code in {
            403,
            404,
            422,
        }
    assert status_of(case) == Status.ANSWERED


def test_not_even_one_that_is_still_open_has_a_way_out(desk, at):
    """Nobody files such a case: if it ever lay there, no button would lead away from it."""
    case = objection(at, "statistics", make=cast.file)
    assert address(case, "refuse") in page_of(desk, case)
    RightsRequest.objects.filter(pk=case.pk).update(is_absolute=True, purposes=["marketing"])

    page = page_of(desk, case)
    for action in ("refuse", "forward", "withdraw"):
        assert address(case, action) not in page
    assert desk.post(address(case, "refuse"), {"ground": "UNFOUNDED", "reason": "x"}).status_code == 422


def test_the_form_of_a_refusal_has_no_ground_to_choose(desk, at):
    case = objection(at, "marketing", make=cast.file)
    assert grounds_for(case) == []

    page = desk.get(address(case, "refuse")).content.decode()
    assert not [ground for ground in Ground if f'value="{ground.value}"' in page]


def test_the_page_says_that_it_ended_at_once(desk, at):
    case = objection(at, "marketing", make=cast.file)
    page = page_of(desk, case)

    assert "Ended at once" in page
    assert "Telling you about our products" in page
    assert "Address not written to any more" in page


def test_the_admin_shows_it_and_changes_nothing(client, at):
    admin = factories.sign_in(client, factories.make_staff(UserRole.ADMIN))
    case = objection(at, "marketing", make=cast.file)
    change = reverse("admin:rights_requests_rightsrequest_change", args=[case.pk])

    assert admin.get(change).status_code == 200
    assert admin.post(change, {"status": "REFUSED"}).status_code == 403
    assert admin.post(reverse("admin:rights_requests_rightsrequest_delete", args=[case.pk]), {"post": "yes"}).status_code == 403
    assert admin.post(reverse("admin:subjects_suppression_add"), {}).status_code == 403
    assert admin.get(reverse("admin:subjects_suppression_changelist")).status_code == 200
    assert status_of(case) == Status.ANSWERED


# What is weighed.
def test_an_agent_upholds_it_from_its_page(desk, at):
    case = objection(at, "statistics")
    page = page_of(desk, case)
    assert address(case, "uphold") in page
    assert address(case, "answer") not in page
    assert "To be weighed" in page

    form = desk.get(address(case, "uphold")).content.decode()
    assert "Improving the service" in form
    assert 'name="ground"' not in form

    response = desk.post(address(case, "uphold"), {"ending": ["statistics"]})
    assert response.status_code == 302
    assert cast.run(case, at=timezone.now()).status == Status.ANSWERED
    assert "Ended" in page_of(desk, case)


def test_what_goes_on_needs_its_ground_and_reasons(desk, at):
    case = objection(at, "security", "statistics")
    wrong = desk.post(address(case, "uphold"), {"ending": ["statistics"]})
    assert wrong.status_code == 422
    assert "without one nothing goes on" in wrong.content.decode()
    assert status_of(case) == Status.IN_REVIEW

    said = {"ending": ["statistics"], "ground": "LEGAL_CLAIMS", "reason": "A claim is open."}
    assert desk.post(address(case, "uphold"), said).status_code == 302
    page = page_of(desk, case)
    assert "A claim is open." in page
    assert "Legal claims (Art. 21(1))" in page


@pytest.mark.parametrize("ending", [[], ["marketing"], ["resale"]])
def test_nothing_but_its_own_purposes_can_be_ticked(desk, ending, at):
    case = objection(at, "statistics")

    assert desk.post(address(case, "uphold"), {"ending": ending}).status_code == 422
    assert status_of(case) == Status.IN_REVIEW


def test_pressed_twice_it_says_that_it_moved_on(desk, at):
    case = objection(at, "statistics")
    desk.post(address(case, "uphold"), {"ending": ["statistics"]})

    assert desk.post(address(case, "uphold"), {"ending": ["statistics"]}).status_code == 422


def test_a_customer_of_ours_is_not_at_the_desk(client, at):
    stranger = factories.sign_in(client, factories.make_user("x@firm.example"))
    case = objection(at, "statistics")

    for action in ("uphold", "forward"):
        assert stranger.post(address(case, action), {"ending": ["statistics"]}).status_code in {302, 403, 404}
    assert status_of(case) == Status.IN_REVIEW


# Forwarding.
def test_an_agent_forwards_from_the_page(desk, at):
    case = cast.collected(at=at, language="fr")
    assert address(case, "forward") in page_of(desk, case)
    form = desk.get(address(case, "forward")).content.decode()
    assert '<option value="fr" selected>' in form or 'value="fr" checked' in form

    said = {"customer_name": "Drukkerij Vos", "customer_email": " Privacy@vos.example", "language": "nl", "note": ""}
    assert desk.post(address(case, "forward"), said).status_code == 302
    assert status_of(case) == Status.FORWARDED
    assert "Forwarded" in page_of(desk, case)
    assert desk.post(address(case, "forward"), said).status_code == 422


@pytest.mark.parametrize("wrong", [{"customer_name": ""}, {"customer_email": "vos"}, {"language": "de"}])
def test_a_form_that_is_not_whole_forwards_nothing(desk, wrong, at):
    case = cast.collected(at=at)
    said = {"customer_name": "Vos", "customer_email": "privacy@vos.example", "language": "nl", "note": "", **wrong}

    assert desk.post(address(case, "forward"), said).status_code == 422
    assert status_of(case) == Status.IN_REVIEW


# The person's page.
@pytest.fixture
def shown(client, monkeypatch):
    """The page of a case, for somebody who may see it."""

    def show(case: RightsRequest) -> str:
        monkeypatch.setattr(access, "request_for_person", lambda **_given: RightsRequest.objects.get(pk=case.pk))
        response = client.get(reverse("portal_case", args=[case.reference]))
        assert response.status_code == 200
        return response.content.decode()

    return show


def test_the_person_reads_that_it_stopped_without_a_step_of_proof(shown, at):
    page = shown(objection(at, "marketing", make=cast.file))

    assert "We have stopped" in page
    assert "Stopped" in page
    assert "Address confirmed" not in page


def test_the_person_reads_what_became_of_the_rest(shown, desk, at):
    case = objection(at, "security", "statistics")
    desk.post(address(case, "uphold"), {"ending": ["statistics"], "ground": "LEGAL_CLAIMS", "reason": "A claim is open."})
    cast.run(case, at=timezone.now())

    assert "We have stopped a part" in shown(case)


def test_the_person_reads_that_it_was_forwarded(shown, desk, at):
    case = cast.collected(at=at)
    desk.post(address(case, "forward"), {"customer_name": "Vos", "customer_email": "a@vos.example", "language": "en", "note": ""})

    assert "We have forwarded your request" in shown(case)
