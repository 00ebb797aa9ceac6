"""Files of mails: kept where they pass the same look, named where they do not; they go where their mail goes."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest

from datamap import registry
from letters.incoming import reading
from rights_requests import attachments, personal_data, services
from rights_requests.attachments.room import ROOM
from rights_requests.enums import DismissReason, MailState, Right, Status
from rights_requests.models import Attachment, IncomingMail, Message, RightsRequest
from rights_requests.services.mail_in import Fate, receive
from tests.letters.mail_cast import SENDER
from tests.rights_requests import cast, clock_cast, hostile

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pytest_django import DjangoCaptureOnCommitCallbacks
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
ASKS = "Please send me a copy of my data."
ASKS_NOTHING = "When does your office open?"


@pytest.fixture(autouse=True)
def _own_room(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def mail(text: str, *files: tuple[str, bytes], subject: str = "A question", sender: str = SENDER, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "privacy@oxygis.example", subject
    message["Message-ID"] = f"<{abs(hash((text, files, subject, sender)))}@customer.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def stored() -> set[str]:
    return {path.name for path in ROOM.folder().iterdir()}


def kept() -> list[tuple[str, bytes]]:
    return [(each.name, attachments.read(each)) for each in Attachment.objects.order_by("at", "id")]


LETTER = ("letter.pdf", hostile.pdf())
NOTE = ("note.txt", b"A note.")


def test_files_of_an_answer_hang_on_its_message(at: datetime) -> None:
    case = cast.collected(at=at)
    receive(raw=mail("Here it is.", LETTER, NOTE, subject=f"Re: {case.reference}"), at=at)

    message = Message.objects.get()
    assert kept() == [LETTER, NOTE]
    assert {each.message for each in Attachment.objects.all()} == {message}
    assert message.text == f"Re: {case.reference}\n\nHere it is."


def test_what_does_not_pass_is_named_and_nothing_fails(at: datetime) -> None:
    case = cast.collected(at=at)
    bad = [("a.zip", hostile.archive()), (f"../{hostile.CARD}.exe", hostile.EXE), ("b.png", hostile.bomb_png()), ("c.txt", b"")]
    result = receive(raw=mail("This is the letter that you have asked for.", *bad, NOTE, subject=f"Re: {case.reference}"), at=at)

    assert result.fate == Fate.MESSAGE
    assert kept() == [NOTE]
    assert Message.objects.get().text.splitlines()[-4:] == [
        "[Left out: “a.zip” is an archive. Please send the files in it one by one.]",
        "[Left out: “•••• •••• •••• 1111.exe” is a program.]",
        "[Left out: “b.png” has more than 30 million pixels. Please make the picture smaller.]",
        "[Left out: “c.txt” is empty.]",
    ]


@pytest.mark.parametrize(("text", "line"), [
    ("Bonjour, voici la lettre que vous avez demandée pour nous.", "[Non conservé : « a.exe » est un programme.]"),
    ("Hallo, hier is de brief die u van ons hebt gevraagd.", "[Weggelaten: “a.exe” is een programma.]"),
])  # fmt: skip
def test_what_is_left_out_is_said_in_the_language_of_the_mail(at: datetime, text: str, line: str) -> None:
    receive(raw=mail(text, ("a.exe", hostile.EXE)), at=at)
    assert IncomingMail.objects.get().text.splitlines()[-1].replace("\xa0", " ") == line


def test_of_very_many_files_the_first_are_kept(at: datetime, settings: Settings) -> None:
    settings.RIGHTS = {**settings.RIGHTS, "files_per_message": 2}
    receive(raw=mail(ASKS_NOTHING, *((f"{number}.txt", b"A note.") for number in range(4))), at=at)
    assert [name for name, _content in kept()] == ["0.txt", "1.txt"]
    assert "[Left out: “3.txt” is one file too many for one message.]" in IncomingMail.objects.get().text


def test_a_full_case_takes_the_words_and_names_the_files(at: datetime, settings: Settings) -> None:
    case = cast.collected(at=at)
    settings.RIGHTS = {**settings.RIGHTS, "files_per_case": 1}
    receive(raw=mail("Here it is.", LETTER, NOTE, subject=f"Re: {case.reference}"), at=at)
    assert kept() == [LETTER]
    assert Message.objects.get().text.endswith("[Left out: “note.txt” was one too many: we have no room for more.]")


def test_mails_that_nobody_sorts_do_not_fill_the_disk(at: datetime, settings: Settings) -> None:
    settings.RIGHTS = {**settings.RIGHTS, "files_size_of_mails": 10}
    receive(raw=mail(ASKS_NOTHING, NOTE, NOTE), at=at)
    assert kept() == [NOTE]
    assert "“note.txt” was one too many" in IncomingMail.objects.get().text


def test_a_request_by_mail_has_the_files_of_the_mail_and_each_right_its_own(
    at: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        receive(raw=mail("Merci d'envoyer une copie de mes données et de supprimer mes données.", NOTE), at=at)
    cases = list(RightsRequest.objects.all())
    assert {case.right for case in cases} == {Right.ACCESS, Right.ERASURE}
    assert {each.request for each in Attachment.objects.all()} == set(cases)
    assert kept() == [NOTE, NOTE]
    assert stored() == {each.file_name for each in Attachment.objects.all()}


def test_more_words_for_a_waiting_request_bring_their_files(at: datetime) -> None:
    receive(raw=mail(ASKS), at=at)
    receive(raw=mail(f"Again: {ASKS}", NOTE), at=at + timedelta(hours=1))
    assert Attachment.objects.get().message == Message.objects.get()


def test_a_file_sent_while_we_ask_who_it_is_is_taken_for_the_answer() -> None:
    case = clock_cast.case_of()
    clock_cast.ask(case, at=clock_cast.noon())
    receive(raw=mail("As you asked.", NOTE, subject=case.reference), at=clock_cast.noon())
    evidence = Attachment.objects.get()
    assert evidence.is_evidence
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=clock_cast.noon())
    evidence.refresh_from_db()
    assert (evidence.name, bytes(evidence.sealed_key)) == ("", b"")


def unsorted(at: datetime) -> IncomingMail:
    receive(raw=mail(ASKS_NOTHING, NOTE), at=at)
    found = IncomingMail.objects.get()
    assert (found.state, found.attachments.count()) == (MailState.UNSORTED, 1)
    return found


def test_the_desk_puts_a_mail_with_a_case_and_its_files_too(at: datetime) -> None:
    waiting, case = unsorted(at), cast.collected(at=at, email="else@customer.example")
    services.put_with_case(mail_id=waiting.pk, reference=case.reference, actor=cast.CLERK, at=at)
    given = Attachment.objects.get()
    assert (given.request, given.message, given.mail) == (case, Message.objects.get(), None)


def test_the_desk_makes_a_request_of_a_mail_and_its_files_go_along(at: datetime) -> None:
    waiting = unsorted(at)
    said: dict[str, Any] = {"requester": "CUSTOMER", "name": "Noor", "email": SENDER, "language": "en", "country": "BE", "received_at": at}
    (case,) = services.file_mail(mail_id=waiting.pk, rights=[Right.ACCESS], actor=cast.CLERK, at=at, **said)
    assert case.status == Status.AWAITING_IDENTITY
    assert Attachment.objects.get().request == case


def test_files_of_a_mail_that_was_put_aside_go_with_it(
    at: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    waiting = unsorted(at)
    services.dismiss_mail(mail_id=waiting.pk, reason=DismissReason.SPAM, actor=cast.CLERK, at=at)
    source = registry.get(personal_data.KEY)
    late = at + timedelta(days=31)  # summer time begins in between
    with django_capture_on_commit_callbacks(execute=True):
        assert source.destroy(source.due(personal_data.MAILS, at=late, limit=10), at=late) == 1
    assert not Attachment.objects.exists()
    assert not stored()


def test_nothing_of_a_machine_or_of_a_mail_we_know_is_kept(at: datetime) -> None:
    receive(raw=mail("I am away.", NOTE, Auto_Submitted="auto-replied"), at=at)
    assert not Attachment.objects.exists()
    once = mail(ASKS_NOTHING, NOTE)
    receive(raw=once, at=at)
    assert receive(raw=once, at=at).fate == Fate.KNOWN
    assert len(kept()) == len(stored()) == 1


# What counts as a file


def names_in(message: EmailMessage, at: datetime) -> list[str]:
    return [file.name for file in reading.read(message.as_bytes(), at=at).files]


def worded(html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = SENDER, "Hello", "<one@customer.example>"
    message.set_content("Hello.")
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_a_picture_of_a_telephone_is_a_file_and_the_logo_of_a_signature_is_none(at: datetime) -> None:
    message = worded('<p>Hello.<img src="cid:logo"><img src="cid:photo"></p>')
    html = message.get_payload()[1]
    for cid, content in (("<logo>", hostile.png()), ("<photo>", b"\x89PNG" + b"x" * 30_000)):
        html.add_related(content, maintype="image", subtype="png", cid=cid, filename=f"{cid[1:-1]}.png", disposition="inline")
    message.make_mixed()
    message.add_attachment(hostile.jpeg(), maintype="image", subtype="jpeg", filename="IMG_1.jpeg", disposition="inline")
    assert names_in(message, at) == ["photo.png", "IMG_1.jpeg"]


def test_attached_text_is_a_file_and_not_said(at: datetime) -> None:
    message = worded()
    message.add_attachment("Attached words.", filename="words.txt")
    read = reading.read(message.as_bytes(), at=at)
    assert read.text == "Hello."
    assert [file.content.strip() for file in read.files] == [b"Attached words."]


def test_a_mail_within_the_mail_is_named_and_not_taken(at: datetime) -> None:
    message = worded()
    message.add_attachment(worded())
    assert names_in(message, at) == ["message.eml"]
    receive(raw=message.as_bytes(), at=at)
    assert "[Left out: “message.eml” is none of the kinds that we take" in IncomingMail.objects.get().text
    assert not stored()


@pytest.mark.parametrize("name", ["=?utf-8?B?w6l0w6kudHh0?=", "été.txt"])
def test_names_are_read_in_the_ways_that_mail_programs_write_them(at: datetime, name: str) -> None:
    raw = mail(ASKS_NOTHING, ("NAME.txt", b"Note.")) if name.startswith("=?") else mail(ASKS_NOTHING, (name, b"Note."))
    read = reading.read(raw.replace(b"NAME.txt", name.encode()), at=at)
    assert [file.name for file in read.files] == ["été.txt"]


@pytest.mark.parametrize("broken", [
    b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n!!!not base64!!!",
    b"Content-Disposition: attachment; filename*=utf-99''a%FF.txt\r\n\r\nHello.",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Disposition: attachment\r\n\r\nHello.",
])  # fmt: skip
def test_a_broken_part_breaks_nothing(at: datetime, broken: bytes) -> None:
    head = b"From: noor@customer.example\r\nMessage-ID: <b@x.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    raw = head + b"--b\r\nContent-Type: text/plain\r\n\r\nWhen do you open?\r\n--b\r\n" + broken + b"\r\n--b--\r\n"
    assert receive(raw=raw, at=at).fate == Fate.UNSORTED
    assert IncomingMail.objects.get().text.startswith("When do you open?")
