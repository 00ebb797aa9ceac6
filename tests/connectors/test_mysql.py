"""A declared database of MariaDB, on a server of its own by a socket of this machine."""

from __future__ import annotations

import socket
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings

from connectors.outside import comparing, dialects, sessions
from connectors.outside.faults import SystemAway
from datamap import registry
from datamap.declaration import ChangedSince, Rectified
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.connectors import systems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.declared.shapes import SqlSystem
    from tests.connectors.maria import MariaDB

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
NOOR, STRANGER = "noor@customer.example", "elnoor@customer.example"
WORDS = '{ en = "X", fr = "X", nl = "X" }'
COLUMN = f'label = {WORDS}\norigin = "PROVIDED"\npurposes = ["support"]'
KEEP = 'action = "keep", ground = "LEGAL_OBLIGATION", article = "Art. III.86 WER"'
DECLARATION = f"""
key = "shop"
kind = "sql"
category = "ACCOUNT"
role = "CONTROLLER"
label = {WORDS}
origin = {WORDS}
[connection]
url = "CONNECTOR_URL_SHOP"
engine = "mysql"
tls = "off"
[tables.client]
table = "client"
key = "id"
label = {WORDS}
identity = [{{ column = "email", kind = "EMAIL" }}]
erase = {{ {KEEP}, along = "buy" }}
unlisted = {{ id = "its own key", offers = "what an objection ends" }}
stop = [{{ column = "offers", purposes = ["marketing"], to = false }}]
[tables.client.columns.email]
{COLUMN}
channel = true
[tables.client.columns.name]
{COLUMN}
rectifiable = true
[tables.client.columns.seen_at]
{COLUMN}
[tables.buy]
table = "buy"
key = "id"
label = {WORDS}
join = [{{ table = "client", ours = "client_id", theirs = "id" }}]
erase = {{ {KEEP}, from = "bought_on", years = 10 }}
unlisted = {{ id = "its own key", client_id = "whose it is" }}
[tables.buy.columns.what]
{COLUMN}
[tables.buy.columns.bought_on]
{COLUMN}
[tables.note]
table = "note"
key = "id"
label = {WORDS}
join = [{{ table = "client", ours = "client_id", theirs = "id" }}]
erase = {{ action = "delete" }}
unlisted = {{ id = "its own key", client_id = "whose it is" }}
[tables.note.columns.text]
{COLUMN}
[[retention]]
code = "clients"
table = "client"
from = "seen_at"
months = 36
label = {WORDS}
ground = {WORDS}
"""


class Shop:
    def __init__(self, made: Any) -> None:
        self.made = made

    def run(self, statement: str, *values: object) -> Any:
        with self.made.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.lastrowid or cursor.fetchall()

    def everything_of(self, email: str, *, seen: str = "2026-11-01 10:00:00") -> int:
        client = self.run("INSERT INTO client (email, name, seen_at) VALUES (%s, 'Noor', %s)", email, seen)
        self.run("INSERT INTO buy (client_id, what, bought_on) VALUES (%s, 'Maps', '2026-03-01')", client)
        self.run("INSERT INTO note (client_id, text) VALUES (%s, 'Asked about maps')", client)
        return int(client)

    def rows(self) -> list[int]:
        return [self.run(f"SELECT count(*) FROM {table}")[0][0] for table in ("client", "buy", "note")]


@pytest.fixture
def shop(mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    url = f"mysql://asker:pass%20word@{quote(mariadb.folder, safe='')}/shop"
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_SHOP", url)
    monkeypatch.setitem(settings.CONNECTORS, "networks", (mariadb.folder,))
    made = mariadb.made(database="shop", autocommit=True)
    with systems.declared(DECLARATION, file="shop.toml"), closing(made):
        sessions.forget("shop")
        yield Shop(made)
        sessions.forget("shop")
        with made.cursor() as cursor:
            for table in ("note", "buy", "client"):
                cursor.execute(f"DELETE FROM {table}")


def test_it_is_asked_and_erases_as_a_postgresql_is(shop: Shop) -> None:
    shop.everything_of("Noor@Customer.example")
    shop.everything_of(STRANGER)
    noor = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NOOR)], method=IdentityMethod.MAILBOX, at=NOON)
    source = registry.get("shop")

    assert source.count(noor) == {"client": 1, "buy": 1, "note": 1}
    parts = {part.name: list(part.rows) for part in source.export(noor)}
    assert parts["client"][0][1:] == ("Noor@Customer.example", "Noor", datetime(2026, 11, 1, 10, 0, tzinfo=UTC))
    preview = source.preview(noor, at=NOON)
    source.prepare_erasure(noor, at=NOON)
    outcome = source.erase(noor, at=NOON)
    assert outcome == preview
    assert {part: len(keys) for part, keys in outcome.erased.items()} == {"note": 1}
    assert shop.rows() == [2, 2, 1]
    assert {str(kept.until) for kept in outcome.kept} == {"2036-03-01"}


def test_it_is_corrected_stopped_and_asked_for_addresses_as_a_postgresql_is(shop: Shop) -> None:
    shop.everything_of(NOOR)
    shop.everything_of(STRANGER)
    noor = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NOOR)], method=IdentityMethod.MAILBOX, at=NOON)
    source = registry.get("shop")
    key = next(rows[0][0] for part in source.export(noor) for rows in [list(part.rows)] if part.name == "client")
    asked: dict[str, Any] = {"part": "client", "row_key": key, "field": "name", "at": NOON}

    with pytest.raises(ChangedSince):
        source.rectify(noor, **asked, value="Noor Peeters", decided="Somebody")
    assert source.rectify(noor, **asked, value="Noor", decided="Noor") == Rectified("Noor", "Noor")
    assert source.rectify(noor, **asked, value="Noor Peeters", decided="Noor") == Rectified("Noor", "Noor Peeters")
    source.stop(noor, ["marketing"], at=NOON)
    assert shop.run("SELECT name, offers FROM client ORDER BY id") == (("Noor Peeters", 0), ("Noor", 1))
    assert list(source.channels(noor)) == [NOOR]


def test_a_period_ends_at_its_instant_and_the_purge_takes_what_nothing_keeps(shop: Shop) -> None:
    kept = shop.everything_of(STRANGER, seen="2020-01-01 00:00:00")
    going = shop.run("INSERT INTO client (email, name, seen_at) VALUES (%s, 'Noor', '2024-02-29 10:00:00')", NOOR)
    shop.run("INSERT INTO note (client_id, text) VALUES (%s, 'x')", going)
    source = registry.get("shop")
    (rule,) = source.retention
    end = datetime(2024, 2, 29, 10, 0, tzinfo=UTC) + relativedelta(months=36)

    assert source.due(rule, at=end - timedelta(seconds=1), limit=9).keys == ()
    plan = source.due(rule, at=end, limit=9)
    assert plan.keys == (going,)
    assert (source.destroy(plan, at=end), source.gone(plan), shop.rows()) == (1, 1, [1, 1, 1])
    assert shop.run("SELECT id FROM client") == ((kept,),)


def test_reading_changes_nothing_and_the_declaration_fits(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    system: SqlSystem = registry.get("shop").system
    assert comparing.findings(system) == []
    with pytest.raises(SystemAway), sessions.session(system) as session:
        session.run("DELETE FROM note")
    url = settings.CONNECTOR_URLS["CONNECTOR_URL_SHOP"].replace("pass%20word", "wrong")
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_SHOP", url)
    sessions.forget("shop")
    with pytest.raises(SystemAway, match="wrong-password"):
        registry.get("shop").stored()


def test_a_value_that_is_bound_finds_what_the_column_would_find(shop: Shop) -> None:
    """Where letters count as the same in one of two columns, the columns compare in another way than a bound value does."""
    kinds = {"ci": "VARCHAR(8) COLLATE utf8mb4_general_ci", "bin": "VARCHAR(8) COLLATE utf8mb4_bin", "int": "BIGINT", "small": "SMALLINT"}
    values = {"ci": ["a", "A", "7"], "bin": ["a", "A", "7"], "int": [7], "small": [7]}
    is_comparable = dialects.of("mysql").is_comparable
    seen, refused = 0, set[tuple[str, str]]()
    for ours, theirs in product(kinds, repeat=2):
        for name, kind in (("child", ours), ("parent", theirs)):
            shop.run(f"CREATE TEMPORARY TABLE {name} (n INT AUTO_INCREMENT PRIMARY KEY, v {kinds[kind]})")
            for value in values[kind]:
                shop.run(f"INSERT INTO {name} (v) VALUES (%s)", value)
        for row, value in shop.run("SELECT n, v FROM parent"):
            of_column = shop.run("SELECT n FROM child WHERE v IN (SELECT v FROM parent WHERE n = %s)", row)
            bound = shop.run("SELECT n FROM child WHERE v IN (%s)", value)
            if is_comparable(value):
                assert bound == of_column, (ours, theirs, value)
                seen += len(bound)
            elif bound != of_column:
                refused.add((ours, theirs))
        shop.run("DROP TEMPORARY TABLE child, parent")
    assert seen > 5
    assert refused == {("ci", "bin")}


@pytest.mark.parametrize(
    ("made", "findings"),
    [
        ("(id INT PRIMARY KEY, {columns})", []),
        ("(id VARCHAR(20) NOT NULL, {columns}, UNIQUE (id))", []),
        ("(id BINARY(16) PRIMARY KEY, {columns})", ["key"]),
        ("(id INT NOT NULL, {columns}, KEY (id))", ["key"]),
        ("(id INT, {columns}, UNIQUE (id))", ["key"]),
        ("(id INT NOT NULL, {columns}, PRIMARY KEY (client_id, id))", ["key"]),
        ("(id INT NOT NULL, {columns}, UNIQUE (text))", ["key"]),
        ("(id VARCHAR(20) NOT NULL, {columns}, UNIQUE (id(3)))", ["key"]),
        ("(id INT PRIMARY KEY, {columns}) ENGINE=MyISAM", ["table"]),
        ("(id INT NOT NULL, {columns}) ENGINE=Aria", ["key", "table"]),
    ],
)
def test_a_table_without_a_key_or_without_transactions_is_named(shop: Shop, made: str, findings: list[str]) -> None:
    """By a key that two rows share a stranger's row would go too; and of MyISAM nothing is taken back."""
    shop.run(f"CREATE TABLE loose {made.format(columns='client_id INT NOT NULL, text VARCHAR(20)')}")
    text = DECLARATION.replace('table = "note"\n', 'table = "loose"\n').replace('key = "shop"', 'key = "loose"')
    try:
        with systems.declared(text, file="loose.toml") as system:
            assert [finding.key for finding in comparing.findings(system)] == [f"tables.note.{key}" for key in findings]
    finally:
        shop.run("DROP TABLE loose")


@pytest.mark.parametrize(("rule", "is_named"), [("ON DELETE CASCADE", True), ("ON DELETE SET NULL", True), ("", False)])
def test_what_the_database_takes_along_by_itself_is_named(shop: Shop, rule: str, is_named: bool) -> None:
    shop.run(f"CREATE TABLE loose (id INT PRIMARY KEY, client_id INT, FOREIGN KEY (client_id) REFERENCES client (id) {rule})")
    try:
        found = [str(finding) for finding in comparing.findings(registry.get("shop").system)]
        assert any("takes rows of loose along" in one for one in found) is is_named
        assert len(found) == is_named
    finally:
        shop.run("DROP TABLE loose")


def test_a_name_is_asked_once_and_the_address_that_was_checked_is_met(mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: PyMySQL would ask for the name again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: object, *of: object, **more: object) -> object:
        if host != "rebound.example":
            return real(host, *of, **more)  # type: ignore[arg-type]
        asked.append(str(host))
        return real("127.0.0.1" if len(asked) == 1 else "127.9.9.9", *of, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_SHOP", mariadb.url("rebound.example", mariadb.port))
    monkeypatch.setitem(settings.CONNECTORS, "networks", ("127.0.0.0/8",))
    with systems.declared(DECLARATION, file="shop.toml") as system:
        sessions.forget("shop")
        with sessions.session(system) as session:
            assert session.all("SELECT 1") == [(1,)]
        sessions.forget("shop")
    assert asked == ["rebound.example"]


def test_whoever_may_only_read_sees_the_keys_too(shop: Shop, mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its port: there the role has SELECT alone."""
    monkeypatch.setitem(settings.CONNECTOR_URLS, "CONNECTOR_URL_SHOP", mariadb.url("127.0.0.1", mariadb.port))
    monkeypatch.setitem(settings.CONNECTORS, "networks", ("127.0.0.0/8",))
    sessions.forget("shop")
    assert comparing.findings(registry.get("shop").system) == []
