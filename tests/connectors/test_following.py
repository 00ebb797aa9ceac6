"""From the rows that name a person to those that hang on them: quickly, all of them, and none that the other database would not find itself."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg2
import pytest

from connectors.outside import dialects, sessions
from connectors.sources.following import follow
from connectors.sources.sql import SqlSource
from connectors.sources.statements import VALUES_AT_ONCE, Statements
from subjects.enums import IdentifierKind
from tests.connectors.crm import NOON, NOOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subjects.models import Subject
    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db

KNOWN = {IdentifierKind.EMAIL: [NOOR]}
MANY = VALUES_AT_ONCE + 200


def test_no_table_is_read_from_end_to_end_for_one_person(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.run(
        """
        INSERT INTO sales.person (id, email, full_name, last_contact_at)
        SELECT n, 'one' || n || '@customer.example', 'One', now() FROM generate_series(10001, 15000) n;
        INSERT INTO sales.interaction (person_id, note, happened_at) SELECT id, 'Asked', now() FROM sales.person;
        INSERT INTO sales.invoice (number, person_id, total, issued_on) SELECT 'F-' || id, id, 1, '2026-03-01' FROM sales.person;
        INSERT INTO sales.invoice_line (invoice_number, what) SELECT number, 'Maps' FROM sales.invoice;
        INSERT INTO sales.survey (person_id, email, grade) SELECT id, email, 8 FROM sales.person;
        """
    )
    crm.everything_of(NOOR)
    crm.run("ANALYZE")
    asked = noted(monkeypatch)
    assert source.count(noor) == {"person": 1, "interaction": 1, "invoice": 1, "invoice_line": 1, "survey": 1}
    assert len([list(part.rows) for part in source.export(noor)]) == 5
    source.preview(noor, at=NOON)

    assert len(asked) == 2 + 1 + 2 + 5 + 2 + 5, "what they hang on, and what there is: counted, handed over, planned"
    for sql, params in asked:
        plan = "\n".join(row[0] for row in crm.run(f"EXPLAIN {sql}", *params))
        assert "Seq Scan" not in plan, f"{sql}\n{plan}"


def noted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is asked over there from now on."""
    asked = list[tuple[str, Any]]()

    def note(name: str) -> None:
        real = getattr(sessions.Session, name)

        def called(session: sessions.Session, sql: str, params: Any = ()) -> Any:
            asked.append((sql, params))
            return real(session, sql, params)

        monkeypatch.setattr(sessions.Session, name, called)

    for name in ("all", "stream"):
        note(name)
    return asked


def test_whoever_has_more_rows_than_a_statement_carries_is_found_all_the_same(crm: Crm, source: SqlSource, noor: Subject) -> None:
    person = crm.person(NOOR)
    crm.run(
        """
        INSERT INTO sales.invoice (number, person_id, total, issued_on)
        SELECT 'F-' || n, %(person)s, 1, '2026-03-01' FROM generate_series(1, %(many)s) n;
        INSERT INTO sales.invoice_line (invoice_number, what) SELECT number, 'Maps' FROM sales.invoice;
        """,
        {"person": person, "many": MANY},
    )
    assert source.count(noor) == {"person": 1, "invoice": MANY, "invoice_line": MANY}
    assert {kept.part: kept.rows for kept in source.preview(noor, at=NOON).kept} == {"person": 1, "invoice": MANY, "invoice_line": MANY}


def test_nobody_gives_a_row_to_somebody_else_while_an_erasure_follows_it(crm: Crm, source: SqlSource) -> None:
    person = crm.everything_of(NOOR)
    statements = Statements(source.system, dialects.of("postgresql"))

    def given_away() -> None:
        crm.run("SET LOCAL lock_timeout = 200; UPDATE sales.person SET email = 'mia@customer.example' WHERE id = %s", person)

    with sessions.session(source.system, is_writing=True) as session:
        whose = follow(session, statements, KNOWN, is_locking=True)
        assert whose.held == {("person", "id"): [person], ("invoice", "number"): [f"F-{person}"]}
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            given_away()
    with sessions.session(source.system) as session:
        follow(session, statements, KNOWN)
        given_away()


def test_who_says_no_says_it_on_rows_that_stay_theirs_meanwhile(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.everything_of(NOOR)
    asked = noted(monkeypatch)
    source.stop(noor, ["marketing"], at=NOON)
    assert [sql.endswith("FOR UPDATE") for sql, _params in asked] == [True, True]


def test_a_key_with_a_blank_at_its_end_is_left_to_the_other_database(crm: Crm, source: SqlSource, noor: Subject) -> None:
    person = crm.person(NOOR)
    crm.invoice(person, "F-1 ")
    with sessions.session(source.system) as session:
        whose = follow(session, Statements(source.system, dialects.of("postgresql")), KNOWN)
    assert whose.held == {("person", "id"): [person]}
    assert source.count(noor) == {"person": 1, "invoice": 1, "invoice_line": 1}


#: What columns of each type may hold that somebody else joins by.
HELD = {
    "text": ["F-1", "F-1 ", "f-1", "", "7"],
    "varchar(8)": ["F-1", "F-1 ", "7"],
    "char(8)": ["F-1", "7"],
    "smallint": [7],
    "bigint": [7, 2**40],
    "numeric(12,2)": ["7.00", "0.10"],
    "real": [0.1, 7],
    "double precision": [0.1, 7],
    "uuid": [UUID(int=7)],
    "date": ["2026-03-01"],
    "timestamptz": ["2026-03-01 00:00"],
    "inet": ["192.0.2.7"],
    "boolean": [True],
}


def test_a_value_that_is_bound_finds_what_the_column_would_find(crm: Crm) -> None:
    """Every type against every type with which the database compares it; and it is shown that some values must not be bound."""
    is_comparable = dialects.of("postgresql").is_comparable
    seen, refused = 0, set[str]()
    for ours, theirs in _pairs(crm):
        crm.run(f"CREATE TEMP TABLE parent AS SELECT unnest(%s::text[])::{theirs} AS v", [str(value) for value in HELD[theirs]])
        crm.run(f"CREATE TEMP TABLE child AS SELECT unnest(%s::text[])::{ours} AS v", [str(value) for value in HELD[ours]])
        for row, value in crm.run("SELECT ctid, v FROM parent"):
            of_column = crm.run("SELECT v FROM child WHERE v IN (SELECT v FROM parent WHERE ctid = %s)", row)
            bound = crm.run("SELECT v FROM child WHERE v IN (%s)", value)
            if is_comparable(value):
                assert bound == of_column, (ours, theirs, value)
                seen += len(bound)
            elif bound != of_column:
                refused.add(f"{theirs} in {ours}")
        crm.run("DROP TABLE parent, child")
    assert seen > 20
    assert refused >= {"text in char(8)", "real in real"}


def _pairs(crm: Crm) -> Iterator[tuple[str, str]]:
    for ours, theirs in product(HELD, repeat=2):
        try:
            crm.run(f"SELECT NULL::{ours} IN (SELECT NULL::{theirs})")
        except psycopg2.errors.UndefinedFunction:
            continue
        yield ours, theirs
