"""The deed: what goes, what stays, what is left behind, and that none of it is half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.models import Contact, ContactMessage, Invoice
from audit.actor import Actor
from datamap import registry
from datamap.declaration import Outcome as Deed
from datamap.declaration import Source
from letters.models import Letter
from letters.services import text_of
from rights_requests import leases, services
from rights_requests import selectors as case_selectors
from rights_requests.enums import Outcome, Right, Status, TaskStatus, Verb
from rights_requests.models import RightsRequest, SourceTask
from rights_requests.services import closing, running
from subjects import escrow, selectors
from subjects import services as subjects
from subjects.enums import HoldGround
from subjects.models import Restriction, Tombstone
from tests.accounts.factories import make_contact, make_message, make_user
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=49)
#: Of an erasure of contacts, messages and invoices, from the end of the waiting time to the letter.
STATEMENTS = 94


@pytest.fixture(params=[1000, -1], ids=["together", "source-by-source"], autouse=True)
def _way(request, monkeypatch) -> None:
    """What is small is erased in one transaction, what is large source by source: the same is to happen."""
    monkeypatch.setattr("rights_requests.services.erasing.SMALL", request.param)


@pytest.mark.promise("P038")
@pytest.mark.promise("P045")
def test_what_may_go_is_gone_and_what_must_stay_is_named(at):
    make_user(cast.EMAIL)
    cast.data_of(contacts=2, messages=3, invoices=1)
    make_contact("somebody.else@customer.example")

    case = cast.erased(at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.PARTIAL)
    assert list(Contact.objects.values_list("email", flat=True)) == ["somebody.else@customer.example"]
    assert not ContactMessage.objects.exists()
    invoice = Invoice.objects.get()
    assert invoice.locked_at is not None
    text = text_of(Letter.objects.get(event="erasure_done", about=case.reference))
    assert "60" in text
    assert "2035" in text


@pytest.mark.promise("P053")
def test_the_letter_names_the_last_day_of_the_backups(at):
    cast.data_of()
    case = cast.erased(at=at)

    text = text_of(Letter.objects.get(event="erasure_done", about=case.reference))
    assert "4 March 2027" in text


def test_history_says_why_more_is_kept_than_the_preview_said(at):
    cast.data_of()
    approved = cast.approved(at=at)
    planned = sum(part["kept"] for part in approved.preview.parts if part["source"] == "letters.letters")
    case = cast.run(approved, at=at + LATER)

    kept = case.tasks.get(source="letters.letters", verb=Verb.ERASE).result["parts"][0]["kept"]
    label = str(registry.get("letters.letters").label)
    [entry] = [one for one in case_selectors.history(case) if one.detail.startswith(label)]

    assert kept > planned
    assert f"0 erased, {kept} kept, {kept - planned} of them about this request itself, since the preview" in entry.detail
    assert not any("since the preview" in one.detail for one in case_selectors.history(case) if one.detail.startswith("Contact"))


def test_nothing_is_done_before_the_waiting_time_is_over(at):
    cast.data_of()
    case = cast.approved(at=at)

    early = cast.run(case, at=at + timedelta(hours=48, seconds=-1))
    assert (early.status, Contact.objects.count()) == (Status.GRACE, 1)

    done = cast.run(case, at=at + timedelta(hours=48))
    assert (done.status, Contact.objects.count()) == (Status.ANSWERED, 0)


def test_tombstones_hold_exactly_the_rows_that_went_and_lie_outside_before_the_end(at):
    rows = {make_contact(cast.EMAIL).pk for _number in range(3)}
    case = cast.erased(at=at)

    tombstone = Tombstone.objects.get(about=case.reference, source="accounts.contacts")
    assert set(tombstone.row_keys) == rows
    assert tombstone.escrowed_at is not None
    outside = {key for copy in escrow.read_all() if copy.about == case.reference for key in copy.row_keys}
    assert rows <= outside


def test_without_the_escrow_nothing_counts_as_carried_out(at, monkeypatch):
    cast.data_of()
    case = cast.approved(at=at)
    with monkeypatch.context() as patch:
        patch.setattr("rights_requests.services.closing.escrow.copy_out", lambda **_which: 0)
        with pytest.raises(closing.NotInEscrow):
            cast.run(case, at=at + LATER)
    assert RightsRequest.objects.get(pk=case.pk).status == Status.CARRYING_OUT
    assert not Letter.objects.filter(event="erasure_done").exists()

    assert cast.run(case, at=at + LATER).status == Status.ANSWERED


def test_importers_refuse_the_erased(at):
    cast.data_of()
    cast.erased(at=at)

    assert selectors.is_blocked(cast.EMAIL)
    assert not selectors.is_blocked("somebody.else@customer.example")


def test_a_legal_hold_wins_also_when_it_comes_after_the_approval(at):
    cast.data_of(contacts=2, messages=1)
    case = cast.approved(at=at)
    subjects.hold(
        subject_id=case.subject_id,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=date(2027, 1, 1),
        source="accounts.contacts",
        actor=Actor.system("test"),
        at=at,
    )

    case = cast.run(case, at=at + LATER)

    assert (Contact.objects.count(), ContactMessage.objects.count()) == (2, 0)
    kept = case.tasks.get(source="accounts.contacts", verb=Verb.ERASE).result["parts"]
    assert [(row["kept"], row["ground"]) for row in kept] == [(2, "LEGAL_CLAIMS")]
    assert case.outcome == Outcome.PARTIAL


def test_a_hold_wins_also_where_the_source_does_not_ask(at):
    case = cast.approved(at=at)
    over = Restriction.objects.create(subject=case.subject, ground="ACCURACY", since=at, told_at=at, lifted_at=at)
    subjects.hold(
        subject_id=case.subject_id,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=date(2027, 1, 1),
        actor=Actor.system("test"),
        at=at,
    )

    case = cast.run(case, at=at + LATER)

    assert Restriction.objects.filter(pk=over.pk).exists()
    assert case.tasks.get(source="subjects.standing", verb=Verb.ERASE).result["parts"][0]["kept"] == 1


def test_an_erasure_of_nothing_ends_well(at):
    case = cast.erased(at=at)

    assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.NOTHING_HELD)


def test_the_second_look_finds_what_was_left(at, monkeypatch):
    cast.data_of(contacts=2)
    case = cast.approved(at=at)
    source = type(registry.get("accounts.contacts"))
    with monkeypatch.context() as patch:
        patch.setattr(source, "erase", lambda self, subject, *, at, sparing: self.preview(subject, at=at))
        case = cast.run(case, at=at + LATER)

    task = case.tasks.get(source="accounts.contacts", verb=Verb.RECHECK)
    assert (case.status, task.status, task.error) == (Status.CARRYING_OUT, TaskStatus.MANUAL, "leftovers")
    assert task.result["leftovers"] == {"contacts": 2}
    assert not Letter.objects.filter(event="erasure_done").exists()

    services.settle_manual_task(task_id=task.pk, action="again", actor=cast.CLERK, at=at + LATER)
    case = cast.run(case, at=at + LATER)

    assert (case.status, Contact.objects.count()) == (Status.ANSWERED, 0)


def test_rows_that_came_since_are_seen_by_the_second_look(at):
    cast.data_of()
    case = cast.approved(at=at)
    running.run_due(request_id=case.pk, at=at + LATER)
    running.run_due(request_id=case.pk, at=at + LATER)
    assert case.tasks.filter(verb=Verb.RECHECK).exists()
    make_message(cast.EMAIL)

    case = cast.run(case, at=at + LATER)

    assert case.tasks.get(source="accounts.messages", verb=Verb.RECHECK).result["leftovers"] == {"messages": 1}


def test_what_another_source_writes_down_while_it_erases_is_told(at):
    """No importer has to refuse the address before; a contact that goes makes one do so, long after the import blocks were counted."""
    cast.data_of()

    case = cast.erased(at=at)

    task = SourceTask.objects.get(request=case, verb=Verb.ERASE, source="subjects.erased")
    assert [(part["part"], part["kept"]) for part in task.result["parts"]] == [("importblock", 1)]


def test_of_what_holds_nothing_nothing_is_erased_and_nothing_asked(at, request, monkeypatch):
    """One statement says of all our own sources what they hold; only where each is erased by itself is each one asked."""
    cast.data_of()
    case = cast.approved(at=at)
    asked = []
    for source in registry.all_sources():
        monkeypatch.setattr(source, "erase", _noting(source, asked))

    case = cast.run(case, at=at + LATER)

    assert case.status == Status.ANSWERED
    empty = {"accounts.profile", "hosting.databases", "recruitment.applications", "subjects.suppressed"}
    holding = {"accounts.contacts", "accounts.messages", "letters.letters", "rights_requests.cases", "subjects.identities"}
    is_together = "together" in request.node.name
    assert (set(asked) & (empty | holding)) == (holding if is_together else empty | holding)


def _noting(source: Source, asked: list[str]) -> Callable[..., Deed]:
    erase = source.erase

    def noted(*who: Any, **which: Any) -> Deed:
        asked.append(source.key)
        return erase(*who, **which)

    return noted


def test_an_erasure_takes_as_many_statements_as_ever(at, request, django_assert_num_queries):
    """Each is for something that is there: whoever adds a source of which the person has nothing adds none."""
    if "together" not in request.node.name:
        pytest.skip("Source by source each one is asked.")
    cast.data_of(email="somebody.else@customer.example", contacts=2, messages=3, invoices=1)
    cast.erased(at=at, email="somebody.else@customer.example")
    cast.data_of(contacts=2, messages=3, invoices=1)
    case = cast.approved(at=at)

    with django_assert_num_queries(STATEMENTS):
        case = cast.run(case, at=at + LATER)

    assert case.status == Status.ANSWERED


def test_a_deed_whose_lease_was_lost_erases_nothing(at):
    """A worker that was only slow comes back after another one took over."""
    cast.data_of(contacts=3)
    case = cast.approved(at=at)
    running.advance(request_id=case.pk, at=at + LATER)
    slow = leases.claim(request_id=case.pk, at=at + LATER)
    quick = leases.claim(request_id=case.pk, at=at + LATER + timedelta(minutes=5))
    assert len(slow) == len(quick) == len(registry.all_sources())

    running._erase(RightsRequest.objects.select_related("subject").get(pk=case.pk), slow, at + LATER)

    assert Contact.objects.count() == 3
    assert not Tombstone.objects.exists()
    assert set(SourceTask.objects.filter(request=case, verb=Verb.ERASE).values_list("status", flat=True)) == {"RUNNING"}


def test_a_deed_that_fails_in_the_middle_leaves_everything(at, monkeypatch):
    cast.data_of(contacts=3)
    case = cast.approved(at=at)
    with monkeypatch.context() as patch:
        patch.setattr("rights_requests.services.erasing.subjects.bury_all", _broken)
        case = cast.run(case, at=at + LATER)
    assert Contact.objects.count() == 3
    assert case.tasks.get(source="accounts.contacts", verb=Verb.ERASE).status == TaskStatus.WAITING

    assert cast.run(case, at=at + LATER + timedelta(minutes=1)).status == Status.ANSWERED
    assert Contact.objects.count() == 0


def test_a_source_that_fails_stops_no_other(at, monkeypatch):
    cast.data_of(contacts=3, messages=2)
    case = cast.approved(at=at)
    with monkeypatch.context() as patch:
        patch.setattr(type(registry.get("accounts.messages")), "erase", _broken)
        case = cast.run(case, at=at + LATER)
    assert (Contact.objects.count(), ContactMessage.objects.count()) == (0, 2)
    assert dict(case.tasks.filter(verb=Verb.ERASE).exclude(status=TaskStatus.DONE).values_list("source", "status")) == {
        "accounts.messages": TaskStatus.WAITING
    }

    assert cast.run(case, at=at + LATER + timedelta(minutes=1)).status == Status.ANSWERED
    assert ContactMessage.objects.count() == 0


def _broken(*_who: object, **_which: object) -> None:
    raise OSError


def test_other_cases_of_the_person_are_reduced_and_their_packages_gone(at):
    cast.data_of()
    access = cast.answered(at=at)
    stale = cast.file(Right.ACCESS, at=at)

    cast.erased(at=at)

    access.refresh_from_db()
    assert (access.name, access.email, access.text, access.subject) == ("", "", "", None)
    assert (access.package.destroyed_at is not None, bytes(access.package.sealed_key)) == (True, b"")
    assert not RightsRequest.objects.filter(pk=stale.pk).exists()


def test_the_person_reads_nothing_of_the_marker_any_more(at):
    """A seeded marker is nowhere in the database once the case itself has been reduced."""
    from django.db import connection

    marker = "zyxmarker"
    email = f"{marker}@customer.example"
    make_user(email, name=f"Noor {marker}")
    make_contact(email, name=f"Noor {marker}")
    make_message(email, text=f"I am {marker}")
    case = cast.erased(at=at, email=email, name=f"Noor {marker}", text=f"Erase {marker}")
    Letter.objects.update(status="SENT")
    source = registry.get("rights_requests.cases")
    later = at + timedelta(days=40)
    for rule in (*source.retention, *registry.get("subjects.identities").retention):
        owner = registry.get(rule.code.rpartition(".")[0])
        owner.destroy(owner.due(rule, at=later, limit=1000), at=later)

    assert RightsRequest.objects.get(pk=case.pk).outcome
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{marker}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    assert found == []
