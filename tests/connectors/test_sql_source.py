"""A declared database, on a real server: found, handed over, erased as was prepared, purged; and nothing of a stranger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction

from audit.actor import Actor
from audit.models import Event
from connectors.models import Prepared
from connectors.outside import faults, sessions
from connectors.outside.faults import SystemAway
from connectors.services import stopping
from connectors.sources.sql import SqlSource
from datamap import reach, registry
from datamap.declaration import ChangedSince, NotHeld, NotRectifiable, PurgePlan, Rectified
from datamap.enums import Ground
from datamap.rows import HOME
from subjects import services as subjects
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod
from subjects.suppressing import suppress
from tests.connectors import systems
from tests.connectors.crm import DECLARATION, NOON, NOOR, at_url, url

if TYPE_CHECKING:
    from subjects.models import Subject
    from tests.connectors.crm import Crm

pytestmark = pytest.mark.django_db

STRANGER = "elnoor@customer.example"
EVERYTHING = {"person": 1, "interaction": 1, "invoice": 1, "invoice_line": 1, "survey": 1}


def sizes(keys: Any) -> dict[str, int]:
    return {part: len(found) for part, found in keys.items() if found}


def test_it_finds_by_address_and_account_along_every_join_and_nobody_else(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of("Noor@Customer.example")
    crm.everything_of(STRANGER)
    assert source.count(noor) == EVERYTHING

    account = "0196f0a2-0000-7000-8000-000000000001"
    crm.interaction(crm.person(None, account=account))
    assert source.count(noor) == EVERYTHING
    subjects.add_identifier(subject_id=noor.pk, kind=IdentifierKind.ACCOUNT, value=account, method=IdentityMethod.SIGNED_IN, at=NOON)
    assert source.count(type(noor).objects.get(pk=noor.pk)) == {**EVERYTHING, "person": 2, "interaction": 2}


def test_what_it_hands_over_is_what_stands_there(crm: Crm, source: SqlSource, noor: Subject) -> None:
    person = crm.everything_of(NOOR)
    crm.everything_of(STRANGER)
    parts = {part.name: (part, list(part.rows)) for part in source.export(noor)}

    assert list(parts) == ["person", "interaction", "invoice", "invoice_line", "survey"]
    assert [name for name, _label in parts["person"][0].columns] == [
        "id",
        "email",
        "full_name",
        "phone",
        "wants_offers",
        "wants_surveys",
        "last_contact_at",
    ]
    assert parts["person"][1][0][1:] == (NOOR, "Noor Vermeulen", "+32 2 555 01 40", True, True, NOON)
    assert parts["invoice"][1][0][1:] == (f"F-{person}", Decimal("121.50"), date(2026, 3, 1))


def test_many_rows_are_streamed_and_each_comes_once(crm: Crm, source: SqlSource, noor: Subject) -> None:
    person = crm.person(NOOR)
    crm.run(
        "INSERT INTO sales.interaction (person_id, note, happened_at) SELECT %s, n::text, now() FROM generate_series(1, 7000) n", person
    )

    (rows,) = [list(part.rows) for part in source.export(noor) if part.name == "interaction"]
    assert len({row[0] for row in rows}) == len(rows) == 7000


def test_an_erasure_takes_what_nothing_keeps_and_says_what_stays(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    crm.everything_of(STRANGER)
    strangers = {table: [row for row in rows if STRANGER in row] for table, rows in crm.dump().items()}
    before = crm.dump()
    preview = source.preview(noor, at=NOON)
    assert crm.dump() == before

    source.prepare_erasure(noor, at=NOON)
    outcome = source.erase(noor, at=NOON)

    assert outcome == preview
    assert sizes(outcome.erased) == {"interaction": 1, "survey": 1}, "what is emptied is approved and told as erased"
    assert {(kept.part, kept.rows, kept.ground, kept.until) for kept in outcome.kept} == {
        (part, 1, Ground.LEGAL_OBLIGATION, date(2036, 3, 1)) for part in ("person", "invoice", "invoice_line")
    }
    assert crm.rows() == {"person": 2, "interaction": 1, "invoice": 2, "invoice_line": 2, "survey": 2}
    assert source.count(noor) == {"person": 1, "invoice": 1, "invoice_line": 1}
    assert crm.run("SELECT phone FROM sales.person WHERE email = %s", NOOR) == [(None,)]
    assert crm.run("SELECT email, remark, person_id, grade FROM sales.survey WHERE email IS NULL") == [(None, None, None, 8)]
    assert all(row in crm.dump()[table] for table, rows in strangers.items() for row in rows)
    assert not Prepared.objects.exists()


def test_after_the_last_day_that_the_law_gives_everything_goes(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR, on=date(2016, 11, 27))
    assert sizes(source.preview(noor, at=NOON).erased) == {"interaction": 1, "survey": 1}, "the last day is not over"

    source.erase(noor, at=NOON + timedelta(days=1))
    assert crm.rows() == {"survey": 1}


def test_erasing_twice_is_erasing_once(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    first = source.erase(noor, at=NOON)
    before = crm.dump()
    again = source.erase(noor, at=NOON)

    assert (sizes(again.erased), again.kept) == ({}, first.kept)
    assert crm.dump() == before


def test_what_is_emptied_can_be_spared_too(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.survey(NOOR)
    crm.survey(NOOR)
    first, second = sorted(source.preview(noor, at=NOON).erased["survey"])
    source.prepare_erasure(noor, at=NOON, spared=lambda _rows: {"survey": [second]})

    assert source.erase(noor, at=NOON).erased == {"survey": [first]}
    assert crm.run("SELECT count(email), count(*) FROM sales.survey") == [(1, 2)]


def test_what_was_not_prepared_stays_although_it_is_the_persons(crm: Crm, source: SqlSource, noor: Subject) -> None:
    person = crm.everything_of(NOOR)
    source.prepare_erasure(noor, at=NOON)
    crm.interaction(person)

    assert sizes(source.erase(noor, at=NOON).erased) == {"interaction": 1, "survey": 1}
    assert crm.rows()["interaction"] == 1


def test_what_is_spared_stays(crm: Crm, source: SqlSource, noor: Subject) -> None:
    person = crm.everything_of(NOOR)
    known = set(source.preview(noor, at=NOON).erased["interaction"])
    late = crm.interaction(person)
    sparing = {"interaction": [key for key in source.preview(noor, at=NOON).erased["interaction"] if key not in known]}
    source.prepare_erasure(noor, at=NOON, spared=lambda _rows: sparing)
    outcome = source.erase(noor, at=NOON, sparing=sparing)

    assert set(outcome.erased["interaction"]) == known
    assert crm.run("SELECT id FROM sales.interaction") == [(late,)] or crm.run("SELECT id::text FROM sales.interaction") == [(str(late),)]


def test_killed_between_the_two_commits_it_tells_once_what_went(crm: Crm, source: SqlSource, noor: Subject) -> None:
    """The other database has committed; our transaction has not, and is done again by whoever comes next."""
    crm.everything_of(NOOR)
    source.prepare_erasure(noor, at=NOON)

    with transaction.atomic():
        first = source.erase(noor, at=NOON)
        transaction.set_rollback(True)
    assert "interaction" not in crm.rows()

    source.prepare_erasure(noor, at=NOON + timedelta(minutes=1))
    again = source.erase(noor, at=NOON + timedelta(minutes=1))
    assert again == first
    assert sizes(source.erase(noor, at=NOON + timedelta(minutes=2)).erased) == {}


def test_an_error_over_there_takes_everything_back(crm: Crm, source: SqlSource, noor: Subject) -> None:
    """A table that we know nothing of holds on to a row that has to go."""
    crm.everything_of(NOOR, on=date(2010, 1, 1))
    crm.run("CREATE TABLE sales.unknown AS SELECT id AS invoice_line_id FROM sales.invoice_line")
    crm.run("ALTER TABLE sales.unknown ADD FOREIGN KEY (invoice_line_id) REFERENCES sales.invoice_line (id)")
    before = crm.dump()
    try:
        source.prepare_erasure(noor, at=NOON)
        with pytest.raises(SystemAway, match="held-on"):
            source.erase(noor, at=NOON)
        assert crm.dump() == before
    finally:
        crm.run("DROP TABLE sales.unknown")
    assert sizes(source.erase(noor, at=NOON).erased)["invoice_line"] == 1


# Reading only.
def test_nothing_but_an_erasure_can_change_anything(source: SqlSource) -> None:
    with pytest.raises(SystemAway, match="no-rights"), sessions.session(source.system) as session:
        session.run("DELETE FROM sales.person")


def test_a_statement_that_takes_too_long_ends(source: SqlSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.CONNECTORS, "statement_seconds", 1)
    sessions.forget("crm")
    with pytest.raises(SystemAway, match="too-slow"), sessions.session(source.system) as session:
        session.all("SELECT pg_sleep(30)")


# Servers that are away.
def test_a_wrong_password_is_told_in_one_word_and_the_system_left_alone(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.everything_of(NOOR)
    with at_url(monkeypatch, url(password="wrong")):
        with pytest.raises(SystemAway, match=r"^wrong-password$"):
            source.count(noor)
        with pytest.raises(SystemAway, match=r"^resting$"):
            source.count(noor)
    assert source.count(noor) == EVERYTHING


@pytest.mark.parametrize("at_hand", [60.0, -1.0], ids=["used a moment ago", "used before"])
def test_a_connection_that_was_cut_is_made_anew(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch, at_hand: float
) -> None:
    monkeypatch.setattr(sessions, "AT_HAND", at_hand)
    crm.everything_of(NOOR)
    source.count(noor)
    crm.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'oxyprivacy_test_crm' AND datname = current_database()"
    )
    assert source.count(noor) == EVERYTHING


def test_who_failed_is_left_alone_by_every_process_that_does_not_speak_with_it(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process found it too slow. Whoever is in the middle of a task goes on."""
    crm.everything_of(NOOR)
    source.count(noor)
    cache.set("connectors.resting.crm", faults.TOO_SLOW, 30)
    monkeypatch.setattr(sessions, "AT_HAND", 60.0)
    assert source.count(noor) == EVERYTHING
    monkeypatch.setattr(sessions, "AT_HAND", -1.0)
    with pytest.raises(SystemAway, match=r"^resting$"):
        source.count(noor)


def test_one_erasure_is_one_connection_and_each_table_is_asked_once_for_each_step(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found, previewed, written down, done and counted again: a connection costs a name that is resolved and checked. Two tables are
    those on which others hang: what of them is the person's comes first.
    """
    crm.everything_of(NOOR)
    places = spied(monkeypatch, sessions, "place")
    asked, done = spied(monkeypatch, sessions.Session, "all"), spied(monkeypatch, sessions.Session, "run")

    source.count(noor)
    source.preview(noor, at=NOON)
    source.prepare_erasure(noor, at=NOON)
    source.erase(noor, at=NOON)
    source.count(noor)

    assert len(places) == 1
    assert len(asked) == 2 + 1 + 3 * (2 + 5) + 2 + 1
    assert len(done) == 3, "conversations go, a survey and the number on the card are emptied"


def spied(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[str]:
    """Each call of what goes on doing what it did."""
    real, calls = getattr(owner, name), list[str]()

    def called(*arguments: Any) -> Any:
        calls.append(name)
        return real(*arguments)

    monkeypatch.setattr(owner, name, called)
    return calls


# Art. 16.
def test_a_value_is_corrected_where_the_file_says_so(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    crm.everything_of(STRANGER)
    key = next(rows[0][0] for part in source.export(noor) for rows in [list(part.rows)] if part.name == "person")
    place = {"part": "person", "row_key": key, "field": "full_name"}
    before = crm.dump()

    assert source.value_of(noor, **place) == "Noor Vermeulen"
    assert source.checked(noor, **place, value="Noor Peeters").new == "Noor Peeters"
    assert crm.dump() == before
    source.rectify(noor, **place, value="Noor Peeters", at=NOON)
    assert source.rectify(noor, **place, value="Noor Peeters", at=NOON).old == "Noor Peeters"
    assert crm.run("SELECT email, full_name FROM sales.person ORDER BY id") == [(NOOR, "Noor Peeters"), (STRANGER, "Noor Vermeulen")]
    with pytest.raises(ValidationError):
        source.checked(noor, **place, value="")
    with pytest.raises(NotRectifiable):
        source.value_of(noor, **{**place, "field": "phone"})
    stranger = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, STRANGER)], method=IdentityMethod.MAILBOX, at=NOON)
    with pytest.raises(NotHeld):
        source.rectify(stranger, **place, value="Somebody", at=NOON)


def test_a_value_that_changed_since_is_not_overwritten_over_there(crm: Crm, source: SqlSource, noor: Subject) -> None:
    """Before the other database commits: nothing takes it back afterwards."""
    crm.everything_of(NOOR)
    key = next(rows[0][0] for part in source.export(noor) for rows in [list(part.rows)] if part.name == "person")
    asked: dict[str, Any] = {"part": "person", "row_key": key, "field": "full_name", "value": "Noor Peeters", "at": NOON}
    crm.run("UPDATE sales.person SET full_name = 'Noor Maes'")

    with pytest.raises(ChangedSince):
        source.rectify(noor, **asked, decided="Noor Vermeulen")
    assert crm.run("SELECT full_name FROM sales.person") == [("Noor Maes",)]
    assert source.rectify(noor, **asked, decided="Noor Maes") == Rectified("Noor Maes", "Noor Peeters")
    assert source.rectify(noor, **asked, decided="Noor Maes") == Rectified("Noor Peeters", "Noor Peeters"), "whoever was killed tries again"


#: Somebody over there is quicker: what is to be corrected is not what was read a moment ago, and no row is counted.
QUICKER = """
CREATE FUNCTION sales.quicker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 THEN
        RETURN NEW;
    END IF;
    UPDATE sales.person SET full_name = 'Noor Maes' WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER quicker BEFORE UPDATE ON sales.person FOR EACH ROW EXECUTE FUNCTION sales.quicker()
"""


def test_what_somebody_changed_in_that_moment_is_not_called_corrected(crm: Crm, source: SqlSource, noor: Subject) -> None:
    """A table of MySQL may take no lock."""
    crm.everything_of(NOOR)
    key = next(rows[0][0] for part in source.export(noor) for rows in [list(part.rows)] if part.name == "person")
    asked: dict[str, Any] = {"part": "person", "row_key": key, "field": "full_name", "value": "Noor Peeters", "at": NOON}
    crm.run(QUICKER)
    try:
        with pytest.raises(ChangedSince):
            source.rectify(noor, **asked, decided="Noor Vermeulen")
    finally:
        crm.run("DROP FUNCTION sales.quicker CASCADE")
    assert source.rectify(noor, **asked, decided="Noor Vermeulen") == Rectified("Noor Vermeulen", "Noor Peeters")


# Reaching the person, and ending a use.
def test_every_address_on_a_row_of_the_person_is_a_channel_and_nobody_elses(crm: Crm, source: SqlSource, noor: Subject) -> None:
    account = "0196f0a2-0000-7000-8000-000000000001"
    for email, known_by in ((NOOR, None), ("noor@private.example", account), ("no address", account), (None, account), (STRANGER, None)):
        crm.person(email, account=known_by)
    assert list(source.channels(noor)) == [NOOR]

    subjects.add_identifier(subject_id=noor.pk, kind=IdentifierKind.ACCOUNT, value=account, method=IdentityMethod.SIGNED_IN, at=NOON)
    assert sorted(source.channels(type(noor).objects.get(pk=noor.pk))) == [NOOR, "noor@private.example"]


def test_a_number_or_an_address_on_a_row_of_the_person_reaches_them_and_nobody_elses(
    crm: Crm, source: SqlSource, noor: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before an erasure alone: whoever is asked before each letter asks no system of somebody else's."""
    account = "0196f0a2-0000-7000-8000-000000000001"
    subjects.add_identifier(subject_id=noor.pk, kind=IdentifierKind.ACCOUNT, value=account, method=IdentityMethod.SIGNED_IN, at=NOON)
    noor = type(noor).objects.get(pk=noor.pk)
    for email, phone in (
        (NOOR, " +32 2 555 01 40 "),
        (None, "0495 55 01 41"),
        (None, "ask Kim"),
        (None, None),
        (STRANGER, "+32 2 555 01 49"),
    ):
        row = crm.person(email, account=None if email else account)
        crm.run("UPDATE sales.person SET phone = %s WHERE id = %s", phone, row)
    assert reach.now(noor) == {("PHONE", "+32 2 555 01 40"), ("PHONE", "0495 55 01 41")}

    with at_url(monkeypatch, url(password="wrong")):
        assert reach.of(noor) == set()
        with pytest.raises(SystemAway):
            reach.now(noor)


def test_columns_that_are_an_address_together_reach_the_person_by_post(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.person(NOOR, name=" Kerkstraat 1 ")
    crm.person(STRANGER)
    text = DECLARATION.replace('{ kind = "PHONE", columns = ["phone"] }', '{ kind = "POSTAL", columns = ["full_name", "phone"] }')
    with systems.declared(text.replace('"crm"', '"crm-post"'), file="crm.toml"):
        assert list(registry.get("crm-post").reached_at(noor)) == [("POSTAL", "Kerkstraat 1 +32 2 555 01 40")]


def test_an_objection_is_written_down_over_there_for_its_purposes_alone(crm: Crm, source: SqlSource, noor: Subject) -> None:
    crm.everything_of(NOOR)
    crm.everything_of(STRANGER)
    before = crm.dump()
    source.stop(noor, ["billing"], at=NOON)
    assert crm.dump() == before

    for _try in range(2):
        source.stop(noor, ["marketing", "billing"], at=NOON)
        assert crm.run("SELECT email, wants_offers FROM sales.person ORDER BY id") == [(NOOR, False), (STRANGER, True)]


def test_marketing_that_ended_by_address_alone_ends_over_there(
    crm: Crm, noor: Subject, source: SqlSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.everything_of("Noor@Customer.example")
    crm.everything_of(STRANGER)
    crm.person(None)
    crm.person("no address")

    def wanting() -> list[str | None]:
        return [email for (email,) in crm.run("SELECT email FROM sales.person WHERE wants_offers ORDER BY id")]

    everybody = wanting()
    suppress(value=STRANGER, purposes={"statistics"}, about="R-0", actor=Actor.person(), at=NOON)
    assert (stopping.carry_over(at=NOON), wanting()) == (0, everybody)

    suppress(value=NOOR, purposes={"newsletter"}, about="R-1", actor=Actor.person(), at=NOON)
    with at_url(monkeypatch, url(password="wrong")):
        assert stopping.carry_over(at=NOON) == 0
    assert (stopping.carry_over(at=NOON), wanting()) == (1, everybody[1:])
    assert stopping.carry_over(at=NOON) == 0, "what is so already is not written again"
    (event,) = Event.objects.filter(action="system.stopped")
    assert (event.about, event.details) == ("connectors.system:crm", {"rows": 1})


# For time.
@pytest.mark.parametrize("since", [datetime(2023, 11, 30, 9, 0, tzinfo=UTC), datetime(2024, 2, 29, 23, 30, tzinfo=UTC)])
def test_a_period_ends_at_its_instant_and_not_a_second_before(crm: Crm, source: SqlSource, since: datetime) -> None:
    person = crm.person(NOOR, at=since)
    crm.interaction(person, at=NOON)
    rule = source.retention[0]
    end = since.astimezone(HOME) + relativedelta(months=36)

    assert source.due(rule, at=end - timedelta(seconds=1), limit=10).keys == ()
    plan = source.due(rule, at=end, limit=10)
    assert plan.keys == (person,)
    assert source.oldest(rule) == since
    assert source.destroy(PurgePlan(rule.code, end - timedelta(seconds=1), plan.keys), at=end - timedelta(seconds=1)) == 0
    assert source.destroy(plan, at=end) == 1
    assert (source.gone(plan), crm.rows(), source.destroy(plan, at=end)) == (1, {}, 0)


def test_no_purge_takes_what_hangs_on_a_kept_row_or_belongs_to_somebody_protected(crm: Crm, source: SqlSource, noor: Subject) -> None:
    rule, old = source.retention[0], datetime(2020, 1, 1, tzinfo=UTC)
    crm.invoice(crm.person(STRANGER, at=old), "F-1")
    held = crm.person(NOOR, at=old)
    hold = subjects.hold(
        subject_id=noor.pk,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=NOON.date(),
        actor=Actor.system("test"),
        at=NOON,
        source="crm",
    )
    planned = PurgePlan(rule.code, NOON, (held,))

    assert source.due(rule, at=NOON, limit=10).keys == ()
    assert source.destroy(planned, at=NOON) == 0
    subjects.release(hold_id=hold.pk, actor=Actor.system("test"), at=NOON)
    assert source.due(rule, at=NOON, limit=10).keys == (held,)
    assert source.destroy(planned, at=NOON) == 1
    assert crm.rows() == {"person": 1, "invoice": 1, "invoice_line": 1}
