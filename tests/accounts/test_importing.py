from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.importing.findings import SHOWN, NotImported
from accounts.importing.loading import load
from accounts.importing.merging import Counts
from accounts.models import Company, Contact, Invoice
from audit.actor import Actor
from audit.models import Event
from datamap import registry
from datamap.models import StatutoryPeriod
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.services import block_import, restrict, subject_for

pytestmark = pytest.mark.django_db

HEAD = (
    "kind,number,name,email,company,country,language,phone,collected_at,last_act_at,"
    "billing_name,billing_email,billing_address,issued_on,amount,interest"
)
CUSTOMER = "customer,K1,Brouwerij De Linde,,,BE,,,,,,,,,,"
CONTACT = "contact,C1,An Peeters,An@Linde.example,K1,BE,nl,+32 2 555 01 40,2024-02-01,,,,,,,"
INVOICE = 'invoice,F1,,,K1,BE,,,,,De Linde,an@linde.example,"Kerkstraat 1, 1700 Dilbeek",2024-03-31,121.5,'
GOOD = [HEAD, CUSTOMER, CONTACT, INVOICE]


def take(lines, at, ending="\n"):
    return load(io.BytesIO(ending.join(lines).encode()), at=at)


def refused(lines, at):
    with pytest.raises(NotImported) as caught:
        take(lines, at)
    assert not Company.objects.exists()
    assert not Contact.objects.exists()
    assert not Invoice.objects.exists()
    return [str(finding) for finding in caught.value.findings.shown]


def test_good_file_brings_every_kind(at):
    counts = take(GOOD, at)
    assert {kind: (count.added, count.changed, count.same) for kind, count in counts.items()} == {
        "customer": (1, 0, 0),
        "contact": (1, 0, 0),
        "invoice": (1, 0, 0),
    }
    contact = Contact.objects.get()
    assert (contact.email, contact.company.number, contact.language) == ("an@linde.example", "K1", "nl")
    assert contact.collected_at == contact.last_act_at
    assert contact.collected_at.isoformat() == "2024-01-31T23:00:00+00:00"
    invoice = Invoice.objects.get()
    assert (invoice.amount, invoice.currency, invoice.company.number) == (Decimal("121.50"), "EUR", "K1")


def test_invoice_gets_the_day_until_which_the_law_keeps_it(at):
    take(GOOD, at)
    assert Invoice.objects.get().keep_until == date(2034, 12, 31)


def test_an_invoice_that_no_law_covers_is_named_by_its_line(at):
    """Nobody knows how long to keep it: the register has to say so first."""
    StatutoryPeriod.objects.filter(country="BE", document="invoice").update(valid_from=date(2024, 4, 1))
    later = INVOICE.replace("F1", "F2").replace("2024-03-31", "2024-04-01")
    again = INVOICE.replace("F1", "F3")
    assert refused([HEAD, CUSTOMER, later, INVOICE, again], at) == [
        "line 4, issued_on: no law in the register says how long an invoice of this day is kept in BE"
    ]


@pytest.mark.promise("P046", "P068")
def test_an_invoice_that_no_law_keeps_any_more_does_not_come_and_one_that_was_purged_does_not_come_back(at):
    """The last day is the 31st of December of the tenth year, in Brussels."""
    midnight = datetime(2034, 12, 31, 23, tzinfo=UTC)
    assert take(GOOD, midnight)["invoice"] == Counts(added=0, changed=0, same=0, erased=0, restricted=0, over=1)
    assert not Invoice.objects.exists()
    assert take(GOOD, midnight - timedelta(seconds=1))["invoice"] == Counts(added=1, changed=0, same=0, erased=0, restricted=0)
    assert take(GOOD, midnight)["invoice"] == Counts(added=0, changed=0, same=1, erased=0, restricted=0)
    Invoice.objects.all().delete()
    block_import(values=["an@linde.example"], at=midnight)
    assert take(GOOD, midnight)["invoice"] == Counts(added=0, changed=0, same=0, erased=1, restricted=0)


def test_what_is_past_its_day_and_set_aside_counts_once_as_set_aside(at):
    subject = subject_for(identifiers=[(IdentifierKind.EMAIL, "an@linde.example")], method=IdentityMethod.MAILBOX, at=at)
    restrict(subject_id=subject.pk, ground=RestrictionGround.CLAIMS, actor=Actor.system("test"), at=at)
    over = datetime(2034, 12, 31, 23, tzinfo=UTC)
    assert take(GOOD, over)["invoice"] == Counts(added=0, changed=0, same=0, erased=0, restricted=1, over=0)
    assert not Invoice.objects.exists()


def test_same_file_twice_changes_nothing(at):
    take(GOOD, at)
    before = [list(model.objects.values()) for model in (Company, Contact, Invoice)]
    counts = take(GOOD, at)
    assert all((count.added, count.changed, count.same) == (0, 0, 1) for count in counts.values())
    assert [list(model.objects.values()) for model in (Company, Contact, Invoice)] == before


def test_changed_line_changes_its_row_and_absent_columns_stay(at):
    take(GOOD, at)
    counts = take(["kind,number,name,email,collected_at", "contact,C1,An Peeters-Maes,an@linde.example,2024-02-01"], at)
    assert counts["contact"].changed == 1
    contact = Contact.objects.get()
    assert (contact.name, contact.phone, contact.company.number) == ("An Peeters-Maes", "+32 2 555 01 40", "K1")


@pytest.mark.promise("P069")
def test_a_file_that_knows_less_of_the_person_does_not_take_their_last_act_back(at):
    take(GOOD, at)
    here = at - timedelta(days=30)
    Contact.objects.update(last_act_at=here)
    dated = "kind,number,name,email,collected_at,last_act_at"
    take([dated, "contact,C1,An Peeters,an@linde.example,2024-02-01,2025-03-04"], at)
    assert Contact.objects.get().last_act_at == here
    take([dated, "contact,C1,An Peeters,an@linde.example,2024-02-01,2026-02-20"], at)
    assert Contact.objects.get().last_act_at > here


def test_empty_column_empties_and_a_company_can_be_left(at):
    take(GOOD, at)
    take([HEAD, CONTACT.replace("K1", "").replace("+32 2 555 01 40", "")], at)
    contact = Contact.objects.get()
    assert (contact.company, contact.phone) == (None, "")


def test_issued_invoice_is_never_changed(at):
    take(GOOD, at)
    with pytest.raises(NotImported, match="line 2, number: this invoice exists with other contents"):
        take([HEAD, INVOICE.replace("121.5", "99")], at)
    assert Invoice.objects.get().amount == Decimal("121.50")


def test_json_lines_say_the_same(at):
    rows = [
        {"kind": "customer", "number": "K1", "name": "Brouwerij De Linde", "country": "be"},
        {
            "kind": "contact",
            "number": "C1",
            "name": "An Peeters",
            "email": "an@linde.example",
            "company": "K1",
            "collected_at": "2024-02-01T10:00:00+01:00",
            "phone": None,
        },
        {
            "kind": "invoice",
            "number": 17,
            "billing_name": "De Linde",
            "billing_email": "an@linde.example",
            "billing_address": "Kerkstraat 1",
            "country": "FR",
            "issued_on": "2024-03-31",
            "amount": 121.10,
        },
    ]
    take([json.dumps(row) for row in rows], at)
    assert Invoice.objects.get().amount == Decimal("121.10")
    assert Invoice.objects.get().number == "17"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_byte_order_mark_line_ends_semicolons_and_quoted_breaks_are_read(at, ending):
    lines = ["\ufeff" + HEAD.replace(",", ";"), CUSTOMER.replace(",", ";").replace("Brouwerij De Linde", '"De ""Linde""; bier"')]
    take(lines, at, ending)
    assert Company.objects.get().name == 'De "Linde"; bier'


BAD = {
    "no kind": (["oops" + CONTACT[7:]], "line 2, kind: must be one of"),
    "no number": ([CUSTOMER.replace("K1", "")], "line 2, number: is needed and empty"),
    "bad address": ([CUSTOMER, CONTACT.replace("An@Linde.example", "an@linde")], "line 3, email: not an e-mail address"),
    "card in an address": (
        [CUSTOMER, CONTACT.replace("An@Linde.example", "4111111111111111@linde.example")],
        "line 3, email: there is the number of a payment card",
    ),
    "bad country": ([CUSTOMER.replace("BE", "XX")], "line 2, country: not a country code"),
    "bad date": ([CUSTOMER, CONTACT.replace("2024-02-01", "01/02/2024")], "line 3, collected_at: not a date"),
    "future": ([CUSTOMER, CONTACT.replace("2024-02-01", "2099-02-01")], "line 3, collected_at: the date lies"),
    "bad language": ([CUSTOMER, CONTACT.replace(",nl,", ",de,")], "line 3, language: not one of"),
    "bad phone": ([CUSTOMER, CONTACT.replace("+32 2 555 01 40", "call me")], "line 3, phone: not a telephone"),
    "bad amount": ([CUSTOMER, INVOICE.replace("121.5", "121,5").replace("121,5", '"121,5"')], "line 3, amount: not an amount"),
    "too long": ([CUSTOMER.replace("Brouwerij De Linde", "x" * 161)], "line 2, name: longer than 160"),
    "control": ([CUSTOMER.replace("De Linde", "De\x00Linde")], "line 2, name: contains a line break or a control"),
    "line break": ([CUSTOMER.replace("Brouwerij De Linde", '"De\nLinde"')], "line 2, name: contains a line break"),
    "unknown customer": ([CONTACT], "line 2, company: no customer has this number"),
    "twice": ([CUSTOMER, CUSTOMER], "line 3, number: stands in the file twice"),
    "not its column": ([CUSTOMER.replace(",BE,,,", ",BE,nl,,")], "line 2, language: does not belong to this kind"),
    "too many cells": ([CUSTOMER + ",,,more"], "line 2: 19 values for 16 columns"),
    "broken quotes": ([CUSTOMER.replace("Brouwerij", '"Brouwerij" x')], "line 2: "),
    "act before collection": ([CUSTOMER, CONTACT.replace("2024-02-01,", "2024-02-01,2023-01-01")], "line 3, last_act_at: lies before"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_line_is_named_with_column_and_reason_and_nothing_comes(at, case):
    lines, message = BAD[case]
    found = refused([HEAD, *lines], at)
    assert any(finding.startswith(message) for finding in found), found


def test_unknown_column_is_named_once(at):
    found = refused([f"{HEAD},iban", *[f"{CUSTOMER.replace('K1', f'K{n}')},BE68" for n in range(3)]], at)
    assert found == ["line 2, iban: no such column"]


def test_bad_line_after_good_ones_takes_them_back_too(at):
    many = [CUSTOMER.replace("K1", f"K{number}") for number in range(3000)]
    assert refused([HEAD, *many, CUSTOMER.replace("BE", "XX")], at) == [
        "line 3002, country: not a country code of two letters (ISO 3166)",
    ]


def test_many_bad_lines_are_counted_and_the_first_are_shown(at):
    with pytest.raises(NotImported) as caught:
        take([HEAD, *[CUSTOMER.replace("BE", "XX").replace("K1", f"K{n}") for n in range(200)]], at)
    assert caught.value.findings.count == 200
    assert len(caught.value.findings.shown) == SHOWN
    assert str(caught.value).endswith("and 150 more")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: the file is empty"),
        (b"\n \n", "line 1: the file is empty"),
        (HEAD.encode() + b"\ncustomer,K1,Caf\xe9,,,BE,,,,,,,,,,\n", "line 2: not UTF-8 text (byte 0xe9)"),
        (b"kind,number,number\n", "line 1: a column stands there twice: number"),
        (HEAD.encode() + b"\ncustomer,K1," + b"x" * 200_000 + b",,,BE,,,,,,,,,,\n", "line 2: field larger than field limit"),
        (b"kind,number\n" + b"x" * 1_100_000, "line 2: the line is longer than 1,000,000 bytes"),
        (b'{"kind": "customer"\n', "line 1: not a line of JSON"),
        (b'{"kind": "customer", "kind": "contact"}\n', "line 1: not a line of JSON: a name stands there twice"),
        (b'{"kind": "customer", "Number": "1", "number ": "2"}\n', "line 1: not a line of JSON: a name stands there twice"),
        (b'{"kind": "customer", "number": "1", "name": "\\ud83d", "country": "BE"}\n', "line 1, name: contains half a character"),
        (b'{"kind": "customer", "number": true, "name": ["x"], "country": "BE"}\n', "line 1, number: must be text or a number"),
    ],
)
def test_file_that_cannot_be_read_says_where_and_why(at, content, message):
    with pytest.raises(NotImported) as caught:
        load(io.BytesIO(content), at=at)
    assert str(caught.value.findings.shown[0]).startswith(message)


def test_the_erased_are_not_revived_and_are_counted(at):
    block_import(values=["an@linde.example"], at=at)
    counts = take(GOOD, at)
    assert (counts["contact"].added, counts["contact"].erased) == (0, 1)
    assert (counts["invoice"].added, counts["invoice"].erased) == (0, 1)
    assert not Contact.objects.exists()
    assert not Invoice.objects.exists()


def test_the_erased_are_not_revived_under_their_number_with_another_address(at):
    block_import(values=["contact:C1"], at=at)
    assert take(GOOD, at)["contact"].erased == 1


def test_somebody_who_came_back_by_themselves_is_kept_up_to_date(at):
    take(GOOD, at)
    block_import(values=["an@linde.example"], at=at)
    counts = take([HEAD, CONTACT.replace("An Peeters", "An Maes")], at)
    assert (counts["contact"].changed, counts["contact"].erased) == (1, 0)


@pytest.mark.promise("P008")
def test_card_numbers_are_masked_on_the_way_in(at):
    take([HEAD, CUSTOMER.replace("De Linde", "4111 1111 1111 1111"), CONTACT + "pays with 5500005555555559"], at)
    assert Company.objects.get().name == "Brouwerij •••• •••• •••• 1111"
    assert Contact.objects.get().interest == "pays with ••••••••••••5559"
    assert Contact.objects.get().phone == "+32 2 555 01 40"


def test_command_says_what_happened_and_fails_with_every_reason(tmp_path: Path, capsys):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("\n".join(GOOD))
    bad.write_text("\n".join([HEAD, CUSTOMER.replace("BE", "XX")]))
    call_command("import_customers", str(good))
    call_command("import_customers", str(good))
    out = capsys.readouterr().out
    assert "contact: 1 added, 0 changed, 0 as before" in out
    assert "Nothing changed: all of this was here already." in out
    with pytest.raises(CommandError, match=r"nothing was imported, 1 reason\.\nline 2, country"):
        call_command("import_customers", str(bad))
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_customers", str(tmp_path / "none.csv"))


class TestCorrected:
    """What the person had corrected (Art. 16) is not changed back by a file that knows nothing of it."""

    @pytest.fixture
    def contact(self, at):
        take(GOOD, at)
        subject = subject_for(identifiers=[(IdentifierKind.EMAIL, "an@linde.example")], method=IdentityMethod.MAILBOX, at=at)
        contact = Contact.objects.get()
        place = {"part": "contacts", "row_key": str(contact.pk), "field": "name"}
        registry.get("accounts.contacts").rectify(subject, **place, value="Ann Peeters", at=at)
        return contact

    def test_it_stays_and_the_rest_of_the_line_is_taken_over(self, contact, at):
        counts = take([HEAD, CUSTOMER, CONTACT.replace("+32 2 555 01 40", "+32 2 555 01 41")], at + timedelta(days=1))
        contact.refresh_from_db()
        assert (contact.name, contact.phone) == ("Ann Peeters", "+32 2 555 01 41")
        assert (counts["contact"].changed, counts["contact"].corrected) == (1, ((3, "name"),))
        assert Event.objects.filter(about="import:contact").latest("at", "id").details["corrected"] == 1

    def test_importing_again_changes_nothing(self, contact, at):
        counts = take(GOOD, at + timedelta(days=1))["contact"]
        assert (counts.added, counts.changed, counts.same) == (0, 0, 1)
        contact.refresh_from_db()
        assert contact.name == "Ann Peeters"

    def test_a_file_that_says_the_same_is_no_finding(self, contact, at):
        assert take([HEAD, CUSTOMER, CONTACT.replace("An Peeters", "Ann Peeters")], at)["contact"].corrected == ()

    @pytest.mark.parametrize(("days", "name"), [(-1, "Ann Peeters"), (1, "An Peeters")])
    def test_a_file_that_was_written_later_may_change_it(self, contact, at, days, name):
        load(io.BytesIO("\n".join(GOOD).encode()), at=at + timedelta(days=2), written_at=at + timedelta(days=days))
        contact.refresh_from_db()
        assert contact.name == name

    def test_the_command_names_line_and_column(self, contact, tmp_path, capsys):
        file = tmp_path / "customers.csv"
        file.write_text("\n".join(GOOD))
        call_command("import_customers", str(file))
        told = capsys.readouterr().out
        assert "1 values left as the person had them corrected" in told
        assert "line 3, name: corrected since" in told
        assert "Peeters" not in told

        call_command("import_customers", str(file), "--written-on", "2026-03-03")
        contact.refresh_from_db()
        assert contact.name == "An Peeters"
