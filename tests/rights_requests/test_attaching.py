"""Files of a case: kept encrypted, handed over with the rest, and gone with their case; evidence of identity sooner."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from audit.models import Event
from datamap import registry, replay
from datamap.enums import Ground
from rights_requests import attachments, packages, personal_data, services
from rights_requests.attachments.room import ROOM
from rights_requests.enums import PauseReason, Right, Status
from rights_requests.models import Attachment, IncomingMail, Message, RightsRequest
from rights_requests.services import closing, sweeping
from rights_requests.services.attaching import NoEvidenceAsked, TooManyFiles
from subjects import escrow
from tests.rights_requests import cast, clock_cast, desk_cast, hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pytest_django import DjangoCaptureOnCommitCallbacks
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
WORDS = hostile.text(f"This is about {hostile.CANARY}.")


@pytest.fixture(autouse=True)
def _own_room(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path / "escrow")
    (tmp_path / "escrow").mkdir()


def checked(name: str = "letter.txt", content: bytes = WORDS) -> attachments.Checked:
    return attachments.check(name, content)


def write(
    case: RightsRequest, *files: attachments.Checked, at: datetime, is_evidence: bool = False, text: str = "See the file."
) -> list[Attachment]:
    message = services.write_message(
        request_id=case.pk, text=text, author_id=None, files=files, is_evidence=is_evidence, actor=cast.PERSON, at=at
    )
    return list(message.attachments.all())


def path_of(attachment: Attachment) -> Path:
    return ROOM.folder() / attachment.file_name


def files_there() -> set[str]:
    return {path.name for path in ROOM.folder().iterdir()}


def events(case: RightsRequest, action: str) -> list[dict[str, object]]:
    return [event.details for event in Event.objects.filter(about=case.reference, action=action).order_by("at")]


# Keeping


def test_a_file_is_kept_encrypted_under_a_key_of_its_own(at: datetime) -> None:
    case = cast.collected(at=at)
    one, other = write(case, checked(), checked(), at=at)

    stored = path_of(one).read_bytes()
    assert stored.startswith(b"age-encryption.org/v1")
    assert hostile.CANARY.encode() not in stored
    assert path_of(one).stat().st_mode & 0o777 == 0o600
    assert attachments.read(one) == attachments.read(other) == WORDS
    assert bytes(one.sealed_key) != bytes(other.sealed_key)
    assert one.name not in one.file_name
    assert events(case, "files.received") == [{"files": 2}]


def test_what_is_another_file_or_was_changed_is_not_given_out(at: datetime) -> None:
    one, other = write(cast.collected(at=at), checked(), checked("b.txt", b"Other words."), at=at)
    Attachment.objects.filter(pk=one.pk).update(file_name=other.file_name)
    with pytest.raises(attachments.FileGone):
        attachments.read(Attachment.objects.get(pk=one.pk))
    Attachment.objects.filter(pk=one.pk).update(file_name=other.file_name, sealed_key=other.sealed_key)
    with pytest.raises(attachments.FileGone):
        attachments.read(Attachment.objects.get(pk=one.pk))
    Attachment.objects.filter(pk=other.pk).update(digest="0" * 64)
    with pytest.raises(attachments.FileGone):
        attachments.read(Attachment.objects.get(pk=other.pk))


def test_a_case_takes_so_many_files_and_so_many_bytes_and_no_more(at: datetime, settings: Settings) -> None:
    case = cast.collected(at=at)
    settings.RIGHTS = {**settings.RIGHTS, "files_per_case": 2}
    write(case, checked(), at=at)
    with pytest.raises(TooManyFiles):
        write(case, checked(), checked(), at=at)
    assert (Attachment.objects.count(), Message.objects.count(), len(files_there())) == (1, 1, 1)
    write(case, checked(), at=at)

    settings.RIGHTS = {**settings.RIGHTS, "files_per_case": 9, "files_size_of_case": 3 * len(WORDS) - 1}
    with pytest.raises(TooManyFiles):
        write(case, checked(), at=at)


def test_the_database_keeps_no_key_of_what_is_destroyed_and_no_evidence_without_a_case(at: datetime) -> None:
    (kept,) = write(cast.collected(at=at), checked(), at=at)
    mail = IncomingMail.objects.create(digest="0" * 64, language="en", received_at=at)
    for changed in (
        {"destroyed_at": at},
        {"sealed_key": b""},
        {"request": None},
        {"mail": mail},
        {"request": None, "message": None, "mail": mail, "is_evidence": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Attachment.objects.filter(pk=kept.pk).update(**changed)


def test_a_recorded_letter_comes_with_each_request_that_it_makes(at: datetime) -> None:
    with transaction.atomic():
        made = services.file_message(
            rights=[Right.ACCESS, Right.ERASURE],
            requester="CUSTOMER",
            name="Noor",
            email=cast.EMAIL,
            text="As in the letter.",
            language="en",
            country="BE",
            channel="POST_BE",
            files=[checked()],
            actor=cast.CLERK,
            received_at=at,
            at=at,
        )
    kept = Attachment.objects.all()
    assert {each.request_id for each in kept} == {case.pk for case in made}
    assert len({each.file_name for each in kept}) == 2
    assert {attachments.read(each) for each in kept} == {WORDS}


# Evidence of identity


def in_doubt(status: Status = Status.IN_REVIEW, right: Right = Right.ACCESS) -> RightsRequest:
    case = clock_cast.case_of(status, right)
    clock_cast.ask(case, at=clock_cast.noon())
    return clock_cast.fresh(case)


def test_evidence_is_kept_only_against_a_recorded_doubt(at: datetime) -> None:
    case = clock_cast.case_of()
    with pytest.raises(NoEvidenceAsked):
        write(case, checked(), is_evidence=True, at=clock_cast.noon())
    clock_cast.ask(case, reason=PauseReason.CLARIFICATION, at=clock_cast.noon())
    with pytest.raises(NoEvidenceAsked):
        write(case, checked(), is_evidence=True, at=clock_cast.noon())
    assert not Attachment.objects.exists()
    assert not files_there()

    case = in_doubt()
    (kept,) = write(case, checked(), is_evidence=True, at=clock_cast.noon())
    assert kept.is_evidence
    assert events(case, "evidence.received") == [{"files": 1}]


def _enough(case: RightsRequest, now: datetime) -> None:
    clock_cast.arrived(case, on=timezone.localdate(), at=now)


def _refused(case: RightsRequest, now: datetime) -> None:
    services.refuse(request_id=case.pk, ground=Ground.ID_NOT_PROVEN, reason="Nobody knows.", actor=cast.CLERK, at=now)


def _withdrawn(case: RightsRequest, now: datetime) -> None:
    services.withdraw(request_id=case.pk, actor=cast.PERSON, at=now)


def _lapsed(case: RightsRequest, now: datetime) -> None:
    closing.lapse(request_id=case.pk, at=now)


def _forwarded(case: RightsRequest, now: datetime) -> None:
    services.forward(request_id=case.pk, customer_name="Vos", customer_email="dpo@vos.example", note="", actor=cast.CLERK, at=now)


#: Every way on which a doubt about who asks comes to its end.
WAYS_OUT: dict[str, tuple[Status, Callable[[RightsRequest, datetime], None]]] = {
    "enough arrived": (Status.IN_REVIEW, _enough),
    "refused": (Status.IN_REVIEW, _refused),
    "withdrawn": (Status.IN_REVIEW, _withdrawn),
    "lapsed": (Status.AWAITING_IDENTITY, _lapsed),
    "forwarded": (Status.IN_REVIEW, _forwarded),
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_evidence_goes_with_the_doubt_and_nothing_else_does(
    way: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    status, leave = WAYS_OUT[way]
    now = clock_cast.noon()
    case = in_doubt(status)
    (evidence,) = write(case, checked("passport.txt"), is_evidence=True, at=now)
    (other,) = write(case, checked(), at=now)
    path = path_of(evidence)

    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        leave(case, now)
    # The key goes with the decision, in its transaction; the file when that is certain.
    evidence.refresh_from_db()
    assert (bytes(evidence.sealed_key), evidence.name, evidence.digest, evidence.destroyed_at) == (b"", "", "", now)
    assert path.exists()
    for callback in callbacks:
        callback()
    assert not path.exists()
    with pytest.raises(attachments.FileGone):
        attachments.read(evidence)
    other.refresh_from_db()
    assert attachments.read(other) == WORDS
    assert events(case, "evidence.destroyed") == [{"files": 1}]


def test_evidence_stays_while_the_doubt_does(at: datetime) -> None:
    case = in_doubt()
    (evidence,) = write(case, checked(), is_evidence=True, at=clock_cast.noon())
    clock_cast.arrived(case, on=timezone.localdate(), at=clock_cast.noon(), is_sufficient=False, missing="The back too.")
    evidence.refresh_from_db()
    assert attachments.read(evidence) == WORDS


def test_a_decision_that_does_not_happen_destroys_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    case = in_doubt()
    (evidence,) = write(case, checked(), is_evidence=True, at=clock_cast.noon())
    monkeypatch.setattr("rights_requests.services.clock.letters.more_received", _break_down)
    with pytest.raises(RuntimeError), transaction.atomic():
        _enough(case, clock_cast.noon())
    evidence.refresh_from_db()
    assert attachments.read(evidence) == WORDS


def _break_down(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError


def test_the_log_says_nothing_of_names(at: datetime) -> None:
    case = in_doubt()
    write(case, checked(f"{hostile.CANARY}.txt"), is_evidence=True, at=clock_cast.noon())
    _enough(case, clock_cast.noon())
    assert not [event for event in Event.objects.filter(about=case.reference) if hostile.CANARY in str(event.details)]


# The end of the case


def closed(at: datetime) -> tuple[RightsRequest, Attachment]:
    cast.data_of()
    case = cast.collected(at=at)
    (kept,) = write(case, checked(), at=at)
    services.refuse(request_id=case.pk, ground=Ground.UNFOUNDED, reason="No.", evidence="Twelve in a day.", actor=cast.CLERK, at=at)
    return RightsRequest.objects.get(pk=case.pk), kept


def purge(rule: object, at: datetime) -> int:
    source = registry.get(personal_data.KEY)
    return source.destroy(source.due(rule, at=at, limit=100), at=at)  # type: ignore[arg-type]


def test_files_go_when_the_case_is_reduced(at: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    _case, kept = closed(at)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(personal_data.READABLE, at + timedelta(days=59)) == 0
    assert path_of(kept).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(personal_data.READABLE, at + timedelta(days=61)) == 1
    assert not Attachment.objects.exists()
    assert not files_there()


def test_files_go_with_what_nobody_confirmed(at: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    case = cast.file(at=at)
    write(case, checked(), at=at)
    closing.lapse(request_id=case.pk, at=at)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge(personal_data.UNCONFIRMED, at + timedelta(days=31)) == 1
    assert not Attachment.objects.exists()
    assert not files_there()


def test_files_go_with_the_erasure_of_their_person(
    at: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    _case, kept = closed(at)
    mail = IncomingMail.objects.create(digest="0" * 64, language="en", received_at=at, sender=cast.EMAIL, state="DISMISSED", settled_at=at)
    attachments.keep(checked(), mail=mail, at=at)
    source = registry.get(personal_data.KEY)
    erasure = cast.approved(at=at + timedelta(days=1))
    assert erasure.subject is not None
    assert set(source.preview(erasure.subject, at=at).erased["attachments"]) == {kept.pk, mail.attachments.get().pk}
    with django_capture_on_commit_callbacks(execute=True):
        cast.run(erasure, at=at + timedelta(days=4))
    assert not Attachment.objects.exists()
    assert not files_there()


def test_files_that_nobody_knows_are_swept_away_and_no_other(at: datetime) -> None:
    (kept,) = write(cast.collected(at=at), checked(), at=at)
    orphan, young = ROOM.folder() / "0000.age", ROOM.folder() / "1111.age"
    for path in (orphan, young):
        path.write_bytes(b"noise")
    old = (at - timedelta(days=2)).timestamp()
    for path in (orphan, path_of(kept)):
        os.utime(path, (old, old))
    os.utime(young, (at.timestamp(), at.timestamp()))

    sweeping.tend(at=at)

    assert files_there() == {kept.file_name, young.name}


# What the person gets


def in_package(case: RightsRequest) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(packages.open_stream(case.package))))
    return {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}


def test_the_copy_of_the_data_holds_the_files_and_evidence_while_it_is_there(at: datetime) -> None:
    doubted = in_doubt()
    email = doubted.email
    now = clock_cast.noon()
    write(doubted, checked("passport.txt", b"Number 7."), is_evidence=True, at=now)
    picture = checked("photo.png", hostile.png_that_tells())
    write(doubted, picture, at=now)
    stranger = cast.collected(at=now, email="stranger@customer.example")
    write(stranger, checked("other.txt"), at=now)

    cast.data_of(email)
    package = cast.answered(at=now, email=email)
    found = in_package(package)
    assert {name.rpartition("-")[2]: content for name, content in found.items()} == {
        "passport.txt": b"Number 7.",
        "photo.png": picture.content,
    }

    _enough(doubted, now)
    assert {name.rpartition("-")[2] for name in in_package(cast.answered(at=now, email=email))} == {"photo.png"}


def test_files_are_counted_as_the_persons_and_a_strangers_are_not(at: datetime) -> None:
    case, _kept = closed(at)
    stranger = desk_cast.make_case()
    write(stranger, checked(), at=at)
    source = registry.get(personal_data.KEY)
    assert case.subject is not None
    assert source.count(case.subject)["attachments"] == 1
    (given,) = source.files(case.subject)
    with given.open() as file:
        assert file.read() == WORDS
    assert (given.name, given.size) == ("letter.txt", len(WORDS))


# After a restore


def test_a_key_whose_file_is_gone_goes_too_and_what_is_whole_stays(at: datetime) -> None:
    case = cast.collected(at=at)
    gone, whole = write(case, checked(), checked(), at=at)
    path_of(gone).unlink()

    counts = replay.replay(at=at).put_right
    assert counts["rights_requests.cases: attachments destroyed"] == 1

    gone.refresh_from_db()
    whole.refresh_from_db()
    assert (bytes(gone.sealed_key), gone.destroyed_at) == (b"", at)
    assert attachments.read(whole) == WORDS
    assert replay.replay(at=at).put_right["rights_requests.cases: attachments destroyed"] == 0


def test_evidence_that_was_destroyed_since_does_not_come_back(
    at: datetime, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    case = in_doubt()
    (evidence,) = write(case, checked(), is_evidence=True, at=clock_cast.noon())
    backup = transaction.savepoint()
    with django_capture_on_commit_callbacks(execute=True):
        _enough(case, clock_cast.noon())
    transaction.savepoint_rollback(backup)
    evidence.refresh_from_db()
    assert evidence.destroyed_at is None

    replay.replay(at=at)
    evidence.refresh_from_db()
    assert (bytes(evidence.sealed_key), evidence.name) == (b"", "")


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_the_refusals_of_a_case_are_sentences(language: str) -> None:
    with translation.override(language):
        said = {str(TooManyFiles()), str(NoEvidenceAsked())}
    with translation.override("en"):
        assert (said == {str(TooManyFiles()), str(NoEvidenceAsked())}) is (language == "en")
