from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Contact
from datamap import asking, held, registry
from datamap.held import HeldSource
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.models import Identifier, Subject
from subjects.services import block_import
from tests.accounts import factories

pytestmark = pytest.mark.django_db

EMAIL = "noor@customer.example"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch) -> None:
    monkeypatch.setattr(asking, "_kept", {})


@pytest.fixture
def count_of(at):
    """A person with so many addresses, and an account or none."""

    def make(addresses: int, *, has_account: bool) -> Subject:
        subject = Subject.objects.create(created_at=at)
        user = factories.make_user(EMAIL) if has_account else None
        told = [(IdentifierKind.EMAIL, f"{number}.{EMAIL}" if number else EMAIL) for number in range(addresses)]
        told += [(IdentifierKind.ACCOUNT, str(user.pk))] if user else []
        for kind, value in told:
            Identifier.objects.create(subject=subject, kind=kind, value=value, method=IdentityMethod.MAILBOX, verified_at=at)
        return subject

    return make


def fill() -> None:
    factories.make_contact(EMAIL)
    factories.make_contact(f"1.{EMAIL}")
    factories.make_contact("somebody@else.example")
    factories.make_message(f"1.{EMAIL}")
    factories.make_invoice(EMAIL)
    block_import(values=[EMAIL, "somebody@else.example"], at=timezone.now())


def exported(source, subject) -> dict[str, list[tuple[object, ...]]]:
    return {part.name: list(part.rows) for part in source.export(subject)}


def is_counted_together(source) -> bool:
    """Visits are not: almost nobody has any, and a year of partitions is not planned for everybody."""
    return type(source).count is HeldSource.count


def test_all_but_one_are_counted_together():
    assert [source.key for source in registry.all_sources() if not is_counted_together(source)] == ["browsing.visits"]


@pytest.mark.parametrize("has_account", [False, True])
@pytest.mark.parametrize("addresses", [1, 2, 3])
def test_counts_together_are_those_of_each_source(count_of, addresses, has_account):
    fill()
    subject = count_of(addresses, has_account=has_account)

    together = held.counts(subject, registry.all_sources())

    assert together == {source.key: source.count(subject) for source in registry.all_sources() if is_counted_together(source)}
    assert together["accounts.contacts"] == {"contacts": min(addresses, 2)}
    assert together["subjects.erased"] == {"importblock": 1}


@pytest.mark.parametrize("has_account", [False, True])
def test_a_statement_made_for_one_person_serves_the_next_one(count_of, has_account, at):
    fill()
    held.counts(count_of(2, has_account=False), registry.all_sources())
    other = count_of(0, has_account=has_account)
    for number in range(2):
        Identifier.objects.create(
            subject=other, kind=IdentifierKind.EMAIL, value=f"{number}@else.example", method=IdentityMethod.MAILBOX, verified_at=at
        )
    Contact.objects.filter(email="somebody@else.example").update(email="1@else.example")

    counted = held.counts(other, registry.all_sources())
    assert counted == {source.key: source.count(other) for source in registry.all_sources() if is_counted_together(source)}


def test_rows_are_those_that_the_queryset_gives(count_of):
    fill()
    subject = count_of(2, has_account=True)
    for source in registry.all_sources():
        if isinstance(source, HeldSource) and type(source).export is HeldSource.export:
            parts = exported(source, subject)
            assert {part: len(rows) for part, rows in parts.items()} == source.count(subject), source.key
            assert {part: sorted(map(repr, rows)) for part, rows in parts.items()} == {
                part: sorted(map(repr, held.selected(rows, source.exported(part, rows.model))))
                for part, rows in source.held(subject).items()
                if rows
            }


def test_many_people_are_counted_in_one_statement_each(count_of):
    subjects = [count_of(1, has_account=False)]
    held.counts(subjects[0], registry.all_sources())
    subject = Subject.objects.prefetch_related("identifiers").get()

    with CaptureQueriesContext(connection) as captured:
        held.counts(subject, registry.all_sources())

    assert len(captured) == 1


class Contacts(HeldSource):
    key = "test.contacts"

    def __init__(self, question) -> None:
        self.question = question

    def held(self, subject: Subject) -> dict[str, Any]:
        return {"contact": self.question(subject)}


def of(subject):
    return Contact.objects.filter(email__in=[found.value for found in subject.identifiers.all()])


@pytest.mark.parametrize(
    "question",
    [
        lambda subject: of(subject).filter(collected_at__lt=timezone.now()),
        lambda subject: of(subject).filter(last_act_at__date=date(2026, 3, 2)),
        lambda subject: Contact.objects.filter(pk__in=list(of(subject).values_list("pk", flat=True))),
        lambda subject: Contact.objects.filter(email__in=[found.value[:3] for found in subject.identifiers.all()]),
        lambda subject: of(subject)[:3],
        lambda subject: of(subject).union(of(subject)),
    ],
    ids=["clock", "day", "rows-read-before", "made-from-an-address", "slice", "union"],
)
def test_what_depends_on_more_than_the_identifiers_is_not_kept(count_of, question):
    subject = count_of(1, has_account=False)

    assert held.counts(subject, [Contacts(question)]) == {}
    assert asking.statements(("test", question), subject, Contacts(question).held) is None


def test_a_source_that_counts_in_its_own_way_is_left_to_itself(count_of, monkeypatch):
    monkeypatch.setattr(type(registry.get("accounts.messages")), "count", lambda _self, _subject: {"messages": 7})

    assert "accounts.messages" not in held.counts(count_of(1, has_account=False), registry.all_sources())


def test_who_has_many_identifiers_is_asked_for_by_querysets(count_of):
    fill()
    subject = count_of(asking.MANY + 1, has_account=False)

    assert held.counts(subject, registry.all_sources()) == {}
    assert len(exported(registry.get("accounts.contacts"), subject)["contacts"]) == 2


def test_of_what_is_not_held_nothing_is_read(count_of):
    fill()
    count_of(1, has_account=False)
    subject = Subject.objects.prefetch_related("identifiers").get()
    source = registry.get("subjects.standing")
    list(source.export(subject))

    with CaptureQueriesContext(connection) as captured:
        assert list(held.export(source, subject, counts={source.key: {}})) == []
        assert list(held.export(source, subject, counts={source.key: {"restriction": 1}})) == []
    assert [query["sql"].count("subjects_restriction") > 0 for query in captured] == [True]
    assert {part.name for part in held.export(registry.get("subjects.identities"), subject, counts={})} == {"subject", "identifier"}
