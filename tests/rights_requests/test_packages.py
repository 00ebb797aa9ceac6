"""The copy of the data: complete, inert, encrypted, taken a few times, and gone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import threading
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from datamap import registry
from datamap.declaration import GivenFile
from datamap.enums import Ground
from datamap.files.sealed import FileUnreadable
from letters.models import Letter
from rights_requests import packages, services
from rights_requests.models import Package
from rights_requests.packages import files, names, tables
from rights_requests.packages.spool import Spool
from tests.accounts.factories import make_contact, make_message, make_staff
from tests.datamap.passing import passed
from tests.rights_requests import cast

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}{% debug %}",
    "</title></style><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    'a"b,c;d\ne',
    "100%s %(x)s",
    "\u202egnp.exe",
]


def unpack(package: Package) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(packages.open_stream(package))))


@pytest.mark.django_db
class TestContent:
    @pytest.fixture
    def answered(self, at):
        for text in NASTY:
            make_message(cast.EMAIL, text=text)
        cast.data_of(messages=0, invoices=1)
        return cast.answered(at=at)

    def test_the_manifest_comes_last_and_is_true(self, answered):
        archive = unpack(answered.package)
        assert archive.testzip() is None
        inside = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))

        assert inside[-1] == "manifest.json"
        assert [file["path"] for file in manifest["files"]] == inside[:-1]
        for file in manifest["files"]:
            content = archive.read(file["path"])
            assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())

    def test_json_gives_back_exactly_what_is_stored(self, answered):
        stored = json.loads(unpack(answered.package).read("data/accounts.messages/messages.json"))

        assert sorted(row["text"] for row in stored["rows"]) == sorted(NASTY)

    def test_csv_holds_the_same_rows_and_no_formula(self, answered):
        text = unpack(answered.package).read("data/accounts.messages/messages.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))

        assert sorted(row["text"] for row in rows) == sorted(map(tables.guarded, NASTY))
        assert not [cell for row in rows for cell in row.values() if cell[:1] in tables.FORMULA_STARTS and cell]

    def test_pages_show_text_as_text_and_may_do_nothing(self, answered):
        archive = unpack(answered.package)
        for name in ("index.html", "information.html"):
            page = archive.read(name).decode()
            assert "<script" not in page
            assert "<img" not in page
            assert "<svg" not in page
            assert not re.search(r"<[^>]+\son\w+=", page)
            assert "default-src &#x27;none&#x27;" in page
            assert not re.search(r"""(?:src|href)=["']?(?:https?:|//|javascript:|data:)""", page)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in archive.read("index.html").decode()

    def test_the_style_is_the_one_that_the_policy_allows(self, answered):
        import base64

        page = unpack(answered.package).read("index.html").decode()
        style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"sha256-{digest}" in page

    @pytest.mark.promise("P036")
    def test_the_information_of_article_15_is_there(self, answered):
        facts = json.loads(unpack(answered.package).read("information.json"))
        contacts = next(source for source in facts["sources"] if source["key"] == "accounts.contacts")

        declared = registry.get("accounts.contacts")
        assert {line["purpose"] for line in contacts["purposes"]} == {
            str(purpose.label) for field in declared.fields for purpose in field.purposes
        }
        assert contacts["category"] == str(declared.category.label)
        assert contacts["origin"] == str(declared.origin_label)
        assert len(contacts["periods"]) == len(declared.retention)
        assert [recipient["name"] for recipient in contacts["recipients"]]
        assert all(recipient["region"] for recipient in contacts["recipients"])
        assert len(facts["rights"]) == 5
        assert len(facts["complaint"]) == 2
        assert "22" in facts["automated_decisions"]

    def test_actual_recipients_are_named(self, at):
        cast.data_of()
        passed("azure", fields=["name"], purpose="service", email=cast.EMAIL, at=at)
        facts = json.loads(unpack(cast.answered(at=at).package).read("information.json"))

        contacts = next(source for source in facts["sources"] if source["key"] == "accounts.contacts")
        words = {"recipient": "Microsoft Azure", "fields": ["Name"], "purpose": "Providing the services you ordered"}
        assert contacts["disclosures"] == [words | {"on": "2026-03-02"}]

    def test_it_is_in_the_language_of_the_person(self, at):
        cast.data_of()
        page = unpack(cast.answered(at=at, language="nl").package).read("index.html").decode()

        assert '<html lang="nl">' in page

    def test_nothing_of_anybody_else_is_in_it(self, at):
        make_contact("somebody.else@customer.example", name="Zoë Elsewhere")
        cast.data_of()
        archive = unpack(cast.answered(at=at).package)

        assert not [name for name in archive.namelist() if b"lsewhere" in archive.read(name)]

    def test_a_withheld_value_is_in_no_member_and_its_place_is_named(self, at):
        row = make_message(cast.EMAIL, text="Piet earns too much")
        make_message(cast.EMAIL, text="I like maps")
        case = cast.collected(at=at)
        services.withhold(
            request_id=case.pk,
            source="accounts.messages",
            part="messages",
            row_key=str(row.pk),
            column="text",
            ground=Ground.THIRD_PARTY_RIGHTS,
            agent_id=make_staff().pk,
            actor=cast.CLERK,
            at=at,
        )
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        archive = unpack(cast.run(case, at=at).package)

        assert not [name for name in archive.namelist() if b"Piet" in archive.read(name)]
        manifest = json.loads(archive.read("manifest.json"))
        assert [(line["row"], line["column"], line["ground"]) for line in manifest["withheld"]] == [
            (str(row.pk), "text", "THIRD_PARTY_RIGHTS")
        ]
        rows = json.loads(archive.read("data/accounts.messages/messages.json"))["rows"]
        assert sorted(line["text"] for line in rows) == ["I like maps", "[left out: it would reveal somebody else]"]
        assert "15(4)" in archive.read("index.html").decode()

    def test_files_lie_in_it_as_given_under_safe_names(self, at, monkeypatch):
        given = [
            GivenFile(key=UUID(int=1), name="../../etc/passwd", size=3, open=lambda: io.BytesIO(b"abc")),
            GivenFile(key=UUID(int=2), name="CON.txt", size=0, open=lambda: io.BytesIO(b"")),
        ]
        monkeypatch.setattr(type(registry.get("accounts.contacts")), "files", lambda *_args: iter(given))
        cast.data_of()
        archive = unpack(cast.answered(at=at).package)

        inside = [name for name in archive.namelist() if name.startswith("files/")]
        assert inside == ["files/accounts.contacts/001-passwd", "files/accounts.contacts/002-_CON.txt"]
        assert archive.read(inside[0]) == b"abc"


@pytest.mark.django_db
class TestAtRest:
    @pytest.fixture
    def package(self, at):
        make_contact(cast.EMAIL, name="Noor Seededmarker")
        return cast.answered(at=at).package

    def test_the_file_is_noise(self, package):
        content = (files.folder() / package.file_name).read_bytes()

        assert content.startswith(b"age-encryption.org/v1")
        assert b"Seededmarker" not in content
        assert b"PK\x03\x04" not in content
        assert (files.folder() / package.file_name).stat().st_mode & 0o777 == 0o600

    def test_what_comes_out_is_what_went_in(self, package):
        content = b"".join(packages.open_stream(package))

        assert (len(content), hashlib.sha256(content).hexdigest()) == (package.size, package.digest)

    @pytest.mark.parametrize("harm", ["cut", "changed"])
    def test_a_harmed_file_is_not_handed_over_as_whole(self, package, harm):
        path = files.folder() / package.file_name
        content = bytearray(path.read_bytes())
        if harm == "cut":
            content = content[:-20]
        else:
            content[-20] ^= 1
        path.write_bytes(content)

        with pytest.raises(FileUnreadable):
            b"".join(packages.open_stream(package))

    def test_a_key_opens_its_own_package_only(self, package, at):
        cast.data_of("other@customer.example")
        other = cast.answered(at=at, email="other@customer.example").package
        other.sealed_key = package.sealed_key

        from cryptography.fernet import InvalidToken

        with pytest.raises(InvalidToken):
            packages.open_stream(other)

    def test_key_and_file_are_destroyed_together(self, package, at, django_capture_on_commit_callbacks):
        path = files.folder() / package.file_name
        with django_capture_on_commit_callbacks(execute=True):
            packages.destroy(package, at=at)

        package.refresh_from_db()
        assert not path.exists()
        assert (bytes(package.sealed_key), package.destroyed_at) == (b"", at)

    def test_a_package_whose_case_was_lost_leaves_no_file(self, at, monkeypatch):
        cast.data_of()
        case = cast.collected(at=at)
        services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
        before = set(files.folder().iterdir())
        monkeypatch.setattr("rights_requests.services.answering.correspondence.access_ready", _broken)

        case = cast.run(case, at=at)

        assert set(files.folder().iterdir()) == before
        assert not Package.objects.filter(request=case).exists()


def _broken(*_args: object, **_kwargs: object) -> None:
    raise OSError


@pytest.mark.django_db
class TestDownload:
    @pytest.fixture
    def case(self, at):
        cast.data_of()
        return cast.answered(at=at)

    def test_three_times_each_told_and_recorded(self, case, at):
        from audit.models import Event

        for left in (2, 1, 0):
            assert services.redeem_download(request_id=case.pk, at=at).downloads_left == left
        with pytest.raises(services.NoDownloadsLeft):
            services.redeem_download(request_id=case.pk, at=at)

        assert Letter.objects.filter(event="package_downloaded", about=case.reference).count() == 3
        events = Event.objects.filter(about=case.reference, action="package.downloaded")
        assert sorted(event.details["left"] for event in events) == [0, 1, 2]

    def test_after_the_last_time_file_and_key_are_destroyed(self, case, at, django_capture_on_commit_callbacks):
        source = registry.get("rights_requests.cases")
        (rule,) = [rule for rule in source.retention if rule.code.endswith(".packages")]
        path = files.folder() / case.package.file_name
        for _number in range(3):
            services.redeem_download(request_id=case.pk, at=at)

        assert source.due(rule, at=at + timedelta(minutes=59), limit=1).keys == ()
        with django_capture_on_commit_callbacks(execute=True):
            source.destroy(source.due(rule, at=at + timedelta(hours=1), limit=1), at=at + timedelta(hours=1))
        package = Package.objects.get(pk=case.pk)
        assert (path.exists(), bytes(package.sealed_key)) == (False, b"")

    def test_the_last_time_prolongs_nothing(self, case, at):
        end = case.package.expires_at
        for _number in range(3):
            services.redeem_download(request_id=case.pk, at=end - timedelta(minutes=5))

        assert Package.objects.get(pk=case.pk).expires_at == end

    @pytest.mark.parametrize(("late", "works"), [(timedelta(days=7, seconds=-1), True), (timedelta(days=7), False)])
    def test_for_seven_days(self, case, at, late, works):
        if works:
            assert services.redeem_download(request_id=case.pk, at=at + late)
        else:
            with pytest.raises(services.PackageGone):
                services.redeem_download(request_id=case.pk, at=at + late)

    def test_none_where_there_is_none(self, at):
        case = cast.collected(at=at)

        with pytest.raises(services.PackageGone):
            services.redeem_download(request_id=case.pk, at=at)


class TestTables:
    ROW = (
        UUID(int=7),
        'Zoë, "x"',
        -5,
        Decimal("12.50"),
        True,
        None,
        date(2026, 3, 2),
        datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
    )
    NAMES = ("id", "text", "number", "amount", "flag", "nothing", "day", "instant")

    def written(self, rows):
        return list(tables.batches(iter(rows), names=self.NAMES, withheld={}, marker="-"))

    def test_every_kind_of_value_is_written_in_full(self):
        (batch,) = self.written([self.ROW])

        assert json.loads(batch.json) == {
            "id": str(UUID(int=7)),
            "text": 'Zoë, "x"',
            "number": -5,
            "amount": "12.50",
            "flag": True,
            "nothing": None,
            "day": "2026-03-02",
            "instant": "2026-03-02T08:30:00+00:00",
        }
        (cells,) = csv.reader(io.StringIO(batch.csv.decode(), newline=""))
        assert cells == [str(UUID(int=7)), 'Zoë, "x"', "-5", "12.50", "true", "", "2026-03-02", "2026-03-02T08:30:00+00:00"]

    def test_mixed_columns_are_written_value_by_value(self):
        empty = tuple(None for _name in self.NAMES)
        (batch,) = self.written([self.ROW, empty, ("=1", "=2", 3, "=4", False, "=6", "=7", "=8")])

        rows = list(csv.reader(io.StringIO(batch.csv.decode(), newline="")))
        assert rows[1] == [""] * 8
        assert rows[2] == ["'=1", "'=2", "3", "'=4", "false", "'=6", "'=7", "'=8"]
        assert json.loads(f"[{batch.json.decode()}]")[2]["text"] == "=2"

    @pytest.mark.parametrize("count", [0, 1, 1999, 2000, 2001, 4500])
    def test_rows_are_neither_lost_nor_doubled_between_batches(self, count):
        batches = self.written([(number, *self.ROW[1:]) for number in range(count)])

        assert [row[0] for batch in batches for row in batch.rows] == list(range(count))
        rows = json.loads("[" + ",".join(batch.json.decode() for batch in batches) + "]")
        assert [row["id"] for row in rows] == list(range(count))

    @pytest.mark.parametrize("start", sorted(tables.FORMULA_STARTS))
    def test_every_start_of_a_formula_is_guarded(self, start):
        assert tables.guarded(f"{start}1") == f"'{start}1"

    def test_ordinary_text_stays_as_it_is(self):
        assert [tables.guarded(text) for text in ("", "a=b", "1-2", "'x")] == ["", "a=b", "1-2", "'x"]


class TestSpool:
    @pytest.mark.parametrize("pieces", [0, 1, 5, 40])
    def test_what_goes_in_comes_out_in_order(self, tmp_path, pieces):
        spool = Spool(tmp_path)
        written = [bytes([number]) * 100_000 for number in range(pieces)]
        for piece in written:
            spool.add(piece)

        assert b"".join(spool.drain()) == b"".join(written)
        assert not list(tmp_path.iterdir())


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd",
            "..",
            ".",
            "",
            "/",
            "a\\..\\b",
            "C:\\x\\y.txt",
            "nul",
            "aux.pdf",
            "x" * 300 + ".pdf",
            "\x00a",
            "a\nb",
            "\u202efdp.exe",
            "Ünïcödé.pdf",
            ".htaccess",
            "a/b/c.txt",
            "-rf",
            "c*?<>|.txt",
            "．．／x",
        ],
    )
    def test_no_name_leaves_its_folder_or_means_anything(self, name):
        safe = names.safe(name)

        assert safe
        assert len(safe) <= 81
        assert not set(safe) & set('/\\:*?"<>|\0\n\r\u202e')
        assert safe.strip(". ") == safe or safe.startswith("_")
        assert safe not in {".", ".."}
        assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", safe)
        assert names.of_file(source="a.b", number=1, name=name).split("/")[:2] == ["files", "a.b"]

    def test_keys_of_sources_are_never_cut(self):
        """Two sources of a room whose names begin alike do not share a folder."""
        paths = {names.of_part(source=f"recruitment.applications{end}", part="rows", ending="csv") for end in ("", "-files")}

        assert paths == {"data/recruitment.applications/rows.csv", "data/recruitment.applications-files/rows.csv"}

    def test_an_ending_stays(self):
        assert names.safe("x" * 300 + ".pdf").endswith("x.pdf")


@pytest.mark.django_db
def test_an_answer_takes_as_many_statements_as_ever(at, django_assert_num_queries):
    """From the bell to the letter. Each is for something that is there: a source of which the person has nothing adds none."""
    cast.data_of(email="somebody.else@customer.example", contacts=2, messages=3, invoices=1)
    cast.answered(at=at, email="somebody.else@customer.example")
    cast.data_of(contacts=2, messages=3, invoices=1)
    case = cast.collected(at=at)
    services.answer(request_id=case.pk, actor=cast.CLERK, at=at)

    with django_assert_num_queries(31):
        case = cast.run(case, at=at)

    assert case.package


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_no_more_than_there_are(at):
    cast.data_of()
    case = cast.answered(at=at)
    taken = []

    def take() -> None:
        with suppress(services.NoDownloadsLeft):
            taken.append(services.redeem_download(request_id=case.pk, at=at))
        connection.close()

    threads = [threading.Thread(target=take) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 3
    assert Package.objects.get(pk=case.pk).downloads_left == 0
