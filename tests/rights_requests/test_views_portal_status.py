from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from letters.models import Letter
from rights_requests import services, wording
from rights_requests.enums import CLOSED_STATUSES, Action, Channel, Outcome, Requester, Right, Status
from rights_requests.models import AccessCode, Message, Package, RightsRequest
from rights_requests.workflow import TRANSITIONS
from tests.accounts.factories import make_staff, make_user, sign_in

if TYPE_CHECKING:
    from accounts.models import User

pytestmark = pytest.mark.django_db


PAGES = ("portal_case", "portal_case_withdraw", "portal_case_verify")
BUTTONS = ("portal_case_message", "portal_case_withdraw", "portal_case_verify", "portal_case_link", "portal_case_package")
LETTER_PAGES = ("portal_case_letter", "portal_case_letter_pdf")


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def owner() -> User:
    return make_user("noor@home.example")


@pytest.fixture
def case(owner: User) -> RightsRequest:
    return file(owner)


def file(user: User, *, received_at: datetime | None = None, **fields: Any) -> RightsRequest:
    at = timezone.now()
    fields = {"right": Right.ACCESS, "text": "", "name": user.name, "email": user.email, "account_id": user.pk, **fields}
    return services.file_request(
        requester=Requester.CUSTOMER,
        language="en",
        country="BE",
        channel=Channel.ACCOUNT,
        actor=Actor.person(),
        received_at=received_at or at,
        at=at,
        **fields,
    )


def brought_to(case: RightsRequest, status: Status, outcome: str = "", **fields: Any) -> RightsRequest:
    """As the services leave a case in this state, as far as its page can see."""
    closed_at = timezone.now() if status in CLOSED_STATUSES else None
    fields |= {"status": status, "outcome": outcome, "closed_at": closed_at}
    RightsRequest.objects.filter(pk=case.pk).update(**fields)
    case.refresh_from_db()
    return case


def make_package(case: RightsRequest, **fields: Any) -> Package:
    at = timezone.now()
    return Package.objects.create(
        **{
            "request": case,
            "file_name": "x.age",
            "sealed_key": b"x",
            "size": 4_200_000,
            "digest": "0" * 64,
            "rows": 12,
            "made_at": at,
            "expires_at": at + timedelta(days=7),
            "downloads_left": 3,
            **fields,
        }
    )


def strangers() -> list[Client]:
    """Nobody, another customer, and a member of staff: the desk has its own pages."""
    return [Client(), sign_in(Client(), make_user("other@home.example")), sign_in(Client(), make_staff(UserRole.HELPDESK))]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_open_to_their_owner_and_not_there_for_others(case: RightsRequest, owner: User, page: str) -> None:
    address = reverse(page, args=[case.reference])
    assert sign_in(Client(), owner).get(address).status_code == 200
    for stranger in strangers():
        response = stranger.get(address)
        assert response.status_code == 404
        assert case.email not in words(response)


@pytest.mark.parametrize("button", BUTTONS)
def test_buttons_do_nothing_for_others(case: RightsRequest, button: str) -> None:
    for stranger in strangers():
        response = stranger.post(reverse(button, args=[case.reference]), {"text": "Let me in.", "code": "123456", "again": "1"})
        assert response.status_code == 404
    case.refresh_from_db()
    assert case.status == Status.COLLECTING
    assert not Message.objects.exists()
    assert not AccessCode.objects.exists()


def test_a_case_that_is_not_yours_and_one_that_does_not_exist_are_one_page(case: RightsRequest) -> None:
    for visitor in strangers():
        pages = {words(visitor.get(reverse("portal_case", args=[ref]))).replace(ref, "") for ref in (case.reference, "R-0000-00")}
        assert len(pages) == 1


def test_the_page_says_how_the_person_was_known(case: RightsRequest, owner: User) -> None:
    browser = sign_in(Client(), owner)
    said = {"SIGNED_IN": "You were signed in", "DESK": "We know that it is you", "MAILBOX": "Address confirmed"}
    for method, title in said.items():
        RightsRequest.objects.filter(pk=case.pk).update(identity_method=method)
        page = words(browser.get(reverse("portal_case", args=[case.reference])))
        assert [title for title in said.values() if title in page] == [title]


def test_the_locked_page_leads_to_a_code(case: RightsRequest) -> None:
    visitor = Client()
    page = visitor.get(reverse("portal_case", args=[case.reference]))
    assert f'name="reference" value="{case.reference}"' in words(page)
    assert "<script" not in words(visitor.get("/cases/<script>alert(1)</script>/"))


HEADINGS = [
    (Right.ACCESS, Status.AWAITING_IDENTITY, "", "We are waiting for you to confirm"),
    (Right.ACCESS, Status.COLLECTING, "", "We are collecting your data"),
    (Right.ACCESS, Status.IN_REVIEW, "", "We are checking what we found"),
    (Right.ERASURE, Status.AWAITING_APPROVAL, "", "A second person checks the erasure"),
    (Right.ERASURE, Status.GRACE, "", "Your data will be erased soon"),
    (Right.ACCESS, Status.CARRYING_OUT, "", "We are packing your copy"),
    (Right.ERASURE, Status.CARRYING_OUT, "", "We are erasing your data"),
    (Right.ACCESS, Status.ANSWERED, Outcome.COMPLETE, "Here is our answer"),
    (Right.ACCESS, Status.ANSWERED, Outcome.PARTIAL, "Here is our answer, without what is about others"),
    (Right.ACCESS, Status.ANSWERED, Outcome.NOTHING_HELD, "We hold nothing about you"),
    (Right.ERASURE, Status.ANSWERED, Outcome.COMPLETE, "We have erased your data"),
    (Right.ERASURE, Status.ANSWERED, Outcome.PARTIAL, "We have erased your data, except what the law makes us keep"),
    (Right.ERASURE, Status.ANSWERED, Outcome.NOTHING_HELD, "We hold nothing about you"),
    (Right.ACCESS, Status.REFUSED, Outcome.REFUSED, "We have refused your request"),
    (Right.ACCESS, Status.WITHDRAWN, Outcome.WITHDRAWN, "You took this request back"),
    (Right.ACCESS, Status.LAPSED, Outcome.LAPSED, "This request was never confirmed"),
    (Right.ACCESS, Status.FORWARDED, Outcome.FORWARDED, "We have forwarded your request"),
    (Right.RECTIFICATION, Status.CARRYING_OUT, "", "We are correcting your data"),
    (Right.RECTIFICATION, Status.ANSWERED, Outcome.COMPLETE, "We have corrected your data"),
    (Right.RECTIFICATION, Status.ANSWERED, Outcome.PARTIAL, "We have corrected a part of your data"),
    (Right.RESTRICTION, Status.CARRYING_OUT, "", "We are setting your data aside"),
    (Right.RESTRICTION, Status.ANSWERED, Outcome.COMPLETE, "Your data are set aside"),
    (Right.PORTABILITY, Status.CARRYING_OUT, "", "We are packing your data"),
    (Right.PORTABILITY, Status.ANSWERED, Outcome.COMPLETE, "Here are your data, to take elsewhere"),
    (Right.PORTABILITY, Status.ANSWERED, Outcome.NOTHING_HELD, "There is nothing to take elsewhere"),
    (Right.OBJECTION, Status.CARRYING_OUT, "", "We are carrying out your objection"),
    (Right.OBJECTION, Status.ANSWERED, Outcome.COMPLETE, "We have stopped"),
]


def test_every_state_has_its_heading() -> None:
    assert {status for _right, status, _outcome, _heading in HEADINGS} == set(Status)


@pytest.mark.parametrize("language", ["", "/fr", "/nl"])
@pytest.mark.parametrize("state", HEADINGS)
def test_the_heading_says_the_state(owner: User, state: tuple[Right, Status, str, str], language: str) -> None:
    right, status, outcome, heading = state
    case = brought_to(file(owner, right=right), status, outcome)
    client = sign_in(Client(), owner)
    page = client.get(f"{language}/cases/{case.reference}/")
    assert page.status_code == 200
    if not language:
        assert f"<h1>{heading}</h1>" in words(page)
    may_withdraw = status in TRANSITIONS[Action.WITHDRAW].sources
    assert (f"{language}/cases/{case.reference}/withdraw/" in words(page)) == may_withdraw


@pytest.mark.parametrize(("days_ago", "said"), [(0, "at the latest"), (90, "late</b>, and we apologise")])
def test_the_lead_says_how_long_it_takes_or_that_we_are_late(owner: User, days_ago: int, said: str) -> None:
    case = file(owner, received_at=timezone.now() - timedelta(days=days_ago))
    assert said in words(sign_in(Client(), owner).get(reverse("portal_case", args=[case.reference])))


def test_the_card_holds_the_sum_of_the_due_date(case: RightsRequest, owner: User) -> None:
    page = sign_in(Client(), owner).get(reverse("portal_case", args=[case.reference]))
    assert page.context["total"][1] == case.due_on
    assert page.context["rows"] == wording.working(case)


@pytest.mark.parametrize("many", [1, 30])
def test_the_page_asks_as_much_of_the_database_for_a_long_case_as_for_a_short_one(
    case: RightsRequest, owner: User, many: int, django_assert_num_queries: Any
) -> None:
    agent = make_staff()
    for _ in range(many):
        services.write_message(request_id=case.pk, text="Any news?", author_id=None, actor=Actor.person(), at=timezone.now())
        services.write_message(request_id=case.pk, text="Soon.", author_id=agent.pk, actor=Actor.person(), at=timezone.now())
    client = sign_in(Client(), owner)
    client.get(reverse("portal_case", args=[case.reference]))
    with django_assert_num_queries(QUERIES_OF_A_CASE):
        page = client.get(reverse("portal_case", args=[case.reference]))
    assert words(page).count("Any news?") == many
    assert f"{agent.name}, Oxygis" in words(page)


QUERIES_OF_A_CASE = 9


def test_a_message_reaches_the_thread(case: RightsRequest, owner: User) -> None:
    client = sign_in(Client(), owner)
    response = client.post(reverse("portal_case_message", args=[case.reference]), {"text": "Does this hold the calls of 2024?"})
    assert response["Location"] == reverse("portal_case", args=[case.reference])
    message = Message.objects.get()
    assert (message.is_from_person, message.author_id, message.text) == (True, None, "Does this hold the calls of 2024?")
    assert "Does this hold the calls of 2024?" in words(client.get(response["Location"]))


@pytest.mark.parametrize("text", ["", "a" * 4001])
def test_a_message_that_will_not_do_is_shown_again(case: RightsRequest, owner: User, text: str) -> None:
    response = sign_in(Client(), owner).post(reverse("portal_case_message", args=[case.reference]), {"text": text})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in words(response)
    assert text in words(response)
    assert not Message.objects.exists()


def test_a_message_is_inert(case: RightsRequest, owner: User) -> None:
    client = sign_in(Client(), owner)
    client.post(reverse("portal_case_message", args=[case.reference]), {"text": "<img src=x onerror=alert(1)>"})
    assert "<img" not in words(client.get(reverse("portal_case", args=[case.reference])))


def test_taking_back_asks_first_and_then_does_it_once(case: RightsRequest, owner: User) -> None:
    client = sign_in(Client(), owner)
    address = reverse("portal_case_withdraw", args=[case.reference])
    assert "Take this request back?" in words(client.get(address))
    case.refresh_from_db()
    assert case.is_open
    assert client.post(address)["Location"] == reverse("portal_case", args=[case.reference])
    case.refresh_from_db()
    assert case.status == Status.WITHDRAWN
    assert client.post(address).status_code == 422
    assert client.get(address)["Location"] == reverse("portal_case", args=[case.reference])


def test_a_download_needs_no_code_right_after_signing_in(case: RightsRequest, owner: User) -> None:
    package = make_package(brought_to(case, Status.ANSWERED, Outcome.COMPLETE))
    client = sign_in(Client(), owner)
    address = reverse("portal_case_package", args=[case.reference])
    assert client.get(address).status_code == 405
    with patch("rights_requests.packages.open_stream", return_value=iter([b"PK", b"zip"])):
        response: Any = client.post(address)
        assert b"".join(response.streaming_content) == b"PKzip"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{case.reference}.zip"'
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Cache-Control"] == "no-store"
    package.refresh_from_db()
    assert package.downloads_left == 2


def test_a_download_asks_for_a_code_when_the_sign_in_is_old(case: RightsRequest, owner: User) -> None:
    package = make_package(brought_to(case, Status.ANSWERED, Outcome.COMPLETE))
    client = sign_in(Client(), owner)
    with patch.dict(settings.RIGHTS, fresh_for=timedelta(0)):
        page = words(client.get(reverse("portal_case", args=[case.reference])))
        response = client.post(reverse("portal_case_package", args=[case.reference]))
    assert "We send a code to n•••@home.example before the download starts." in page
    assert response["Location"] == reverse("portal_case_verify", args=[case.reference])
    assert AccessCode.objects.filter(reference=case.reference).count() == 1
    package.refresh_from_db()
    assert package.downloads_left == 3


def test_a_fresh_code_opens_the_download(case: RightsRequest, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_package(brought_to(case, Status.ANSWERED, Outcome.COMPLETE))
    client = sign_in(Client(), owner)
    address = reverse("portal_case_verify", args=[case.reference])
    assert client.post(address, {"again": "1"})["Location"] == address
    monkeypatch.setattr("rights_requests.tokens.new_code", lambda: "271828")
    services.codes.answer_code(code_id=AccessCode.objects.get().pk, at=timezone.now())
    assert client.post(address, {"code": "000000"}).status_code == 422
    assert client.post(address, {"code": "271828"})["Location"] == reverse("portal_case", args=[case.reference])
    assert "Your download is open" in words(client.get(reverse("portal_case", args=[case.reference])))


@pytest.mark.parametrize("gone", [{"downloads_left": 0}, {"destroyed_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_package_that_is_over_is_said_to_be_and_gives_nothing(case: RightsRequest, owner: User, gone: dict[str, Any]) -> None:
    make_package(brought_to(case, Status.ANSWERED, Outcome.COMPLETE), **gone)
    client = sign_in(Client(), owner)
    page = words(client.get(reverse("portal_case", args=[case.reference])))
    assert "The file was deleted here" in page
    response = client.post(reverse("portal_case_package", args=[case.reference]))
    assert response.status_code == 422
    assert "application/zip" not in response.headers["Content-Type"]


@pytest.mark.parametrize("page", LETTER_PAGES)
def test_a_letter_is_read_by_its_person_alone(case: RightsRequest, owner: User, page: str) -> None:
    letter = Letter.objects.filter(about=case.reference, is_shown_to_person=True).first()
    assert letter
    address = reverse(page, args=[case.reference, letter.pk])
    response = sign_in(Client(), owner).get(address)
    assert response.status_code == 200
    assert b"%PDF" in response.content if page.endswith("pdf") else case.reference in words(response)
    for stranger in strangers():
        assert stranger.get(address).status_code == 404


@pytest.mark.parametrize("page", LETTER_PAGES)
def test_a_letter_of_somebody_else_does_not_open_under_ones_own_case(case: RightsRequest, owner: User, page: str) -> None:
    other = file(make_user("other@home.example"))
    letter = Letter.objects.filter(about=other.reference).first()
    assert letter
    client = sign_in(Client(), owner)
    assert client.get(reverse(page, args=[case.reference, letter.pk])).status_code == 404
    assert client.get(reverse(page, args=[case.reference, uuid.uuid4()])).status_code == 404


def test_a_letter_is_read_aloud_in_its_own_language(case: RightsRequest, owner: User) -> None:
    letter = Letter.objects.filter(about=case.reference).latest("written_at")
    Letter.objects.filter(pk=letter.pk).update(language="nl")
    own, desk = sign_in(Client(), owner), sign_in(Client(), make_staff(UserRole.HELPDESK))
    assert f' lang="nl">{letter.subject}</a>' in words(own.get(reverse("portal_case", args=[case.reference])))
    for page in (reverse("desk_request_open", args=[case.reference]), reverse("desk_letters")):
        assert f' lang="nl">{letter.subject}</a>' in words(desk.get(page))


def test_letters_that_are_not_for_the_person_are_not_listed(case: RightsRequest, owner: User) -> None:
    listed = Letter.objects.filter(about=case.reference)
    listed.update(is_shown_to_person=False)
    client = sign_in(Client(), owner)
    assert "No letters yet." in words(client.get(reverse("portal_case", args=[case.reference])))


def test_an_unconfirmed_case_can_have_a_new_link_sent(owner: User) -> None:
    case = file(owner, account_id=None)
    client = Client()
    session = client.session
    session["rights_requests.grants"] = {str(case.pk): (timezone.now() - timedelta(minutes=11)).isoformat()}
    session.save()
    assert "Send me a new link" in words(client.get(reverse("portal_case", args=[case.reference])))
    client.post(reverse("portal_case_link", args=[case.reference]))
    assert Letter.objects.filter(event="confirm_request", about=case.reference).count() == 2
    assert case.links.filter(used_at=None).count() == 1


def test_a_confirmed_case_needs_no_link(case: RightsRequest, owner: User) -> None:
    client = sign_in(Client(), owner)
    client.post(reverse("portal_case_link", args=[case.reference]))
    assert not Letter.objects.filter(event="confirm_request").exists()
