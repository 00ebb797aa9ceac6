"""Preparing an erasure at the desk: source by source, nothing typed lost."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from rights_requests.enums import ErasureGround, Right, Status
from rights_requests.models import CategoryDecision, RightsRequest
from tests.rights_requests import cast, desk_cast
from tests.typing_in import boxes, carried

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return desk_cast.agent_client(client)[0]


@pytest.fixture
def case(at):
    cast.data_of(messages=2)
    return cast.collected(Right.ERASURE, at=at)


def url(case, action: str) -> str:
    return reverse("desk_request_action", args=[case.reference, action])


def shown(desk, case) -> dict[str, list[str]]:
    return carried(desk, url(case, "propose"))


def words(response) -> str:
    return " ".join(response.content.decode().split())


GROUND = {"ground": ErasureGround.OBJECTION.value}
CLAIM = {"accounts-messages-decision": "LEGAL_CLAIMS", "accounts-messages-until_event": "when claim 7 ends"}


def test_the_page_has_a_row_for_each_source_that_holds_something(desk, case):
    page = words(desk.get(url(case, "propose")))
    assert 'name="accounts-messages-decision"' in page
    assert 'name="accounts-contacts-decision"' in page
    assert 'name="accounts-invoices-decision"' not in page
    assert 'name="rights_requests-cases-decision"' not in page
    assert "17(3)(e)" in page


def test_the_agent_names_the_ground(desk, case):
    response = desk.post(url(case, "propose"), shown(desk, case))
    assert response.status_code == 422
    assert "Choose the ground on which the data go." in words(response)
    assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW


def test_what_is_noted_shows_in_the_list_and_is_there_again(desk, case):
    response = desk.post(url(case, "categories"), {**GROUND, **CLAIM, **shown(desk, case)}, follow=True)
    page = words(response)

    assert response.redirect_chain == [(url(case, "propose"), 302)]
    assert page.count("when claim 7 ends") == 2
    assert '<option value="LEGAL_CLAIMS" selected>' in page
    assert '<option value="OBJECTION" selected>' in page
    assert RightsRequest.objects.get(pk=case.pk).status == Status.IN_REVIEW


@pytest.mark.parametrize("action", ["propose", "categories"])
def test_nothing_typed_is_lost_on_an_error(desk, case, action):
    typed = {
        **GROUND,
        "accounts-messages-decision": "LEGAL_OBLIGATION",
        "accounts-messages-article": "Act of 1 May",
        "accounts-messages-until_event": "some day",
        "accounts-contacts-article": "typed for nothing",
    }
    response = desk.post(url(case, action), typed | shown(desk, case))
    page = words(response)

    assert response.status_code == 422
    assert "Give the day." in page
    for kept in ("Act of 1 May", "some day", "typed for nothing", '<option value="LEGAL_OBLIGATION" selected>'):
        assert kept in page
    assert not CategoryDecision.objects.exists()


def test_it_is_decided_and_sent_for_approval_in_one_go(desk, case):
    assert desk.post(url(case, "propose"), {**GROUND, **CLAIM, **shown(desk, case)}).status_code == 302
    case = RightsRequest.objects.get(pk=case.pk)
    assert (case.status, case.erasure_ground) == (Status.AWAITING_APPROVAL, ErasureGround.OBJECTION)
    assert CategoryDecision.objects.get(request=case).source == "accounts.messages"


def test_everything_kept_leads_to_a_refusal_and_keeps_what_was_typed(desk, case):
    typed = {**GROUND, **CLAIM, "accounts-contacts-decision": "LEGAL_CLAIMS", "accounts-contacts-until_on": "2031-03-01"}
    response = desk.post(url(case, "propose"), typed | shown(desk, case))
    assert response.status_code == 422
    assert "Refuse the request instead" in words(response)
    assert 'value="2031-03-01"' in words(response)
    assert not CategoryDecision.objects.exists()


def test_a_day_that_has_passed_keeps_nothing(desk, case):
    typed = {**GROUND, "accounts-messages-decision": "LEGAL_CLAIMS", "accounts-messages-until_on": "2020-01-01"}
    response = desk.post(url(case, "categories"), typed | shown(desk, case))
    assert response.status_code == 422
    assert "This day has passed" in words(response)


def test_the_history_says_what_was_decided(desk, case):
    desk.post(url(case, "categories"), {**GROUND, **CLAIM, **shown(desk, case)})
    assert "Source to be kept" in words(desk.get(reverse("desk_request_open", args=[case.reference])))


def test_what_a_colleague_decided_to_keep_does_not_go_by_an_older_page(desk, case):
    """Who opened the page before sees it first, and keeps it without a word of their own."""
    opened = boxes(desk.get(url(case, "propose"))) | GROUND
    desk_cast.agent_client(colleague := Client())
    colleague.post(url(case, "categories"), {**GROUND, **CLAIM, **shown(colleague, case)})

    for action in ("propose", "categories"):
        refused = desk.post(url(case, action), opened)
        assert refused.status_code == 422
        assert "Nothing was saved: somebody else changed this meanwhile." in words(refused)
        assert CategoryDecision.objects.get(request=case).until_event == "when claim 7 ends"
    assert desk.post(url(case, "propose"), boxes(refused)).status_code == 302
    assert CategoryDecision.objects.get(request=case).until_event == "when claim 7 ends"
