"""A file is read strictly: each mistake is named with its key, and all of them at once."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from connectors.declared import reading
from connectors.declared.shapes import PullSystem, SqlSystem, WrongDeclaration
from connectors.sources import registering
from connectors.sources.declaring import row_key
from tests.connectors.crm import DECLARATION, ROLE, at_url, url
from tests.connectors.systems import TICKETS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.connectors.crm import Crm


def findings_of(text: str) -> list[str]:
    try:
        reading.read(text, file="crm.toml")
    except WrongDeclaration as error:
        return [str(finding) for finding in error.findings]
    return []


def test_the_files_of_the_demo_and_of_the_tests_are_declarations() -> None:
    crm, tickets = reading.read(DECLARATION, file="crm.toml"), reading.read(TICKETS, file="tickets.toml")
    assert isinstance(crm, SqlSystem)
    assert isinstance(tickets, PullSystem)
    assert [table.name for table in crm.tables] == ["person", "interaction", "invoice", "invoice_line", "survey"]


INVOICE = (
    'erase = { action = "keep", ground = "LEGAL_OBLIGATION", article = "Art. III.86 WER", from = "issued_on", holds = "day", years = 10 }'
)
PERSON = 'erase = { action = "keep", ground = "LEGAL_OBLIGATION", article = "Art. III.86 WER", along = "invoice", null = ["phone"] }'
REACH = '{ kind = "PHONE", columns = ["phone"] }'
STOP = '{ column = "wants_offers", purposes = ["marketing"], to = false }'
SURVEY = 'erase = { action = "empty", null = ["email", "person_id", "remark"] }'
INTERACTION = 'erase = { action = "delete" }'


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (REACH, REACH.replace("PHONE", "EMAIL"), "crm.toml: tables.person.reach[1].kind: 'EMAIL' is none of PHONE, POSTAL."),
        (REACH, REACH.replace('["phone"]', '["phone", "full_name"]'), "reach[1].columns: a telephone number stands in one column."),
        (REACH, REACH.replace('["phone"]', "[]"), "crm.toml: tables.person.reach[1].columns: it is empty."),
        (REACH, REACH.replace('"phone"', '"portal_account"'), "crm.toml: tables.person.reach: portal_account is none of the columns"),
        ('key = "crm"', "", "crm.toml: key: it is missing: a text."),
        ('key = "crm"', 'key = "CRM!"', "crm.toml: key: 'CRM!' is not written like"),
        ('key = "crm"', f'key = "{"a" * 49}"', "crm.toml: key: it is longer than 48 characters."),
        ('code = "conversations"', f'code = "{"a" * 27}"', "crm.toml: retention[2].code: it is longer than 26 characters."),
        ('table = "sales.person"', 'table = "person"', "crm.toml: tables.person.table: it lies in a schema, which is named too: public.person"),
        ('table = "sales.person"', 'table = "other.sales.person"', "crm.toml: tables.person.table: 'other.sales' is no plain name."),
        ('key = "crm"', "key = 7", "crm.toml: key: it must be a text."),
        ('key = "crm"', 'key = "crm"\nkeys = 1', "crm.toml: keys: this key is not known here."),
        ('kind = "sql"', 'kind = "ftp"', "crm.toml: kind: 'ftp' is none of sql, pull."),
        ('category = "ACCOUNT"', 'category = "SECRETS"', "crm.toml: category: 'SECRETS' is none of"),
        ('nl = "Verkoopsysteem"', "", "crm.toml: label.nl: it is missing: a text."),
        ('nl = "Verkoopsysteem"', 'nl = "Verkoop\\u0000systeem"', "crm.toml: label.nl: it has a character that is not seen."),
        ('nl = "Verkoopsysteem"', 'nl = "Verkoop\\u202Esysteem"', "crm.toml: label.nl: it has a character that is not seen."),
        ('nl = "Verkoopsysteem"', 'nl = "Verkoop\u00a0systeem"', ""),
        (STOP, STOP.replace("to = false", 'to = "n\\u0000"'), "crm.toml: tables.person.stop[1].to: it has a character that is not seen."),
        ('nl = "Verkoopsysteem"', 'nl = " "', "crm.toml: label.nl: it is empty."),
        ('url = "CONNECTOR_URL_CRM"', 'url = "postgresql://u:p@crm.example/sales"', "crm.toml: connection.url:"),
        ('url = "CONNECTOR_URL_CRM"', 'url = "DATABASE_OWNER_URL"', "crm.toml: connection.url:"),
        ('url = "CONNECTOR_URL_CRM"', 'url = "CONNECTOR_URL_CRM"\npassword = "x"', "crm.toml: connection.password: this key is not known"),
        ('tls = "off"', 'tls = "perhaps"', "crm.toml: connection.tls: 'perhaps' is none of"),
        ('table = "sales.person"', 'table = "sales.person; DROP TABLE x"', "crm.toml: tables.person.table:"),
        ('column = "email", kind', 'column = "e mail", kind', "crm.toml: tables.person.identity[1].column:"),
        ('kind = "EMAIL" },\n', 'kind = "NAME" },\n', "crm.toml: tables.person.identity[1].kind: 'NAME' is none of"),
        ("exact = true", 'exact = "yes"', "crm.toml: tables.person.identity[2].exact: it must be true or false."),
        ('purposes = ["billing"]', 'purposes = ["curiosity"]', "'curiosity' is no purpose that the policy names."),
        ('purposes = ["billing"]', "purposes = []", "crm.toml: tables.invoice.columns.number.purposes: it is empty."),
        ('origin = "PROVIDED"', 'origin = "FOUND"', "crm.toml: tables.person.columns.email.origin: 'FOUND' is none of"),
        (INVOICE, INVOICE.replace('ground = "LEGAL_OBLIGATION", ', ""), "crm.toml: tables.invoice.erase.ground: it is missing"),
        (INVOICE, INVOICE.replace("LEGAL_OBLIGATION", "UNFOUNDED"), "crm.toml: tables.invoice.erase.ground: UNFOUNDED keeps nothing"),
        (INVOICE, INVOICE.replace('article = "Art. III.86 WER", ', ""), "crm.toml: tables.invoice.erase.article: it is missing"),
        (INVOICE, INVOICE.replace("Art. III.86 WER", "a law"), "crm.toml: tables.invoice.erase.article: 'a law' is not an article"),
        (INVOICE, INVOICE.replace(", years = 10", ""), "crm.toml: tables.invoice.erase: it needs a period"),
        (INVOICE, INVOICE.replace("years = 10", "years = -1"), "crm.toml: tables.invoice.erase.years: -1 is no length"),
        (INVOICE, INVOICE.replace("years = 10", "years = true"), "crm.toml: tables.invoice.erase.years: it must be a whole number."),
        (INVOICE, INTERACTION, "crm.toml: tables.person.erase.along: rows of invoice are not kept."),
        (PERSON, INTERACTION, "crm.toml: tables.person.erase: rows of invoice are kept and hang on its rows"),
        (PERSON, PERSON.replace('"phone"', '"email"'), "crm.toml: tables.person.erase.null: email is needed to find the row"),
        (PERSON, PERSON.replace('along = "invoice"', 'along = "nobody"'), "crm.toml: tables.person.erase.along: 'nobody' is no table"),
        (STOP, STOP.replace('"wants_offers"', '"email"'), "crm.toml: tables.person.stop: email says whose the row is"),
        (STOP, STOP.replace('"marketing"', '"curiosity"'), "crm.toml: tables.person.stop[1].purposes: 'curiosity' is no purpose"),
        (STOP, STOP.replace("to = false", "to = 1.5"), "crm.toml: tables.person.stop[1].to: it must be true, false, a whole number or a text."),
        ("channel = true", "channel = 1", "crm.toml: tables.person.columns.email.channel: it must be true or false."),
        (SURVEY, SURVEY.replace('"email", ', ""), "crm.toml: tables.survey.erase.null: email says whose the row is"),
        (SURVEY, SURVEY.replace('"person_id", ', ""), "crm.toml: tables.survey.erase.null: person_id leads to person"),
        (SURVEY, 'erase = { action = "shred" }', "crm.toml: tables.survey.erase.action: 'shred' is none of"),
        ('join = [{ table = "invoice"', 'join = [{ table = "bill"', "crm.toml: tables.invoice_line.join: 'bill' is none of the tables."),
        ('join = [{ table = "invoice", ours = "invoice_number", theirs = "number" }]', "", "nothing says whose a row is"),
        ("rectifiable = true", "", ""),
        ('table = "interaction"\nfrom', 'table = "nowhere"\nfrom', "crm.toml: retention[2].table: 'nowhere' is none of the tables."),
        ('code = "conversations"', 'code = "contacts"', "crm.toml: retention: two rules are called crm.contacts."),
        ("months = 24", "", "crm.toml: retention[2]: it needs a period"),
        ('table = "sales.survey"', 'table = "sales.person"', "crm.toml: tables: person is declared more than once."),
        ('person_id = "whose it is"\n\n[tables.interaction.columns', 'person_id = ""\n\n[tables.interaction.columns', "needs a reason"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key(old: str, new: str, finding: str) -> None:
    assert old in DECLARATION
    found = findings_of(DECLARATION.replace(old, new, 1))
    if not finding:
        assert found == []
    else:
        assert any(finding in one for one in found), found


def test_joins_that_lead_back_are_refused() -> None:
    round_about = DECLARATION.replace(
        'key = "id"\nlabel = { en = "Contact card"', 'join = [{ table = "interaction", ours = "id", theirs = "person_id" }]\nkey = "id"\nlabel = { en = "Contact card"'
    )  # fmt: skip
    assert any("lead back to itself" in one for one in findings_of(round_about))


def test_all_mistakes_are_told_at_once() -> None:
    wrong = DECLARATION.replace('kind = "EMAIL"', 'kind = "NAME"').replace("years = 10", "years = 0").replace('nl = "Naam"', "nl = 1")
    keys = {one.split(": ")[1] for one in findings_of(wrong)}
    assert {"tables.person.identity[1].kind", "tables.survey.identity[1].kind", "tables.invoice.erase"} <= keys
    assert "tables.person.columns.full_name.label.nl" in keys


@pytest.mark.parametrize(
    "text", ["key = ", "\0", "key = 1\nkey = 2", "[tables]\nperson = 1", "", f"a = {'[' * 20_000}", f"a = {'9' * 5000}"]
)
def test_what_is_no_declaration_at_all_is_a_finding_and_no_error(text: str) -> None:
    assert findings_of(text)


def test_two_files_may_not_declare_one_system(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(TICKETS)
    _found, findings = registering.read_folder(tmp_path)
    assert [str(one) for one in findings] == ["b.toml: key: another file declares helpdesk-tickets too."]


def test_a_source_of_ours_cannot_be_declared_away(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TICKETS.replace('key = "helpdesk-tickets"', 'key = "crm"'))
    registering.register_folder(tmp_path)
    try:
        with pytest.raises(WrongDeclaration, match="another source is called so"):
            registering.register_folder(tmp_path)
    finally:
        registering.remove("crm")
    with pytest.raises(WrongDeclaration, match="there is no such folder"):
        registering.register_folder(tmp_path / "missing")


# Beside the database.
def checked(folder: Path) -> str:
    out = StringIO()
    try:
        call_command("check_connectors", folder=folder, stdout=out)
    except CommandError as error:
        return str(error)
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("", "", "crm.toml: crm: 5 tables"),
        ('table = "sales.person"', 'table = "sales.people"', "tables.person.table: there is no table people"),
        ('from = "issued_on"', 'from = "sent_on"', "tables.invoice.erase.from: the table has no column sent_on."),
        ('column = "email", kind = "EMAIL" },', 'column = "mail", kind = "EMAIL" },', "tables.person.identity: the table has no column mail."),
        ('portal_account = "our own key of your account"\n', "", "tables.person.columns: the table has a column portal_account"),
        ('"email", "person_id", "remark"', '"email", "person_id", "grade"', "tables.survey.erase.null: grade cannot become NULL"),
        ('from = "issued_on", holds = "day"', 'from = "issued_on", holds = "instant"', "tables.invoice.erase.from: issued_on is date, and holds no instant."),
        (STOP, STOP.replace("wants_offers", "no_offers"), "tables.person.stop: the table has no column no_offers."),
        (STOP, STOP.replace("wants_offers", "phone"), "tables.person.stop: phone is text, and cannot become False."),
        ('theirs = "number"', 'theirs = "num"', "tables.invoice.key: the table has no column num."),
    ],
)  # fmt: skip
def test_the_command_compares_with_the_database(crm: Crm, tmp_path: Path, old: str, new: str, finding: str) -> None:
    (tmp_path / "crm.toml").write_text(DECLARATION.replace(old, new, 1))
    assert finding in checked(tmp_path)


LOOSE = (
    DECLARATION.partition("# People:")[0]
    + """
[tables.loose]
table = "sales.loose"
key = "id"
label = { en = "X", fr = "X", nl = "X" }
identity = [{ column = "email", kind = "EMAIL" }]
erase = { action = "delete" }
unlisted = { id = "its own key" }
[tables.loose.columns.email]
label = { en = "X", fr = "X", nl = "X" }
origin = "PROVIDED"
purposes = ["support"]
[[retention]]
code = "loose"
table = "loose"
from = "id"
years = 1
label = { en = "X", fr = "X", nl = "X" }
ground = { en = "X", fr = "X", nl = "X" }
"""
)


@pytest.mark.parametrize(
    ("made", "is_key"),
    [
        ("id integer PRIMARY KEY, email text", True),
        ("id uuid NOT NULL UNIQUE, email text", True),
        ("id text NOT NULL, email text UNIQUE", False),
        ("id integer UNIQUE, email text", False),
        ("id integer NOT NULL, email text); CREATE INDEX ON sales.loose (id", False),
        ("id integer NOT NULL, email text, UNIQUE (id, email)", False),
        ("id integer NOT NULL, email text, PRIMARY KEY (email, id)", False),
        ("id integer NOT NULL, email text); CREATE UNIQUE INDEX ON sales.loose (id) WHERE (email IS NULL", False),
        ("id integer NOT NULL, email text); CREATE UNIQUE INDEX ON sales.loose ((id + 1)", False),
    ],
)
def test_what_names_no_single_row_is_no_key(crm: Crm, tmp_path: Path, made: str, is_key: bool) -> None:
    """What has the same key would go too, whosever it is."""
    (tmp_path / "loose.toml").write_text(LOOSE)
    crm.run(f"CREATE TABLE sales.loose ({made})")
    crm.run(f"GRANT SELECT ON sales.loose TO {ROLE}")
    try:
        assert ("tables.loose.key: id names no single row" not in checked(tmp_path)) is is_key
        assert "a key is a whole number" not in checked(tmp_path)
    finally:
        crm.run("DROP TABLE sales.loose")


@pytest.mark.parametrize(
    ("rule", "on", "is_named"),
    [
        ("ON DELETE CASCADE", "person", True),
        ("ON DELETE SET NULL", "person", True),
        ("", "person", False),
        ("ON DELETE RESTRICT", "person", False),
        ("ON DELETE CASCADE", "invoice_line", True),
    ],
)
def test_what_the_database_takes_along_by_itself_is_named(crm: Crm, tmp_path: Path, rule: str, on: str, is_named: bool) -> None:
    """Nobody approves it, and a law may keep it."""
    (tmp_path / "crm.toml").write_text(DECLARATION)
    crm.run(f"CREATE TABLE sales.loose (id integer PRIMARY KEY, of bigint REFERENCES sales.{on} {rule})")
    try:
        finding = f"tables.{on}.erase: the database takes rows of loose along with its rows"
        assert (finding in checked(tmp_path)) is is_named
    finally:
        crm.run("DROP TABLE sales.loose")


def test_what_hangs_together_as_declared_may_go_along(crm: Crm, tmp_path: Path) -> None:
    (tmp_path / "crm.toml").write_text(DECLARATION)
    crm.run("ALTER TABLE sales.interaction ADD CONSTRAINT along FOREIGN KEY (person_id) REFERENCES sales.person ON DELETE CASCADE")
    try:
        assert checked(tmp_path).strip() == "crm.toml: crm: 5 tables"
    finally:
        crm.run("ALTER TABLE sales.interaction DROP CONSTRAINT along")


@pytest.mark.parametrize("kind", ["bytea", "timestamptz", "double precision", "boolean", "jsonb"])
def test_a_key_is_what_can_be_written_down_and_asked_for_again(crm: Crm, tmp_path: Path, kind: str) -> None:
    (tmp_path / "loose.toml").write_text(LOOSE)
    crm.run(f"CREATE TABLE sales.loose (id {kind} PRIMARY KEY, email text)")
    crm.run(f"GRANT SELECT ON sales.loose TO {ROLE}")
    try:
        assert "tables.loose.key: id is " in checked(tmp_path)
    finally:
        crm.run("DROP TABLE sales.loose")


def test_a_key_of_bytes_is_called_the_same_each_time() -> None:
    """Else nothing that was prepared would be found again, and all of it would be told as gone."""
    assert row_key("crm", "loose", memoryview(b"\x01")) == row_key("crm", "loose", memoryview(bytearray(b"\x01")))
    assert row_key("crm", "loose", memoryview(b"\x01")) != row_key("crm", "loose", memoryview(b"\x02"))


def test_the_command_says_when_a_database_cannot_be_met(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "crm.toml").write_text(DECLARATION)
    with at_url(monkeypatch, url(password="wrong")):
        assert checked(tmp_path) == "crm.toml: connection: It does not accept our password."
