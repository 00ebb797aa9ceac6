"""Bodies: a few files in memory, never on the disk; what is larger meets a page that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from oxyprivacy import uploads
from rights_requests.models import Attachment
from tests.accounts.factories import make_user, sign_in
from tests.rights_requests import desk_cast
from tests.test_headers import faults

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from rights_requests.models import RightsRequest

pytestmark = pytest.mark.django_db
BIG = b"x" * 6_000_000


@pytest.fixture
def case() -> RightsRequest:
    owner = make_user("noor@home.example")
    return desk_cast.make_case(email=owner.email, account_id=owner.pk)


@pytest.fixture
def person(case: RightsRequest) -> Client:
    from accounts.models import User

    return sign_in(Client(), User.objects.get(pk=case.account_id))


def parsed(path: str, content: bytes = BIG, **data: object) -> Any:
    request = RequestFactory().post(path, {"attached": SimpleUploadedFile("a.txt", content), "text": "Hello.", **data})
    request.resolver_match = resolve(path)
    return request


def test_a_large_file_stays_in_memory(case: RightsRequest) -> None:
    request = parsed(reverse("portal_case_message", args=[case.reference]))
    (file,) = request.FILES.getlist("attached")
    assert type(file) is InMemoryUploadedFile
    assert file.read() == BIG


@pytest.mark.parametrize("name", ["portal_request_details", "contact", "account_login", "portal_follow"])
def test_pages_without_a_box_for_files_keep_none_at_all(name: str) -> None:
    request = parsed(reverse(name))
    assert request.POST["text"] == "Hello."
    assert not request.FILES


def test_a_body_that_is_too_large_is_not_parsed_and_the_page_says_so(
    case: RightsRequest, person: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BODY_SIZE = 1_000_000
    monkeypatch.setattr(uploads.InMemory, "new_file", _never)
    response = person.post(
        reverse("portal_case_message", args=[case.reference]), {"text": "Hello.", "attached": SimpleUploadedFile("a.txt", BIG)}
    )
    assert response.status_code == 413
    page = " ".join(response.content.decode().split())
    assert "all files of one message together may have 20 MB" in page
    assert "your browser still has what you typed" in page
    assert faults(response) == []
    assert not Attachment.objects.exists()


def _never(*_args: object, **_kwargs: object) -> None:
    raise AssertionError


@pytest.mark.parametrize(("prefix", "said"), [("/fr", "C’était trop en une fois"), ("/nl", "Dat was te veel in één keer")])
def test_the_page_speaks_the_language_of_the_address(case: RightsRequest, settings: Settings, prefix: str, said: str) -> None:
    settings.BODY_SIZE = 1000
    response = Client().post(f"{prefix}/cases/{case.reference}/message/", {"text": "x" * 2000})
    assert response.status_code == 413
    assert said in response.content.decode().replace("&#x27;", "’")


def test_too_many_files_and_too_much_text_meet_the_same_page(case: RightsRequest, person: Client, settings: Settings) -> None:
    address = reverse("portal_case_message", args=[case.reference])
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    many = person.post(address, {"text": "Hello.", "attached": [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(3)]})
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    much = person.post(address, {"text": "x" * 2000})
    for response in (many, much):
        assert response.status_code == 413
        assert "That was too much at once" in response.content.decode()
        assert faults(response) == []


def test_a_length_that_is_no_number_is_no_reason_to_break(client: Client) -> None:
    assert client.get("/health/", CONTENT_LENGTH="many").status_code == 200


def test_no_more_of_a_body_is_read_than_is_reasonable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_DRAINED", 1000)
    request = RequestFactory().post("/", b"x" * 5000, content_type="text/plain")
    uploads._drain(request, 5000)
    assert len(request.read()) == 4000
