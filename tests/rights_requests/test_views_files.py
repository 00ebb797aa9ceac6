"""Files on the pages: sent with a message, shown by name and size, taken as downloads; a hostile one leaves nothing behind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.enums import UserRole
from audit.models import Event
from rights_requests import access, attachments
from rights_requests.attachments.room import ROOM
from rights_requests.enums import Channel, PauseReason, Status
from rights_requests.models import Attachment, IncomingMail, Message, RightsRequest
from tests.accounts.factories import make_staff, make_user, sign_in
from tests.rights_requests import clock_cast, desk_cast, hostile
from tests.rights_requests.test_attachments import HOSTILE
from tests.rights_requests.test_views_desk import RECORD, record_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoAssertNumQueries
    from pytest_django.fixtures import Settings

    from accounts.models import User

pytestmark = pytest.mark.django_db
#: Session, account and case; its package, letters, stages, files and messages; the same asked again.
QUERIES_OF_PERSON = 9
#: See ``test_views_desk_request``.
QUERIES_OF_DESK = 17


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, settings: Settings) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with translation.override("en"):
        yield


@pytest.fixture
def owner() -> User:
    return make_user("noor@home.example")


@pytest.fixture
def case(owner: User) -> RightsRequest:
    return desk_cast.make_case(email=owner.email, account_id=owner.pk)


@pytest.fixture
def person(owner: User) -> Client:
    return sign_in(Client(), owner)


@pytest.fixture
def desk() -> Client:
    return desk_cast.agent_client(Client())[0]


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def upload(name: str = "letter.txt", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, hostile.text() if content is None else content, content_type="application/x-whatever")


def send(client: Client, case: RightsRequest, *files: SimpleUploadedFile, text: str = "See the file.", **typed: object) -> Any:
    return client.post(reverse("portal_case_message", args=[case.reference]), {"text": text, "attached": list(files), **typed})


def write(client: Client, case: RightsRequest, *files: SimpleUploadedFile, text: str = "See the file.") -> Any:
    return client.post(reverse("desk_request_action", args=[case.reference, "message"]), {"text": text, "attached": list(files)})


def person_url(case: RightsRequest, attachment: Attachment) -> str:
    return reverse("portal_case_file", args=[case.reference, attachment.pk])


def desk_url(attachment: Attachment) -> str:
    return reverse("desk_file", args=[attachment.pk])


def stored() -> list[str]:
    return sorted(path.name for path in ROOM.folder().iterdir())


def nothing_was_kept() -> bool:
    return not Attachment.objects.exists() and not Message.objects.exists() and not stored()


# Sending


def test_a_person_sends_files_and_sees_them_by_name_kind_and_size(case: RightsRequest, person: Client) -> None:
    assert send(person, case, upload(), upload("photo.png", hostile.png_that_tells())).status_code == 302
    page = words(person.get(reverse("portal_case", args=[case.reference])))
    for attachment in Attachment.objects.all():
        assert f'<a href="{person_url(case, attachment)}" download>' in page
    assert "letter.txt" in page
    assert "photo.png" in page
    assert "Plain text, " in page
    assert "Picture (PNG), " in page


def test_the_form_works_without_a_script(case: RightsRequest, person: Client) -> None:
    page = words(person.get(reverse("portal_case", args=[case.reference])))
    assert 'enctype="multipart/form-data"' in page
    assert re.search(r'<input type="file" name="attached" accept=".pdf,.png,.jpg,.jpeg,.txt"[^>]* multiple', page)
    assert "At most 5 files of 10 MB each, 20 MB together." in page
    assert "Please send no copy of an identity card or passport" in page


def test_a_message_without_files_is_a_message(case: RightsRequest, person: Client) -> None:
    assert send(person, case).status_code == 302
    assert Message.objects.get().text == "See the file."


@pytest.mark.parametrize(
    ("name", "content", "sentence"), HOSTILE, ids=[f"{number}-{name}" for number, (name, *_rest) in enumerate(HOSTILE)]
)
def test_what_is_hostile_is_refused_beside_the_box_and_nothing_is_kept(
    case: RightsRequest, person: Client, name: str, content: bytes, sentence: str
) -> None:
    response = send(person, case, upload(name, content), text="These words stay.")
    assert response.status_code == 422
    page = words(response)
    assert re.search(r'id="id_attached_error"[^>]*>(?:(?!</div>|<input).)*' + re.escape(f"“{name}” {sentence}"), page)
    assert "These words stay." in page
    assert nothing_was_kept()


def test_one_that_is_not_taken_stops_all_and_each_is_named(case: RightsRequest, person: Client) -> None:
    page = words(send(person, case, upload(), upload("a.exe", hostile.EXE), upload("b.zip", hostile.archive())))
    assert "“a.exe” is a program." in page
    assert "“b.zip” is an archive." in page
    assert nothing_was_kept()


def test_without_words_the_files_are_to_be_chosen_again(case: RightsRequest, person: Client) -> None:
    response = send(person, case, upload(), text=" ")
    assert response.status_code == 422
    assert "Please choose your files again." in words(response)
    assert "Please choose your files again." not in words(send(person, case, text=" "))
    assert nothing_was_kept()


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"files_per_message": 2}, "At most 2 files at once."),
    ({"files_size": 2_000_000}, "These files are larger than 2 MB together."),
    ({"file_size": 1_000_000}, "“a.txt” is larger than 1 MB."),
    ({"files_per_case": 2}, "This request has as many files as we can keep with one."),
    ({"files_size_of_case": 3_000_000}, "This request has as many files as we can keep with one."),
])  # fmt: skip
def test_there_is_an_end_to_what_is_taken(
    case: RightsRequest, person: Client, settings: Settings, changed: dict[str, int], sentence: str
) -> None:
    settings.RIGHTS = {**settings.RIGHTS, **changed}
    files = [upload(name, b"x" * 1_000_001) for name in ("a.txt", "b.txt", "c.txt")]
    response = send(person, case, *files, text="These words stay.")
    assert response.status_code == 422
    assert sentence in words(response)
    assert "These words stay." in words(response)
    assert nothing_was_kept()


def test_uploads_are_counted_like_whatever_else_is_written(case: RightsRequest, person: Client, settings: Settings) -> None:
    settings.RIGHTS = {**settings.RIGHTS, "filings_per_hour": 1}
    assert send(person, case, upload()).status_code == 302
    assert send(person, case, upload()).status_code == 429
    assert Attachment.objects.count() == 1


def test_strangers_send_nothing(case: RightsRequest) -> None:
    for visitor in strangers():
        assert send(visitor, case, upload()).status_code == 404
    assert nothing_was_kept()


def strangers() -> list[Client]:
    return [Client(), sign_in(Client(), make_user("other@home.example")), sign_in(Client(), make_staff(UserRole.HELPDESK))]


@pytest.mark.parametrize(("language", "said"), [("fr", "« a.exe » est un programme."), ("nl", "“a.exe” is een programma.")])
def test_refusals_are_said_in_the_language_of_the_page(case: RightsRequest, person: Client, language: str, said: str) -> None:
    with translation.override(language):
        response = send(person, case, upload("a.exe", hostile.EXE))
    assert said in words(response).replace("\xa0", " ")


# Evidence of identity


def test_only_who_was_asked_is_offered_to_show_who_they_are(case: RightsRequest, person: Client) -> None:
    address = reverse("portal_case", args=[case.reference])
    assert "is_evidence" not in words(person.get(address))
    clock_cast.desk_pause(case, asked_ago=0, reason=PauseReason.CLARIFICATION)
    assert "is_evidence" not in words(person.get(address))
    other = desk_cast.make_case(email=case.email, account_id=case.account_id)
    clock_cast.desk_pause(other, asked_ago=0)
    page = words(person.get(reverse("portal_case", args=[other.reference])))
    assert re.search(r'<input type="checkbox" name="is_evidence"[^>]* checked', page)
    assert "Then we delete them as soon as that is decided, whatever we decide." in page
    assert "Please send no copy of an identity card or passport" not in page


def test_evidence_is_marked_kept_and_gone_with_its_name_when_it_has_served(case: RightsRequest, person: Client, desk: Client) -> None:
    clock_cast.desk_pause(case, asked_ago=0)
    assert send(person, case, upload("passport.txt"), is_evidence="on").status_code == 302
    evidence = Attachment.objects.get()
    assert evidence.is_evidence
    address = reverse("portal_case", args=[case.reference])
    assert "shows who asks, and is deleted as soon as that is decided" in words(person.get(address))

    arrived = {"received_on": timezone.localdate().isoformat(), "enough": "yes"}
    assert desk.post(reverse("desk_request_action", args=[case.reference, "arrived"]), arrived).status_code == 302
    for client, page in ((person, address), (desk, reverse("desk_request_open", args=[case.reference]))):
        shown = words(client.get(page))
        assert "passport.txt" not in shown
        assert "File that showed who asks" in shown
        assert "; deleted on " in shown
    assert person.get(person_url(case, evidence)).status_code == 404
    assert desk.get(desk_url(evidence)).status_code == 404
    assert not Event.objects.filter(action="evidence.read").exists()


def test_who_was_not_asked_cannot_mark_anything(case: RightsRequest, person: Client) -> None:
    assert send(person, case, upload(), is_evidence="on").status_code == 302
    assert not Attachment.objects.get().is_evidence


# Taking


@pytest.fixture
def kept(case: RightsRequest, person: Client) -> Attachment:
    send(person, case, upload("Lettre d’été.txt"))
    return Attachment.objects.get()


def test_owner_and_desk_take_a_file_as_often_as_they_like(case: RightsRequest, person: Client, desk: Client, kept: Attachment) -> None:
    for client, url in ((person, person_url(case, kept)), (desk, desk_url(kept))):
        for _time in range(2):
            response = client.get(url)
            assert response.status_code == 200
            assert response.content == hostile.text()
        assert client.head(url).status_code == 200
        assert client.post(url).status_code == 405
    kept.refresh_from_db()
    assert kept.destroyed_at is None


def test_a_file_is_saved_and_never_shown(case: RightsRequest, person: Client, desk: Client, kept: Attachment) -> None:
    for response in (person.get(person_url(case, kept)), desk.get(desk_url(kept))):
        headers = response.headers
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"] == "attachment; filename*=utf-8''Lettre%20d%E2%80%99%C3%A9t%C3%A9.txt"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        policy = [part.strip() for part in headers["Content-Security-Policy"].split(";")]
        assert "sandbox" in policy
        assert "default-src 'none'" in policy
        assert "no-store" in headers["Cache-Control"]


def test_what_is_not_there_for_somebody_is_a_page_that_works(case: RightsRequest, kept: Attachment) -> None:
    """The sandbox is for files: in it no form of the page that leads to a code could be sent."""
    assert "sandbox" not in Client().get(person_url(case, kept)).headers["Content-Security-Policy"]


def test_a_file_is_not_there_for_strangers_nor_under_another_case(
    case: RightsRequest, person: Client, owner: User, kept: Attachment
) -> None:
    for visitor in strangers():
        assert visitor.get(person_url(case, kept)).status_code == 404
    for visitor in (person, sign_in(Client(), make_user("third@home.example")), sign_in(Client(), make_staff(UserRole.HR))):
        assert visitor.get(desk_url(kept)).status_code == 404
    assert Client().get(desk_url(kept)).status_code == 302

    mine, theirs = desk_cast.make_case(email=owner.email, account_id=owner.pk), desk_cast.make_case()
    foreign = attachments.keep(attachments.check("a.txt", b"Theirs."), request=theirs, at=timezone.now())
    for reference, attachment in ((mine.reference, kept), (case.reference, foreign), (theirs.reference, foreign)):
        assert person.get(reverse("portal_case_file", args=[reference, attachment.pk])).status_code == 404
    assert person.get(reverse("portal_case_file", args=[case.reference, uuid4()])).status_code == 404


def test_a_file_that_was_lost_or_changed_is_not_there(case: RightsRequest, person: Client, kept: Attachment) -> None:
    path = ROOM.folder() / kept.file_name
    path.write_bytes(path.read_bytes()[:-1])
    assert person.get(person_url(case, kept)).status_code == 404
    path.unlink()
    assert person.get(person_url(case, kept)).status_code == 404


def test_that_somebody_at_the_desk_took_it_is_recorded_without_its_name(case: RightsRequest, desk: Client, kept: Attachment) -> None:
    desk.get(desk_url(kept))
    (event,) = Event.objects.filter(about=case.reference, action="file.read")
    assert event.details == {"file": str(kept.pk)}
    assert "File looked at" in words(desk.get(reverse("desk_request_open", args=[case.reference])))


# The desk


def test_the_desk_sends_files_with_a_message(case: RightsRequest, person: Client, desk: Client) -> None:
    assert write(desk, case, upload("answer.pdf", hostile.pdf())).status_code == 302
    answer = Attachment.objects.get()
    assert person.get(person_url(case, answer)).content == hostile.pdf()
    assert "answer.pdf" in words(desk.get(reverse("desk_request_open", args=[case.reference])))


def test_what_the_desk_may_not_send_is_said_beside_the_box(case: RightsRequest, desk: Client) -> None:
    response = write(desk, case, upload("a.docm", hostile.office(with_macros=True)), text="These words stay.")
    assert response.status_code == 422
    assert "“a.docm” is an office document" in words(response)
    assert "These words stay." in words(response)
    assert nothing_was_kept()


def test_a_recorded_letter_may_bring_its_scan(desk: Client) -> None:
    assert 'enctype="multipart/form-data"' in words(desk.get(RECORD))
    response = desk.post(RECORD, {**record_data(channel=Channel.POST_BE), "attached": [upload("scan.pdf", hostile.pdf())]})
    assert response.status_code == 302
    case = RightsRequest.objects.get()
    scan = case.attachments.get()
    assert (scan.name, scan.message, scan.is_evidence) == ("scan.pdf", None, False)
    assert f'<a href="{desk_url(scan)}" download>' in words(desk.get(reverse("desk_request_open", args=[case.reference])))


def test_a_scan_that_is_not_taken_records_nothing(desk: Client) -> None:
    response = desk.post(RECORD, {**record_data(), "attached": [upload("scan.zip", hostile.archive())]})
    assert response.status_code == 422
    assert "“scan.zip” is an archive." in words(response)
    assert not RightsRequest.objects.exists()
    assert not stored()


def test_files_of_a_mail_to_sort_are_taken_at_the_desk(desk: Client) -> None:
    mail = IncomingMail.objects.create(digest="0" * 64, language="en", received_at=timezone.now(), text="Hello.")
    kept = attachments.keep(attachments.check("a.txt", b"Hello."), mail=mail, at=timezone.now())
    assert f'<a href="{desk_url(kept)}" download>' in words(desk.get(reverse("desk_mail", args=[mail.pk])))
    assert desk.get(desk_url(kept)).content == b"Hello."
    assert Event.objects.filter(about=f"rights_requests.incomingmail:{mail.pk}", action="file.read").count() == 1


@pytest.mark.parametrize("count", [1, 30])
def test_pages_take_the_same_queries_for_one_file_and_for_thirty(
    case: RightsRequest, person: Client, desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        message = Message.objects.create(request=case, is_from_person=True, text="Hello", at=timezone.now())
        attachments.keep(attachments.check(f"a{number}.txt", b"Hello."), request=case, message=message, at=timezone.now())
    for client, name, queries in ((person, "portal_case", QUERIES_OF_PERSON), (desk, "desk_request_open", QUERIES_OF_DESK)):
        address = reverse(name, args=[case.reference])
        client.get(address)  # the session gets its form token once
        with django_assert_num_queries(queries):
            page = client.get(address)
        assert words(page).count(".txt</a>") == count


def test_a_reduced_case_shows_no_file_and_takes_none(case: RightsRequest, person: Client, kept: Attachment) -> None:
    from rights_requests.services.minimising import minimise

    RightsRequest.objects.filter(pk=case.pk).update(status=Status.REFUSED, closed_at=timezone.now())
    minimise(RightsRequest.objects.get(pk=case.pk), at=timezone.now())
    assert not Attachment.objects.exists()
    assert person.get(person_url(case, kept)).status_code == 404


def test_the_way_of_the_desk_to_a_file_asks_by_itself_who_comes(kept: Attachment, owner: User) -> None:
    agent = make_staff(UserRole.HELPDESK)
    assert access.file_for_desk(user=agent, attachment_id=kept.pk) == kept
    for visitor in (AnonymousUser(), owner, make_staff(UserRole.HR)):
        with pytest.raises(Http404):
            access.file_for_desk(user=visitor, attachment_id=kept.pk)
    attachments.destroy(Attachment.objects.filter(pk=kept.pk), at=timezone.now())
    with pytest.raises(Http404):
        access.file_for_desk(user=agent, attachment_id=kept.pk)
