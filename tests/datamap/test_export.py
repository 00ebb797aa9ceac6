from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal
from types import GeneratorType

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, Contact, Invoice
from audit.actor import Actor
from audit.models import Event
from audit.services import record
from datamap.export import part_from
from datamap.models import Disclosure
from tests.datamap.passing import passed

pytestmark = pytest.mark.django_db


def many_events(count):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (id, at, action, about, actor_kind, actor_id, actor_role, actor_entity, actor_country, details, expires_at)"
            " SELECT gen_random_uuid(), now(), 'a.b', 'R-1', 'SYSTEM', '', '', '', '', '{}', now() FROM generate_series(1, %s)",
            [count],
        )


def test_part_from_streams_the_columns_in_order(at):
    first = record(action="a.first", about="R-1", actor=Actor.person(), at=at, rows=3)
    second = record(action="a.second", about="R-1", actor=Actor.person(), at=at)
    columns = [("id", "id"), ("action", "What"), ("at", "When"), ("details", "Details")]
    part = part_from(name="event", label="Events", queryset=Event.objects.order_by("id"), columns=columns)

    assert (part.name, part.label, part.columns) == ("event", "Events", tuple(columns))
    assert list(part.rows) == [(str(first.pk), "a.first", at, '{"rows": 3}'), (str(second.pk), "a.second", at, "{}")]


def test_values_are_plain_whatever_the_column(at):
    company = Company.objects.create(number="C-1", name="Firm", country="BE")
    invoice = Invoice.objects.create(
        number="F-1", company=company, billing_name="Nora", billing_email="nora@firm.example", billing_address="x",
        country="BE", issued_on=date(2026, 1, 2), amount=Decimal("12.50"), keep_until=date(2036, 12, 31),
    )  # fmt: skip
    disclosure = passed("calendly", at=at, email="nora@firm.example")
    columns = [(name, name) for name in ("id", "company", "company__name", "company__id", "issued_on", "amount", "locked_at")]
    part = part_from(name="invoice", label="", queryset=Invoice.objects.all(), columns=columns)
    assert list(part.rows) == [(str(invoice.pk), str(company.pk), "Firm", str(company.pk), date(2026, 1, 2), Decimal("12.50"), None)]

    columns = [(name, name) for name in ("id", "recipient", "fields", "subject")]
    part = part_from(name="disclosure", label="", queryset=Disclosure.objects.all(), columns=columns)
    assert list(part.rows) == [(str(disclosure.pk), "calendly", "name, email", None)]


def test_nothing_is_read_until_somebody_asks(at):
    record(action="a.b", about="R-1", actor=Actor.person(), at=at)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        part = part_from(name="event", label="", queryset=Event.objects.all(), columns=[("id", "id")])
        assert len(queries) == 0
        assert isinstance(part.rows, GeneratorType)
        assert len(list(part.rows)) == 1


def test_many_rows_take_little_memory():
    many_events(60_000)
    columns = [(name, name) for name in ("id", "at", "action", "about", "details")]
    part = part_from(name="event", label="", queryset=Event.objects.order_by(), columns=columns)
    tracemalloc.start()
    try:
        count = sum(1 for _row in part.rows)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 60_000
    assert peak < 8_000_000


def test_many_contacts_may_be_left_half_read():
    part = part_from(name="contact", label="", queryset=Contact.objects.all(), columns=[("id", "id")])

    assert next(part.rows, None) is None
