"""Mail to human resources: answers of candidates find their thread, once; everything else stays in the mailbox. And mail that never left."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from letters.enums import LetterStatus
from letters.incoming.reading import NotAMail
from letters.models import Letter
from letters.sealing import unseal
from recruitment import services, storing, tasks
from recruitment.enums import Action, DocumentKind, Status
from recruitment.models import Application, Document, Message
from recruitment.services import Fate
from rights_requests.models import RightsRequest
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts import factories
from tests.letters.imap_server import Folder, serving
from tests.letters.mail_cast import mail
from tests.recruitment import cast

pytestmark = pytest.mark.django_db
THEIRS = f"Lina Peeters <{cast.EMAIL}>"


@pytest.fixture
def application(at):
    return cast.apply(at=at - timedelta(days=30))


@pytest.fixture
def letter(application):
    return cast.letters_of(application)[0]


def answer(text="I can come on Tuesday.", *, sender=THEIRS, **more):
    return mail(text, sender=sender, subject=more.pop("subject", "Re: your application"), **more)


def receive(raw, at):
    return services.receive(raw=raw, at=at)


# Answers.
@pytest.mark.promise("P048")
def test_an_answer_to_our_letter_is_in_the_thread_with_the_day_of_the_mail(application, letter, at):
    mailed = at - timedelta(days=2)
    assert receive(answer(sent_at=mailed, In_Reply_To=letter.message_id), at) == Fate.REPLY

    message = application.messages.get()
    assert (message.is_from_person, message.sender, message.text, message.at) == (True, cast.EMAIL, "I can come on Tuesday.", mailed)
    assert Application.objects.get().last_contact_at == mailed, "the period of the policy runs from their last word"
    assert Event.objects.get(action="application.answered").details["is_sender_known"] is True

    filed = services.file_reply(message_id=message.pk, right="ERASURE", actor=cast.HR, at=at)
    case = RightsRequest.objects.get(reference=filed.request_reference)
    assert (case.right, case.email, case.received_at) == ("ERASURE", cast.EMAIL, mailed)


@pytest.mark.parametrize("how", ["letter", "reference", "sender"])
def test_it_is_known_by_the_letter_the_reference_or_the_sender_in_that_order(application, letter, at, how):
    later = cast.apply(at=at - timedelta(days=1))
    raw = {
        "letter": answer(subject=later.reference, References=f"<x@y.example> {letter.message_id}"),
        "reference": answer(subject=f"Re: {application.reference.lower()}"),
        "sender": answer(),
    }[how]
    assert receive(raw, at) == Fate.REPLY
    assert Message.objects.get().application == (later if how == "sender" else application)


def test_a_forged_sender_gains_nothing_and_is_shown(application, letter, at):
    before = (Letter.objects.count(), Application.objects.values().get())
    assert receive(answer("Withdraw me.", sender="eve@stranger.example", In_Reply_To=letter.message_id), at) == Fate.REPLY

    assert (Letter.objects.count(), {**Application.objects.values().get(), "unanswered_since": None}) == before
    page = cast.hr_client().get(reverse("desk_application_open", args=[application.reference])).content.decode()
    assert "eve@stranger.example" in page
    assert Event.objects.get(action="application.answered").details["is_sender_known"] is False


LEFT = {
    "nobody who applied": {"sender": "omar@stranger.example"},
    "no address": {"sender": "Lina <lina@>"},
    "an absence note": {"Auto_Submitted": "auto-replied"},
    "a bounce": {"sender": "MAILER-DAEMON@mx.example"},
    "a reference of nobody": {"sender": "omar@stranger.example", "subject": "J-0000-00"},
}


@pytest.mark.parametrize("what", LEFT)
def test_what_answers_no_application_stays_in_the_mailbox(application, at, what):
    assert receive(answer(**LEFT[what]), at) == Fate.LEFT
    assert not Message.objects.exists()


def test_a_letter_about_something_else_leads_nowhere(application, letter, at):
    Letter.objects.filter(pk=letter.pk).update(about="R-7KQ4-M2")
    assert receive(answer(sender="omar@stranger.example", In_Reply_To=letter.message_id), at) == Fate.LEFT


def test_mail_of_somebody_whose_data_is_restricted_stays_in_the_mailbox(application, letter, at):
    person = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=at)
    subjects.restrict(subject_id=person.pk, ground=RestrictionGround.CLAIMS, actor=cast.HR, at=at)
    assert receive(with_file(answer(In_Reply_To=letter.message_id), "new.pdf", cast.PDF), at) == Fate.LEFT
    assert not Message.objects.exists()
    assert Document.objects.count() == 1


def test_what_is_no_mail_leaves_nothing(application, at):
    with pytest.raises(NotAMail):
        receive(b"\x89PNG", at)
    assert not Message.objects.exists()


def test_what_is_quoted_is_left_out_with_its_key_and_a_card_is_masked(application, letter, at):
    link = unseal(bytes(letter.sealed))["pool_link"]
    text = f"Yes.\n> {link}\nMy card is 4111 1111 1111 1111. Your link was {link}"
    receive(answer(text, In_Reply_To=letter.message_id), at)
    kept = Message.objects.get().text
    assert kept.startswith("Yes.\nMy card is •••• •••• •••• 1111.")
    assert "/jobs/keep/…/" in kept
    assert cast.token_of(letter) not in kept


def test_the_same_mail_twice_changes_nothing(application, letter, at):
    raw = with_file(answer(In_Reply_To=letter.message_id), "new.pdf", cast.PDF)
    assert receive(raw, at) == Fate.REPLY
    before = (Message.objects.count(), Document.objects.count(), Event.objects.count())
    assert receive(raw, at + timedelta(days=1)) == Fate.KNOWN
    assert (Message.objects.count(), Document.objects.count(), Event.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_one_mail_from_two_sides_at_once_is_one_message(at):
    application = cast.apply(at=at)
    raw, fates, barrier = answer(), [], Barrier(2)

    def take() -> None:
        barrier.wait()
        try:
            fates.append(receive(raw, at))
        finally:
            connection.close()

    sides = [Thread(target=take) for _number in range(2)]
    for side in sides:
        side.start()
    for side in sides:
        side.join()
    assert sorted(fates) == sorted([Fate.KNOWN, Fate.REPLY])
    assert application.messages.count() == 1


# Files of mails.
def with_file(raw, name, content):
    message = message_from_bytes(raw)
    whole = mail("", sender=message["From"], subject=message["Subject"], Message_ID=message["Message-ID"])
    made = message_from_bytes(whole, policy=policy.default)
    made.set_content(message.get_payload())
    if message["In-Reply-To"]:
        made["In-Reply-To"] = message["In-Reply-To"]
    for number in range(content if isinstance(content, int) else 1):
        body = cast.PDF if isinstance(content, int) else content
        made.add_attachment(body, maintype="application", subtype="octet-stream", filename=f"{number}{name}" if number else name)
    return made.as_bytes()


def test_a_file_of_the_mail_is_a_document_of_the_application(application, letter, at):
    receive(with_file(answer(In_Reply_To=letter.message_id), "diploma.pdf", cast.PDF), at)
    document = application.documents.get(kind=DocumentKind.MAILED)
    assert document.name == "diploma.pdf"
    assert storing.read(file_name=document.file_name, sealed_key=bytes(document.sealed_key), bound_to=document.pk) == cast.PDF


@pytest.mark.parametrize(("name", "content"), [("virus.exe", b"MZ\x00\x01"), ("empty.pdf", b""), ("big.pdf", cast.PDF + b"%" * 5_000_000)])
def test_a_file_that_no_form_would_take_is_named_and_loses_nothing_else(application, letter, at, name, content):
    assert receive(with_file(answer("See my file.", In_Reply_To=letter.message_id), name, content), at) == Fate.REPLY
    assert f"[{name} is not kept here." in Message.objects.get().text
    assert "See my file." in Message.objects.get().text
    assert not application.documents.filter(kind=DocumentKind.MAILED).exists()


def test_so_many_files_and_no_more(application, letter, at):
    for turn in range(5):
        receive(with_file(answer(In_Reply_To=letter.message_id, Message_ID=f"<{turn}@x.example>"), "a.pdf", 6), at)
    assert application.documents.count() == services.mail_in.MOST_DOCUMENTS
    assert [message.text.count("is not kept here") for message in application.messages.order_by("id")] == [1, 1, 1, 2, 6]


# From where mails come.
def test_the_command_counts_what_became_of_each_and_names_what_is_bad(application, letter, tmp_path):
    good = answer(In_Reply_To=letter.message_id)
    box, bad = tmp_path / "all.mbox", tmp_path / "bad.eml"
    line = b"From lina@candidate.example Mon Jun  1 10:00:00 2026\n"
    box.write_bytes(b"".join(line + raw + b"\n\n" for raw in (good, good, answer(sender="omar@stranger.example"))))
    bad.write_bytes(b"\x00rubbish")
    out, err = StringIO(), StringIO()
    call_command("import_job_mail", box, bad, stdout=out, stderr=err)
    assert out.getvalue().strip() == "4 read, 1 replies, 1 already known, 1 left in the mailbox, 1 bad"
    assert f"{bad}: mail 1, at byte 0, cannot be read (NotAMail)" in err.getvalue()


def test_the_folder_gives_what_is_ours_and_keeps_the_rest_unread(application, letter, settings):
    folder = Folder(answer(In_Reply_To=letter.message_id), answer(sender="omar@stranger.example"), b"\x00rubbish")
    with serving(folder) as settings.JOBS_IMAP_URL:
        tasks.fetch_mail()
        tasks.fetch_mail()
    assert folder.flags == {1: r"(\Seen)", 2: r"(\Flagged)", 3: r"(\Seen \Flagged)"}
    assert sum(line.startswith("UID FETCH") for line in folder.said) == 3
    settings.JOBS_IMAP_URL = ""
    tasks.fetch_mail()
    assert Message.objects.count() == 1


# What human resources see of it.
def test_who_wrote_is_marked_until_somebody_answers(application, letter, at):
    hr, address = cast.hr_client(), reverse("desk_applications")
    tag = "</svg>Wrote to us"
    assert tag not in hr.get(address).content.decode()
    receive(answer(In_Reply_To=letter.message_id), at)
    assert tag in hr.get(address).content.decode()
    services.write_message(application_id=application.pk, text="Good.", actor=cast.HR, at=timezone.now())
    assert tag not in hr.get(address).content.decode()
    for number, ends in enumerate((reading, moving)):
        receive(answer(f"And Wednesday {number}?"), timezone.now())
        assert cast.NAME in hr.get(f"{address}?state=WROTE").content.decode()
        ends(hr, application)
        assert cast.NAME not in hr.get(f"{address}?state=WROTE").content.decode()


def reading(hr, application):
    for _turn in range(2):
        assert hr.post(reverse("desk_application_read", args=[application.reference])).status_code == 302
    assert Event.objects.filter(action="application.read").count() == 1


def moving(_hr, application):
    cast.act(application, Action.REJECT, at=timezone.now())


@pytest.mark.promise("P048")
def test_a_message_that_asks_for_a_right_says_so_and_the_form_is_filled_in(application, letter, at):
    receive(answer("Please delete my data.", In_Reply_To=letter.message_id), at)
    page = cast.hr_client().get(reverse("desk_application_open", args=[application.reference])).content.decode()
    assert "This seems to ask for: Erasure." in page
    assert '<option value="ERASURE" selected>' in page
    Message.objects.update(text="See you on Tuesday.")
    assert (
        "This seems to ask for" not in cast.hr_client().get(reverse("desk_application_open", args=[application.reference])).content.decode()
    )


# Mail of ours that did not go out.
@pytest.mark.parametrize("status", [LetterStatus.UNKNOWN, LetterStatus.FAILED])
@pytest.mark.parametrize(("choice", "becomes"), [("yes", LetterStatus.SENT), ("no", LetterStatus.QUEUED)])
def test_hr_settles_a_mail_that_did_not_go_out(application, letter, status, choice, becomes):
    Letter.objects.filter(pk=letter.pk).update(status=status)
    hr = cast.hr_client()
    address = reverse("desk_application_letter", args=[application.reference, letter.pk])
    for page in (hr.get(reverse("desk_applications")), hr.get(reverse("desk_application_open", args=[application.reference]))):
        assert f'action="{address}"' in page.content.decode()
    assert hr.get(address).status_code == 405
    assert hr.post(address, {"was_sent": choice}).status_code == 302
    letter.refresh_from_db()
    assert letter.status == becomes
    assert Event.objects.filter(action="letter.settled").count() == 1
    assert f'action="{address}"' not in hr.get(reverse("desk_applications")).content.decode()


def test_a_mail_in_no_doubt_and_one_whose_link_has_run_out_are_refused_in_words(application, letter):
    hr = cast.hr_client()
    address = reverse("desk_application_letter", args=[application.reference, letter.pk])
    Letter.objects.filter(pk=letter.pk).update(status=LetterStatus.SENT)
    assert "does not wait for a decision" in hr.post(address, {"was_sent": "no"}, follow=True).content.decode()
    Letter.objects.filter(pk=letter.pk).update(status=LetterStatus.FAILED, sealed=b"")
    assert "has run out" in hr.post(address, {"was_sent": "no"}, follow=True).content.decode()
    letter.refresh_from_db()
    assert letter.status == LetterStatus.FAILED


@pytest.mark.promise("P027")
def test_a_mail_is_settled_by_hr_alone_and_of_its_own_application_alone(application, letter, at):
    Letter.objects.filter(pk=letter.pk).update(status=LetterStatus.UNKNOWN)
    other = cast.apply(at=at, email="other@candidate.example")
    hr = cast.hr_client()
    assert hr.post(reverse("desk_application_letter", args=[other.reference, letter.pk]), {"was_sent": "yes"}).status_code == 404
    agent = factories.sign_in(Client(), factories.make_staff(UserRole.HELPDESK))
    assert agent.post(reverse("desk_letter_settle", args=[letter.pk]), {"was_sent": "yes"}).status_code == 404
    assert agent.post(reverse("desk_application_letter", args=[application.reference, letter.pk]), {"was_sent": "yes"}).status_code == 404
    person = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, cast.EMAIL)], method=IdentityMethod.MAILBOX, at=at)
    subjects.restrict(subject_id=person.pk, ground=RestrictionGround.CLAIMS, actor=cast.HR, at=at)
    assert letter.subject not in hr.get(reverse("desk_applications")).content.decode()
    assert hr.post(reverse("desk_application_letter", args=[application.reference, letter.pk]), {"was_sent": "yes"}).status_code == 404
    letter.refresh_from_db()
    assert letter.status == LetterStatus.UNKNOWN
    assert application.status == Status.RECEIVED
