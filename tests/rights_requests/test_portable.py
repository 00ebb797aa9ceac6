"""What a person takes elsewhere: what the right covers and nothing else, conforming to its schema, with reasons for the rest."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from datamap import portable, registry
from datamap.declaration import Field, GivenFile, Purpose
from datamap.enums import Basis, Ground, Origin
from letters.models import Letter
from letters.services import text_of
from rights_requests import packages, services
from rights_requests.enums import Outcome, Right, Status, Verb
from rights_requests.models import Package
from rights_requests.packages import conforming, tables
from rights_requests.packages.conforming import NotConforming
from rights_requests.workflow import TransitionNotAllowed
from tests.accounts.factories import make_contact, make_invoice, make_message, make_staff, make_user
from tests.rights_requests import cast
from tests.rights_requests.test_packages import NASTY

pytestmark = pytest.mark.django_db

SCHEMA = json.loads(conforming.SCHEMA.read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)


def unpack(package: Package) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(packages.open_stream(package))))


def answered(at, **fields):
    case = cast.collected(Right.PORTABILITY, at=at, **fields)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    return cast.run(case, at=at)


def manifest_of(case) -> dict:
    return json.loads(unpack(case.package).read("manifest.json"))


def letter(case, event: str) -> str:
    return " ".join(text_of(Letter.objects.get(about=case.reference, event=event)).split())


class TestRule:
    """The declared fields alone, without a database row."""

    CONTRACT = Purpose("c", "c", Basis.CONTRACT, is_objectable=False)
    CONSENT = Purpose("k", "k", Basis.CONSENT, is_objectable=True)
    DUTY = Purpose("d", "d", Basis.LEGAL_OBLIGATION, is_objectable=False)
    INTEREST = Purpose("i", "i", Basis.LEGITIMATE_INTEREST, is_objectable=True)

    @pytest.mark.parametrize(
        ("origin", "purposes", "is_portable", "expected"),
        [
            (Origin.PROVIDED, (CONTRACT,), None, None),
            (Origin.OBSERVED, (CONSENT,), None, None),
            (Origin.PROVIDED, (DUTY, INTEREST, CONTRACT), None, None),
            (Origin.PROVIDED, (DUTY,), True, None),
            (Origin.PROVIDED, (DUTY,), None, Ground.NOT_PORTABLE_BASIS),
            (Origin.OBSERVED, (INTEREST,), None, Ground.NOT_PORTABLE_BASIS),
            (Origin.OBSERVED, (DUTY,), False, Ground.NOT_PORTABLE_BASIS),
            (Origin.PROVIDED, (CONTRACT,), False, Ground.NOT_PROVIDED),
            (Origin.INFERRED, (CONTRACT,), None, Ground.NOT_PROVIDED),
            (Origin.INFERRED, (CONTRACT,), True, Ground.NOT_PROVIDED),
        ],
    )
    def test_what_goes_and_why_the_rest_stays(self, origin, purposes, is_portable, expected, monkeypatch):
        source = registry.get("accounts.messages")
        field = Field("text", "Text", origin, purposes, is_portable=is_portable)
        assert portable.why_not(source, field) == expected

        monkeypatch.setattr(type(source), "is_automated", False)
        assert portable.why_not(source, field) == Ground.NOT_AUTOMATED

    def test_every_column_that_is_handed_over_shows_a_declared_field(self, at):
        """Otherwise it would stay for no declared reason."""
        cast.data_of(invoices=1)
        make_user(cast.EMAIL)
        case = cast.collected(at=at)
        undeclared = [
            f"{source.key} {part.name}.{column}"
            for source in registry.all_sources()
            if not source.is_handling
            for part in source.export(case.subject)
            for column, _label in part.columns[1:]
            if portable.field_of(source, part.name, column) is None
        ]
        assert undeclared == []

    def test_what_the_desk_announces_is_what_goes(self, at):
        cast.data_of(invoices=1)
        make_user(cast.EMAIL)
        case = answered(at)
        gone = {(table["source"], field["label"]) for table in manifest_of(case)["tables"] for field in table["fields"]}
        announced = {
            (task.source, str(field.label))
            for task in case.tasks.filter(verb=Verb.FIND)
            for field in portable.sorted_fields(registry.get(task.source), task.result["counts"])[0]
        }
        assert gone == announced


class TestPackage:
    @pytest.fixture
    def case(self, at):
        for text in NASTY:
            make_message(cast.EMAIL, text=text)
        cast.data_of(messages=0, invoices=2)
        make_user(cast.EMAIL)
        make_message("stranger@elsewhere.example", text="somebody else's words")
        make_contact("stranger@elsewhere.example")
        return answered(at)

    @pytest.mark.promise("P004")
    @pytest.mark.promise("P041")
    def test_consent_and_contract_go_and_the_rest_stays_with_its_reason(self, case):
        manifest = manifest_of(case)
        tables_of = {table["source"]: table for table in manifest["tables"]}

        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.PARTIAL)
        assert set(tables_of) == {"accounts.contacts", "accounts.messages", "accounts.profile"}
        names = [field["name"] for field in tables_of["accounts.contacts"]["fields"]]
        assert {"name", "email", "company", "last_act_at"} <= set(names)
        assert not {"id", "street", "sector", "interest"} & set(names)
        left_out = {(one["source"], one["field"]): one["reason"] for one in manifest["left_out"]}
        assert left_out["accounts.contacts", "contacts.street"] == "NOT_PORTABLE_BASIS"
        assert left_out["accounts.invoices", "number"] == "NOT_PORTABLE_BASIS"
        assert ("accounts.contacts", "contacts.name") not in left_out

    @pytest.mark.promise("P004")
    def test_what_we_concluded_is_in_no_file_of_it_although_the_declarations_know_it(self, case):
        """Inferred fields belong into a copy of everything, and not into this product (WP242)."""
        inferred = {
            (source.key, field.name) for source in registry.all_sources() for field in source.fields if field.origin == Origin.INFERRED
        }
        sent = {
            (table["source"], name)
            for table in manifest_of(case)["tables"]
            for field in table["fields"]
            for name in (field["name"], f"{table['part']}.{field['name']}")
        }
        assert inferred
        assert sent
        assert not inferred & sent

    @pytest.mark.promise("P041")
    def test_every_document_conforms_to_the_published_schema(self, case):
        archive = unpack(case.package)
        assert json.loads(archive.read("schemas/portability-1.json")) == SCHEMA
        documents = [name for name in archive.namelist() if name.endswith(".json") and not name.startswith("schemas/")]
        assert len(documents) == 4
        for name in documents:
            VALIDATOR.validate(json.loads(archive.read(name)))

    @pytest.mark.promise("P041")
    def test_the_manifest_comes_last_and_is_true(self, case):
        archive = unpack(case.package)
        manifest = json.loads(archive.read("manifest.json"))

        assert archive.namelist()[-1] == "manifest.json"
        assert [file["path"] for file in manifest["files"]] == archive.namelist()[:-1]
        for file in manifest["files"]:
            content = archive.read(file["path"])
            assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert manifest["schema"].endswith("/schemas/portability-1.json")
        assert {field["origin"] for table in manifest["tables"] for field in table["fields"]} == {"provided", "observed"}

    @pytest.mark.promise("P041")
    def test_json_gives_back_exactly_what_is_stored_and_csv_no_formula(self, case):
        archive = unpack(case.package)
        stored = json.loads(archive.read("data/accounts.messages.messages.json"))
        text = archive.read("data/accounts.messages.messages.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))

        assert sorted(row["text"] for row in stored["rows"]) == sorted(NASTY)
        assert sorted(row["text"] for row in rows) == sorted(map(tables.guarded, NASTY))
        assert not [cell for row in rows for cell in row.values() if cell[:1] in tables.FORMULA_STARTS and cell]

    def test_nobody_elses_data_and_no_key_of_ours_is_in_it(self, case):
        archive = unpack(case.package)
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()

        assert "stranger@" not in everything
        assert "somebody else" not in everything.replace("somebody else]", "")
        assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", everything)

    def test_the_readme_speaks_the_persons_language_and_may_do_nothing(self, at):
        cast.data_of(invoices=1)
        make_message(cast.EMAIL, text="<script>alert(1)</script>")
        page = unpack(answered(at, language="nl").package).read("README.html").decode()

        assert '<html lang="nl">' in page
        assert "<script" not in page
        assert "default-src &#x27;none&#x27;" in page
        assert "data/accounts.messages.messages.csv" in page

    def test_rows_of_several_batches_come_in_one_piece(self, at, monkeypatch):
        monkeypatch.setattr(tables, "ROWS_AT_A_TIME", 2)
        cast.data_of(messages=5, contacts=0)
        case = answered(at)
        stored = json.loads(unpack(case.package).read("data/accounts.messages.messages.json"))
        VALIDATOR.validate(stored)
        assert (len(stored["rows"]), manifest_of(case)["tables"][0]["rows"], case.package.rows) == (5, 5, 5)

    def test_only_files_that_a_declared_field_says_were_given_go(self, at, monkeypatch):
        cast.data_of()
        given = [
            GivenFile(key=None, name="../cv.pdf", size=3, open=lambda: io.BytesIO(b"abc"), field="text"),
            GivenFile(key=None, name="notes-about-you.pdf", size=3, open=lambda: io.BytesIO(b"xyz")),
        ]
        monkeypatch.setattr(type(registry.get("accounts.messages")), "files", lambda self, subject: iter(given))
        case = answered(at)
        archive = unpack(case.package)

        assert [name for name in archive.namelist() if name.startswith("files/")] == ["files/accounts.messages/001-cv.pdf"]
        assert archive.read("files/accounts.messages/001-cv.pdf") == b"abc"
        left_out = {(one["source"], one["field"]): one["reason"] for one in manifest_of(case)["left_out"]}
        assert left_out["accounts.messages", "files"] == "NOT_PROVIDED"


class TestChecks:
    """Our own check refuses what the schema refuses: it is what stands between a mistake and the person."""

    @pytest.fixture
    def documents(self, at):
        cast.data_of(invoices=1)
        row = make_message(cast.EMAIL, text="My colleague Piet")
        case = cast.collected(Right.PORTABILITY, at=at)
        withhold(case, row, at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        archive = unpack(cast.run(case, at=at).package)
        table = json.loads(archive.read("data/accounts.messages.messages.json"))
        return json.loads(archive.read("manifest.json")), table

    def ours(self, document: dict) -> bool:
        try:
            if document.get("document") == "manifest":
                conforming.check_manifest(json.dumps(document).encode())
                return True
            rows = document.get("rows")
            head = {**document, "rows": []} if isinstance(rows, list) else document
            conforming.check_table(json.dumps(head).encode(), path="t")
            conforming.rows_checker(document["fields"], path="t")(json.dumps(rows)[1:-1].encode())
        except NotConforming:
            return False
        return True

    def test_each_thing_taken_out_or_turned_round_is_refused_by_both(self, documents):
        tried = 0
        for document in documents:
            assert self.ours(document)
            assert VALIDATOR.is_valid(document)
            for changed in mutants(document):
                tried += 1
                # Ours may be stricter, never laxer.
                assert VALIDATOR.is_valid(changed) or not self.ours(changed), changed
                if not VALIDATOR.is_valid(changed):
                    assert not self.ours(changed)
        assert tried > 100

    @pytest.mark.parametrize(
        ("type_", "wrong"),
        [
            ("string", 1),
            ("integer", True),
            ("integer", 1.5),
            ("boolean", 1),
            ("date", "1 June"),
            ("date-time", "2026-06-01"),
            ("decimal", 1),
        ],
    )
    def test_a_value_is_of_the_type_that_its_column_declares(self, type_, wrong):
        check = conforming.rows_checker([{"name": "a", "type": type_}], path="t")
        check(b'{"a": null}')
        with pytest.raises(NotConforming):
            check(json.dumps({"a": wrong}).encode())

    @pytest.mark.parametrize("rows", [b'{"a": NaN}', b'{"a": "x", "a": "y"}', b'{"a": "x"', b'{"a": "x", "b": "y"}', b"{}"])
    def test_what_is_no_row_is_refused(self, rows):
        check = conforming.rows_checker([{"name": "a", "type": "string"}], path="t")
        with pytest.raises(NotConforming):
            check(rows)

    def test_a_package_that_does_not_conform_never_leaves(self, at, monkeypatch, settings):
        cast.data_of()
        case = cast.collected(Right.PORTABILITY, at=at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        monkeypatch.setattr(conforming, "check_manifest", lambda written: conforming._insist(False, "manifest.json"))
        before = set(packages.files.folder().iterdir())
        case = cast.run(case, at=at)

        assert case.status == Status.CARRYING_OUT
        assert case.tasks.get(verb=Verb.PACKAGE).error == "NotConforming"
        assert set(packages.files.folder().iterdir()) == before
        assert not Letter.objects.filter(event="portable_ready").exists()


def mutants(document, path=()):
    """The document with one thing at a time gone, renamed, or of another type."""
    at = document
    for step in path:
        at = at[step]
    keys = list(at) if isinstance(at, dict) else range(min(len(at), 1)) if isinstance(at, list) else ()
    for key in keys:
        for change in ("gone", "renamed", "other"):
            changed = copy.deepcopy(document)
            here = changed
            for step in path:
                here = here[step]
            if change == "gone":
                del here[key]
            elif change == "renamed" and isinstance(here, dict):
                here[f"{key} x"] = here.pop(key)
            else:
                here[key] = [] if not isinstance(here[key], list) else "text"
            if changed != document:
                yield changed
        yield from mutants(document, (*path, key))


def withhold(case, row, at, column="text"):
    services.withhold(
        request_id=case.pk,
        source="accounts.messages",
        part="messages",
        row_key=str(row.pk),
        column=column,
        ground=Ground.THIRD_PARTY_RIGHTS,
        agent_id=make_staff().pk,
        actor=cast.CLERK,
        at=at,
    )


class TestAnswer:
    def test_a_value_about_somebody_else_is_left_out_and_named(self, at):
        row = make_message(cast.EMAIL, text="My colleague Piet earns too much")
        case = cast.collected(Right.PORTABILITY, at=at)
        withhold(case, row, at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        case = cast.run(case, at=at)
        archive = unpack(case.package)

        assert b"Piet" not in b"".join(archive.read(name) for name in archive.namelist())
        assert json.loads(archive.read("data/accounts.messages.messages.json"))["rows"][0]["text"] is None
        assert manifest_of(case)["withheld"] == [
            {"source": "accounts.messages", "part": "messages", "field": "text", "row": 1, "ground": "THIRD_PARTY_RIGHTS"}
        ]
        assert case.outcome == Outcome.PARTIAL
        assert "20(4)" in letter(case, "portable_ready")
        assert "15(4)" not in letter(case, "portable_ready")

    def test_everything_portable_is_an_answer_in_full(self, at):
        make_message(cast.EMAIL)
        case = answered(at)
        assert case.outcome == Outcome.COMPLETE
        assert {registry.get(one["source"]).is_handling for one in manifest_of(case)["left_out"]} <= {True}

    @pytest.mark.parametrize(("language", "why"), [("en", "Neither consent nor contract"), ("fr", "art. 20"), ("nl", "art. 20")])
    def test_the_letter_lists_what_stays_and_why(self, at, language, why):
        cast.data_of(invoices=1)
        case = answered(at, language=language)
        assert why in letter(case, "portable_ready").replace("\xa0", " ")

    @pytest.mark.parametrize("language", ["en", "fr", "nl"])
    def test_nothing_portable_is_told_with_the_reasons_and_leaves_no_file(self, at, language):
        make_invoice(cast.EMAIL)
        before = set(packages.files.folder().iterdir())
        case = answered(at, language=language)

        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.NOTHING_HELD)
        assert not Package.objects.filter(request=case).exists()
        assert set(packages.files.folder().iterdir()) == before
        text = letter(case, "portable_nothing")
        assert "20" in text
        assert "contact@apd-gba.be" in text
        assert len(re.findall(r"(?i)invoices|factures|facturen", text)) >= 2

    def test_nothing_held_at_all(self, at):
        case = answered(at)
        assert (case.status, case.outcome) == (Status.ANSWERED, Outcome.NOTHING_HELD)
        assert not case.tasks.filter(verb=Verb.PACKAGE).exists()
        assert "why the right does not cover it" not in letter(case, "portable_nothing")

    @pytest.mark.parametrize(
        ("ground", "attribute", "value"),
        [("NOT_AUTOMATED", "is_automated", False), ("NOT_PROVIDED", "fields", None), ("NOT_PORTABLE_BASIS", None, None)],
    )
    def test_each_reason_code_is_given(self, at, monkeypatch, ground, attribute, value):
        source = type(registry.get("accounts.messages"))
        inferred = tuple(Field(one.name, one.label, Origin.INFERRED, one.purposes) for one in source.fields)
        if attribute:
            monkeypatch.setattr(source, attribute, inferred if attribute == "fields" else value)
        make_message(cast.EMAIL)
        make_invoice(cast.EMAIL)
        make_contact(cast.EMAIL)
        case = answered(at)
        reasons = {one["reason"] for one in manifest_of(case)["left_out"] if not registry.get(one["source"]).is_handling}
        assert ground in reasons
        assert str(Ground(ground).label) in letter(case, "portable_ready")

    def test_pressed_twice_it_answers_once(self, at):
        cast.data_of()
        case = cast.collected(Right.PORTABILITY, at=at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        with pytest.raises(TransitionNotAllowed):
            services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        case = cast.run(cast.run(case, at=at), at=at)
        assert Letter.objects.filter(event="portable_ready", about=case.reference).count() == 1

    @pytest.mark.parametrize("moment", [cast.file, cast.confirmed])
    def test_too_early_is_refused(self, at, moment):
        case = moment(Right.PORTABILITY, at=at)
        with pytest.raises(TransitionNotAllowed):
            services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

    def test_it_is_taken_three_times_for_seven_days(self, at):
        cast.data_of()
        case = answered(at)
        assert case.package.expires_at == at + timedelta(days=7)
        for _time in range(3):
            services.redeem_download(request_id=case.pk, at=at)
        with pytest.raises(services.NoDownloadsLeft):
            services.redeem_download(request_id=case.pk, at=at)

    def test_nothing_is_erased_by_it(self, at):
        cast.data_of(invoices=1)
        case = answered(at)
        assert {key: sum(registry.get(key).count(case.subject).values()) for key in ("accounts.contacts", "accounts.messages")} == {
            "accounts.contacts": 1,
            "accounts.messages": 1,
        }
