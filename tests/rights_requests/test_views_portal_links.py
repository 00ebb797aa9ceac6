from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rights_requests import tokens
from rights_requests.enums import LinkPurpose, Status
from rights_requests.models import Link, RightsRequest
from rights_requests.services import links
from rights_requests.services.identity import confirm
from tests.rights_requests.portal_cast import answer, only_case, send

pytestmark = pytest.mark.django_db


PURPOSES = {LinkPurpose.CONFIRM: "portal_link_confirm", LinkPurpose.CLAIM: "portal_link_confirm", LinkPurpose.CANCEL: "portal_link_cancel"}


def filed(client: Client, right: str = "ACCESS") -> RightsRequest:
    answer(client, details={"right": right, "text": ""})
    send(client)
    return only_case()


def new_token(case: RightsRequest, purpose: LinkPurpose = LinkPurpose.CONFIRM, *, life: timedelta = timedelta(hours=24)) -> str:
    at = timezone.now()
    token, _link = links.make(case, purpose=purpose, email="noor@home.example", expires_at=at + life, at=at)
    return token


def in_grace(case: RightsRequest) -> RightsRequest:
    """An erasure that waits for its time, as far as a link can see."""
    confirm(token=new_token(case), at=timezone.now())
    RightsRequest.objects.filter(pk=case.pk).update(status=Status.GRACE)
    case.refresh_from_db()
    return case


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_looking_at_a_link_changes_nothing_however_often(client: Client) -> None:
    case = filed(client)
    token = new_token(case)
    scanner = Client()
    for _ in range(100):
        page = scanner.get(reverse("portal_link_confirm", args=[token]))
        scanner.head(reverse("portal_link_confirm", args=[token]))
    assert page.status_code == 200
    assert not Link.objects.exclude(used_at=None).exists()
    assert scanner.get(reverse("portal_case", args=[case.reference])).status_code == 404
    response = Client().post(reverse("portal_link_confirm", args=[token]))
    assert response["Location"] == reverse("portal_case", args=[case.reference])
    case.refresh_from_db()
    assert case.status == Status.COLLECTING


def test_the_button_opens_the_case_to_this_browser_alone(client: Client) -> None:
    case = filed(client)
    person = Client()
    person.post(reverse("portal_link_confirm", args=[new_token(case)]))
    assert person.get(reverse("portal_case", args=[case.reference])).status_code == 200
    assert client.get(reverse("portal_case", args=[case.reference])).status_code == 404


def test_a_link_works_once(client: Client) -> None:
    token = new_token(filed(client))
    assert client.post(reverse("portal_link_confirm", args=[token])).status_code == 302
    assert client.post(reverse("portal_link_confirm", args=[token])).status_code == 404


@pytest.mark.parametrize("purpose", PURPOSES)
def test_used_expired_and_unknown_links_get_one_and_the_same_page(client: Client, purpose: LinkPurpose) -> None:
    case = in_grace(filed(client, "ERASURE"))
    used = new_token(case, purpose)
    Link.objects.filter(digest=tokens.digest_of(used)).update(used_at=timezone.now())
    expired = new_token(case, purpose, life=timedelta(seconds=-1))
    pages = set()
    for token in (used, expired, "never-given-out"):
        for method in (client.get, client.post):
            response = method(reverse(PURPOSES[purpose], args=[token]))
            assert response.status_code == 404
            pages.add(words(response).replace(token, ""))
    assert len(pages) == 1
    assert "This link does not work (any more)" in pages.pop()


@pytest.mark.parametrize(("purpose", "page"), [(LinkPurpose.CANCEL, "portal_link_confirm"), (LinkPurpose.CONFIRM, "portal_link_cancel")])
def test_a_link_does_what_it_was_made_for_and_nothing_else(client: Client, purpose: LinkPurpose, page: str) -> None:
    case = in_grace(filed(client, "ERASURE"))
    token = new_token(case, purpose)
    assert client.get(reverse(page, args=[token])).status_code == 404
    assert client.post(reverse(page, args=[token])).status_code == 404
    case.refresh_from_db()
    assert case.status == Status.GRACE


def test_a_cancelled_erasure_is_closed_and_the_link_opens_no_case(client: Client) -> None:
    case = in_grace(filed(client, "ERASURE"))
    token = new_token(case, LinkPurpose.CANCEL)
    reader = Client()
    assert "Stop the erasure" in words(reader.get(reverse("portal_link_cancel", args=[token])))
    case.refresh_from_db()
    assert case.status == Status.GRACE
    assert "The erasure is stopped" in words(reader.post(reverse("portal_link_cancel", args=[token])))
    case.refresh_from_db()
    assert case.status == Status.WITHDRAWN
    assert reader.get(reverse("portal_case", args=[case.reference])).status_code == 404


def test_a_claimed_mailbox_opens_no_case(client: Client) -> None:
    case = filed(client)
    confirm(token=new_token(case), at=timezone.now())
    token = new_token(case, LinkPurpose.CLAIM)
    reader = Client()
    assert "Is this address yours?" in words(reader.get(reverse("portal_link_confirm", args=[token])))
    assert "the address is confirmed" in words(reader.post(reverse("portal_link_confirm", args=[token])))
    assert reader.get(reverse("portal_case", args=[case.reference])).status_code == 404


def test_a_link_of_a_closed_case_is_no_longer_valid(client: Client) -> None:
    case = filed(client)
    token = new_token(case)
    RightsRequest.objects.filter(pk=case.pk).update(status=Status.LAPSED, closed_at=timezone.now())
    assert client.post(reverse("portal_link_confirm", args=[token])).status_code == 404


@pytest.mark.parametrize("page", ["portal_link_confirm", "portal_link_cancel"])
def test_the_address_of_a_link_page_is_told_to_nobody(client: Client, page: str) -> None:
    response = client.get(reverse(page, args=["x"]))
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_button_needs_our_own_form(client: Client) -> None:
    case = filed(client)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("portal_link_confirm", args=[new_token(case)])).status_code == 403
    case.refresh_from_db()
    assert case.status == Status.AWAITING_IDENTITY
