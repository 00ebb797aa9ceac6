"""A backup is older than the world: whatever happened since is lost, and nothing of it may happen twice.

The backup of these tests is a savepoint: what is done after it goes back, and what went out of the database (tombstones,
files, what the person remembers) does not.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from accounts.models import Contact, Invoice, Session
from audit.models import Event
from datamap import replay
from letters.enums import LetterStatus
from letters.models import Letter
from letters.services import SecretsGone, settle, text_of
from rights_requests import services
from rights_requests.enums import ClaimStatus, LinkPurpose, Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import AccessCode, ErasurePreview, IdentityClaim, Link, Message, RightsRequest
from rights_requests.packages import files
from rights_requests.services import sweeping
from subjects import escrow, selectors
from tests.accounts import factories
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db
GRACE = timedelta(hours=49)
MONTH = timedelta(days=40)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(escrow, "folder", lambda: tmp_path)
    return tmp_path


@contextmanager
def lost():
    """What happens within is not in the backup."""
    backup = transaction.savepoint()
    yield
    transaction.savepoint_rollback(backup)


def put_right(at):
    return {what.partition(": ")[2]: count for what, count in replay.replay(at=at).put_right.items()}


def letters_of(case, event):
    return Letter.objects.filter(about=case.reference, event=event)


def carry_out_in_the_lost_time(case, at):
    with lost():
        assert cast.run(case, at=at + GRACE).status == Status.ANSWERED
    assert RightsRequest.objects.get(pk=case.pk).status != Status.ANSWERED


@pytest.fixture
def waiting(at):
    cast.data_of(contacts=2, invoices=1)
    return cast.approved(at=at)


@pytest.mark.promise("P053")
def test_an_erasure_that_was_carried_out_is_closed_and_not_done_again(waiting, at):
    carry_out_in_the_lost_time(waiting, at)

    assert put_right(at + MONTH)["erasures closed that had been carried out"] == 1

    case = RightsRequest.objects.get(pk=waiting.pk)
    assert (case.status, case.outcome, case.closed_at) == (Status.ANSWERED, Outcome.PARTIAL, at + GRACE)
    assert not Contact.objects.exists()
    assert Invoice.objects.get().locked_at is not None
    assert selectors.is_blocked(cast.EMAIL)
    sweeping.sweep(at=at + MONTH)
    assert cast.run(case, at=at + MONTH).closed_at == at + GRACE
    assert Event.objects.filter(about=case.reference, action="rights_request.found_done").count() == 1


def test_its_letter_waits_for_somebody_who_knows(waiting, at):
    carry_out_in_the_lost_time(waiting, at)
    put_right(at + MONTH)

    letter = letters_of(waiting, "erasure_done").get()
    assert letter.status == LetterStatus.UNKNOWN
    text = text_of(letter)
    assert "2035" in text
    assert "Customer contacts" in text


@pytest.mark.parametrize("moment", ["awaiting", "review", "approval"])
def test_an_erasure_is_closed_wherever_the_backup_has_it(at, moment):
    cast.data_of(contacts=2)
    case = {"awaiting": cast.file, "review": cast.collected, "approval": lambda _right, at: cast.proposed(at=at)}[moment](
        Right.ERASURE, at=at
    )
    with lost():
        if moment == "awaiting":
            services.confirm(token=cast.token_of("confirm_request", about=case.reference), at=at)
            cast.run(case, at=at)
        if moment != "approval":
            agent = factories.make_staff()
            services.propose_erasure(request_id=case.pk, agent_id=agent.pk, actor=cast.staff_actor(agent), at=at)
        other = factories.make_staff()
        services.approve_erasure(request_id=case.pk, agent_id=other.pk, actor=cast.staff_actor(other), at=at)
        cast.notices_left(case.reference, at=at)
        assert cast.run(case, at=at + GRACE).status == Status.ANSWERED
    assert Contact.objects.count() == 2

    put_right(at + MONTH)

    assert RightsRequest.objects.get(pk=case.pk).status == Status.ANSWERED
    assert not Contact.objects.exists()


def test_a_waiting_time_does_not_run_on(waiting, at):
    """In the lost time the person pressed the link and cancelled."""
    token = cast.token_of("erasure_notice", about=waiting.reference)
    with lost():
        services.cancel_by_link(token=token, at=at)

    assert put_right(at + MONTH)["erasures back to review whose waiting time ran"] == 1

    sweeping.sweep(at=at + MONTH)
    case = cast.run(waiting, at=at + MONTH)
    assert case.status == Status.IN_REVIEW
    assert Contact.objects.count() == 2
    assert not ErasurePreview.objects.exists()
    assert letters_of(case, "erasure_notice").count() == 1


def test_what_was_being_carried_out_waits_for_a_person(waiting, at, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("rights_requests.services.closing.escrow.copy_out", lambda **_which: 0)
        with pytest.raises(Exception, match=waiting.reference):
            cast.run(waiting, at=at + GRACE)

    assert put_right(at + MONTH)["cases stopped while they were carried out"] == 1

    sweeping.sweep(at=at + MONTH)
    case = cast.run(waiting, at=at + MONTH)
    assert case.status == Status.CARRYING_OUT
    tasks = case.tasks.exclude(verb=Verb.FIND)
    assert set(tasks.values_list("status", "error")) == {(TaskStatus.MANUAL.value, "restored")}
    assert not letters_of(case, "erasure_done").exists()

    for task in case.tasks.filter(verb=Verb.RECHECK):
        services.settle_manual_task(task_id=task.pk, action="again", actor=cast.CLERK, at=at + MONTH)
    assert cast.run(case, at=at + MONTH).status == Status.ANSWERED
    assert "2" in text_of(letters_of(case, "erasure_done").get())


def test_an_answer_is_not_built_a_second_time_by_itself(at):
    cast.data_of()
    case = cast.collected(at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

    put_right(at + MONTH)
    sweeping.sweep(at=at + MONTH)

    assert cast.run(case, at=at + MONTH).status == Status.CARRYING_OUT
    task = case.tasks.get(verb=Verb.PACKAGE)
    services.settle_manual_task(task_id=task.pk, action="again", actor=cast.CLERK, at=at + MONTH)
    assert cast.run(case, at=at + MONTH).status == Status.ANSWERED


def test_no_letter_goes_out_a_second_time(at):
    case = cast.collected(at=at)
    queued = list(Letter.objects.filter(about=case.reference))
    assert {letter.status for letter in queued} == {LetterStatus.QUEUED}

    assert put_right(at + MONTH)["letters that were perhaps sent since"] == len(queued)

    assert set(Letter.objects.values_list("status", "sealed")) == {(LetterStatus.UNKNOWN.value, b"")}
    assert not Letter.objects.due(at + MONTH).exists()
    with pytest.raises(SecretsGone):
        settle(letter_id=letters_of(case, "confirm_request").get().pk, was_sent=False, actor=cast.CLERK, at=at + MONTH)


def test_no_link_and_no_code_of_the_backup_opens_anything(at):
    case = cast.file(at=at)
    token = cast.token_of("confirm_request", about=case.reference)
    known = cast.collected(at=at, email="two@customer.example")
    services.ask_code(reference=known.reference, at=at)
    sweeping.sweep(at=at)
    code = cast.code_of(known.reference)
    links = Link.objects.filter(used_at=None).count()

    done = put_right(at)

    assert (done["links ended"], done["codes ended"]) == (links, 1)
    with pytest.raises(services.LinkNotValid):
        services.confirm(token=token, at=at)
    with pytest.raises(services.CodeNotValid):
        services.redeem_code(reference=known.reference, code=code, at=at)
    assert not AccessCode.objects.exists()


def test_who_has_not_confirmed_yet_gets_a_fresh_link_in_the_reminder(at):
    case = cast.file(at=at)
    week = at + timedelta(days=8)
    sweeping.tend(at=week)
    put_right(week)

    sweeping.tend(at=week)

    assert services.confirm(token=cast.token_of("remind_unconfirmed", about=case.reference), at=week).status == Status.COLLECTING


def test_a_claim_whose_link_ended_is_asked_anew(at):
    case = cast.collected(at=at, claims="old@customer.example")
    claim = IdentityClaim.objects.get(request=case)
    services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)

    put_right(at)

    claim.refresh_from_db()
    assert claim.status == ClaimStatus.OPEN
    services.settle_claim(claim_id=claim.pk, action="ask", actor=cast.CLERK, at=at)
    assert Link.objects.filter(purpose=LinkPurpose.CLAIM, used_at=None).count() == 1


@pytest.mark.parametrize("reason", ["file", "time", "downloads"])
def test_a_package_of_which_half_is_gone_goes_whole(at, reason, django_capture_on_commit_callbacks):
    cast.data_of()
    package = cast.answered(at=at).package
    path = files.folder() / package.file_name
    if reason == "file":
        path.unlink()
    if reason == "downloads":
        type(package).objects.update(downloads_left=0)

    with django_capture_on_commit_callbacks(execute=True):
        assert put_right(at + timedelta(days=8 if reason == "time" else 1))["packages destroyed"] == 1

    package.refresh_from_db()
    assert (bytes(package.sealed_key), path.exists()) == (b"", False)
    assert package.destroyed_at is not None


def test_a_package_that_is_whole_stays(at):
    cast.data_of()
    package = cast.answered(at=at).package

    assert put_right(at + timedelta(days=1))["packages destroyed"] == 0
    package.refresh_from_db()
    assert package.destroyed_at is None


def test_nobody_is_signed_in_any_more(at):
    client = Client()
    factories.sign_in(client, factories.make_user(cast.EMAIL))
    assert Session.objects.exists()

    assert put_right(at)["sessions ended"] == 1
    assert not Session.objects.exists()


def test_the_closed_cases_of_the_erased_are_reduced_again(at):
    """A backup from between: the access was answered, the erasure not yet asked for."""
    cast.data_of()
    access = cast.answered(at=at, text="All of it, zyxmarker")
    services.write_message(request_id=access.pk, text="zyxmarker", author_id=None, actor=cast.PERSON, at=at)
    with lost():
        cast.erased(at=at)
        assert not Message.objects.exists()
    assert RightsRequest.objects.get(pk=access.pk).email == cast.EMAIL

    put_right(at + MONTH)
    sweeping.tend(at=at + MONTH)

    access.refresh_from_db()
    assert (access.name, access.email, access.text, access.subject) == ("", "", "", None)
    assert not Message.objects.exists()
    assert set(Letter.objects.filter(about=access.reference).values_list("recipient", flat=True)) <= {""}


def test_twice_is_once(waiting, at):
    carry_out_in_the_lost_time(waiting, at)
    cast.approved(at=at, email="two@customer.example")
    cast.collected(at=at, email="three@customer.example")
    put_right(at + MONTH)
    before = list(Letter.objects.order_by("pk").values_list("pk", "status"))

    assert set(put_right(at + MONTH).values()) == {0}
    assert list(Letter.objects.order_by("pk").values_list("pk", "status")) == before


def test_the_command_tells_each_thing_in_a_line(waiting, at):
    carry_out_in_the_lost_time(waiting, at)
    out = StringIO()
    call_command("replay_tombstones", stdout=out)

    lines = out.getvalue().splitlines()
    assert "rows were back and are erased again" in lines[0]
    assert "rights_requests.cases: erasures closed that had been carried out: 1" in lines
    assert "accounts.sessions: sessions ended: 0" in lines
