"""The register as a file: all or nothing, bad lines named, again and nothing changes, no formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.importing.findings import NotImported
from audit.actor import Actor
from audit.models import Event
from datamap import gaps, spreadsheets
from datamap.enums import PaperKind, Service
from datamap.gaps import GapKind
from datamap.models import Paper, Processor
from policy import importing, telling
from tests.datamap.register_cast import give_paper
from tests.policy import cast

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
HEAD = "code,name,role,objective,shared_data,region,services,our_roles,since,paper_kind,paper_reference,paper_from,paper_until"
PAY = "stripe,Stripe,CONTROLLER,Cards,Amount,European Union,PAYMENT,CONTROLLER,2024-01-01"
MAIL = "post,Post,PROCESSOR,Letters,Address,European Union,MARKETING,CONTROLLER,2024-01-01"


def load(*lines: str, head: str = HEAD, body: bytes = b"") -> dict[str, int]:
    return importing.load(io.BytesIO(body or "\n".join([head, *lines]).encode()), actor=ACTOR, at=timezone.now())


def refused(*lines: str, head: str = HEAD) -> list[str]:
    with pytest.raises(NotImported) as caught:
        load(*lines, head=head)
    return list(caught.value.findings.lines())


def enforce() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.promise("P009")
def test_a_payment_processor_comes_with_its_attestation_or_not_at_all():
    (reason,) = refused(f"{PAY},CONTRACT,DPA 7,2024-01-01,")
    assert reason.startswith("line 2, services: A payment processor needs a live attestation")
    (reason,) = refused(f"{PAY},PCI_DSS,AOC 2023,2023-01-01,2023-12-31")
    assert reason.startswith("line 2, services: A payment processor needs a live attestation")

    assert load(f"{PAY},PCI_DSS,AOC 2026,2024-01-01,2099-01-01") == {"added": 1, "changed": 0, "same": 0}
    enforce()
    stripe = Processor.objects.get(code="stripe")
    assert (stripe.services, stripe.since, stripe.papers.get().kind) == ([Service.PAYMENT], date(2024, 1, 1), PaperKind.PCI_DSS)


def test_further_lines_of_a_code_are_further_papers():
    counts = load(f"{MAIL},CONTRACT,DPA 7,2024-01-01,", "post,,,,,,,,,CERTIFICATE,ISO 27001,2025-01-01,2027-12-31")

    assert counts == {"added": 1, "changed": 0, "same": 0}
    papers = Paper.objects.filter(processor="post").order_by("valid_from").values_list("kind", "reference", "valid_until")
    assert list(papers) == [("CONTRACT", "DPA 7", None), ("CERTIFICATE", "ISO 27001", date(2027, 12, 31))]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (f"{MAIL.replace('PROCESSOR', 'FRIEND')},,,,", "role"),
        (f"{MAIL.replace('2024-01-01', '1.1.2024')},,,,", "since"),
        (f"{MAIL.replace('MARKETING', 'MAGIC')},,,,", "services"),
        (f"{MAIL.replace('Letters', '')},,,,", "objective"),
        (f"{MAIL},CONTRACT,,2024-01-01,", "paper_reference"),
        (f"{MAIL},CONTRACT,DPA,,", "paper_from"),
        (f"{MAIL},PROMISE,DPA,2024-01-01,", "paper_kind"),
        (f"{MAIL.replace(',CONTROLLER,', ',PROCESSOR,')},,,,", "since"),
        (f"{MAIL.replace('post,', ',', 1)},,,,", "code"),
        (f"{MAIL.replace('post,', 'no code,', 1)},,,,", "code"),
        (f"{MAIL},,,,,,", ""),
    ],
)
def test_every_bad_line_is_named_and_nothing_is_taken_over(line, column):
    before = Processor.objects.count()

    reasons = refused(f"{PAY},PCI_DSS,AOC 2026,2024-01-01,", line)

    assert len(reasons) == 1
    assert reasons[0].startswith(f"line 3, {column}: " if column else "line 3: ")
    assert Processor.objects.count() == before
    assert not Event.objects.filter(action__startswith="register.").exists()


def test_all_bad_lines_stand_in_one_message():
    reasons = refused(MAIL.replace("PROCESSOR", "FRIEND"), PAY.replace("2024-01-01", "soon"), "post,Other,PROCESSOR", f"{PAY},,,,")

    assert [reason.split(":")[0] for reason in reasons] == ["line 2, role", "line 2", "line 3, since", "line 3", "line 4"]


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (
            (",,,", "CONTRACT,DPA,2024-01-01,2023-01-01", "PCI_DSS,AOC,2024-01-01,2020-01-01"),
            ["line 3, paper_until", "line 4, paper_until"],
        ),
        (("CONTRACT,DPA,2024-01-01,", f"CERTIFICATE,{'x' * 121},2024-01-01,"), ["line 3, paper_reference"]),
        (("CONTRACT,DPA,2024-01-01,", "CONTRACT,DPA,2024-01-01,"), ["line 3, paper_reference"]),
    ],
)
def test_a_bad_paper_is_named_by_its_own_line(lines, named):
    first, *more = lines

    reasons = refused(f"{MAIL},{first}", *(f"post,,,,,,,,,{paper}" for paper in more))

    assert [reason.split(":")[0] for reason in reasons] == named
    assert not Processor.objects.filter(code="post").exists()


def test_a_paper_that_the_register_has_otherwise_is_named_by_its_own_line():
    today = timezone.localdate()
    load(f"{MAIL},CONTRACT,DPA,2024-01-01,", "post,,,,,,,,,CERTIFICATE,ISO 27001,2024-01-01,")
    head = "code,paper_kind,paper_reference,paper_from,paper_until,paper_ended"
    before = f"post,CONTRACT,DPA,2024-01-01,,{today.replace(year=today.year - 1, day=1)}"

    reasons = refused(before, "post,CERTIFICATE,ISO 27001,2024-01-01,2030-01-01,", head=head)

    assert [reason.split(":")[0] for reason in reasons] == ["line 3, paper_reference", "line 2, paper_ended"]
    assert not Paper.objects.exclude(ended_on=None).exists()


@pytest.mark.promise("P009")
def test_no_payment_processor_comes_in_on_an_attestation_that_the_same_file_ends():
    today = timezone.localdate()
    (reason,) = refused(f"{PAY},PCI_DSS,AOC 2026,2024-01-01,,{today}", head=f"{HEAD},paper_ended")

    assert reason.startswith("line 2, services: A payment processor needs a live attestation")
    assert not Processor.objects.filter(code="stripe").exists()


def test_nobody_ends_before_they_began():
    (reason,) = refused("post,Post,PROCESSOR,x,x,x,2024-01-01,2023-01-01", head="code,name,role,objective,shared_data,region,since,until")

    assert reason == "line 2, until: It cannot end before it began."


def test_two_lines_may_not_say_two_things_of_one_processor():
    (reason,) = refused(f"{MAIL},,,,", "post,Another name,,,,,,,,,,,")

    assert reason == "line 3, name: says something else of this processor than line 2"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "line 1: the file cannot be read from here on"),
        (b"\xff\xfe", "line 1: the file cannot be read from here on"),
        (b'code,name\npost,"Post\n', "line 2: the file cannot be read from here on"),
    ],
)
def test_what_is_no_such_file_is_refused(body, said):
    with pytest.raises(NotImported, match=said):
        importing.load(io.BytesIO(body), actor=ACTOR, at=timezone.now())


def test_unknown_columns_and_subs_are_named():
    assert refused("post,Post", head="code,nmae") == ["line 2, nmae: no such column"]
    head = "code,name,role,objective,shared_data,region,sub_processors"
    (reason,) = refused("post,Post,PROCESSOR,x,x,x,nobody post", head=head)[:1]
    assert reason == "line 2, sub_processors: “nobody” is no other processor of the register"


def test_who_works_through_another_is_linked_in_either_order():
    head = "code,name,role,objective,shared_data,region,sub_processors"
    load("outer,Outer,PROCESSOR,x,x,x,inner", "inner,Inner,PROCESSOR,x,x,x,", head=head)

    assert [sub.code for sub in Processor.objects.get(code="outer").sub_processors.all()] == ["inner"]


def test_the_register_that_was_written_changes_nothing_when_it_is_read():
    give_paper("calendly", until=date(2027, 1, 1))
    give_paper("payment", PaperKind.PCI_DSS)
    Processor.objects.filter(code="calendly").update(name="=cmd|' /C calc'!A0", objective="-1+1; =2")
    events = Event.objects.count()
    body = importing.dump()

    assert importing.load(io.BytesIO(body), actor=ACTOR, at=timezone.now()) == {"added": 0, "changed": 0, "same": Processor.objects.count()}
    assert importing.dump() == body
    assert Event.objects.count() == events
    assert "'=cmd|' /C calc'!A0" in body.decode()


def edited(body: bytes, code: str, old: str, new: str) -> bytes:
    """The file with one line said otherwise."""
    lines = body.decode("utf-8-sig").splitlines()
    return "\n".join(line.replace(old, new) if line.startswith(f"{code},") else line for line in lines).encode()


def meant(body: bytes) -> bytes:
    """The file as one that shall hold whatever was changed since it was written."""
    return re.sub(rb",v-[0-9a-f]{16}", b",", body)


def test_a_file_puts_nothing_back_that_was_changed_since_it_was_written():
    """One line that nobody touched leaves what is there; a touched one is named; one whose column was emptied is taken."""
    give_paper("calendly")
    give_paper("payment", PaperKind.PCI_DSS)
    body = importing.dump()
    Processor.objects.filter(code="calendly").update(region="Moon")
    Processor.objects.get(code="azure").sub_processors.add("aws")

    other = edited(body, "aws", "Amazon", "Amazonia")
    assert load(body=other)["changed"] == 1
    assert Processor.objects.get(code="aws").name.startswith("Amazonia")
    assert (Processor.objects.get(code="calendly").region, Processor.objects.get(code="azure").sub_processors.count()) == ("Moon", 1)

    with pytest.raises(NotImported) as caught:
        load(body=edited(body, "calendly", "Calendly", "Calendula"))
    assert [line.partition(": ")[2] for line in caught.value.findings.lines()] == [
        "somebody else changed this since the file was written: write the file anew, and change it there"
    ]
    load(body=meant(edited(body, "calendly", "Calendly", "Calendula")))
    assert Processor.objects.get(code="calendly").name.startswith("Calendula")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "＝1", "a;=1", "plain", "'quoted'", ""])
def test_a_guard_comes_off_again(text):
    assert spreadsheets.guarded(text)[:1] not in spreadsheets.FORMULA_STARTS or not text
    assert spreadsheets.unguarded(spreadsheets.guarded(text)) == text


def test_a_paper_is_ended_by_the_file_and_never_rewritten():
    today = timezone.localdate()
    head = "code,paper_kind,paper_reference,paper_from,paper_until,paper_ended"
    load("calendly,CONTRACT,DPA,2024-01-01,,", head=head)
    (reason,) = refused("calendly,CONTRACT,DPA,2024-01-01,2028-01-01,", head=head)
    assert reason.startswith("line 2, paper_reference: This paper is in the register with another end")

    assert load(f"calendly,CONTRACT,DPA,2024-01-01,,{today}", head=head)["changed"] == 1
    assert load(f"calendly,CONTRACT,DPA,2024-01-01,,{today}", head=head)["same"] == 1
    (reason,) = refused(f"calendly,CONTRACT,DPA,2024-01-01,,{today.replace(year=today.year + 1, day=1)}", head=head)
    assert reason == "line 2, paper_ended: This paper was ended already."


def test_the_commands_write_and_read_the_same_file(tmp_path, capsys):
    file = tmp_path / "processors.csv"
    give_paper("payment", PaperKind.PCI_DSS)
    call_command("export_processors", str(file))
    call_command("import_processors", str(file))
    assert capsys.readouterr().out == f"0 added, 0 changed, {Processor.objects.count()} as before\n"

    call_command("export_processors")
    assert capsys.readouterr().out.startswith("code,name,role,")
    file.write_text("code,role\ncalendly,FRIEND\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"nothing was imported, 1 reason\.\nline 2, role: is not one of"):
        call_command("import_processors", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_processors", str(tmp_path / "none.csv"))


def empty() -> None:
    """The register without a line. What points at one is asked at the end of the transaction, when it is back."""
    for rows in (Processor.sub_processors.through.objects.all(), Processor.objects.all()):
        rows._raw_delete(rows.db)


def restored(prepare: Callable[[], object]) -> bytes:
    """A register as a file, taken over by one in which nothing stands."""
    with transaction.atomic():
        prepare()
        body = importing.dump()
        transaction.set_rollback(True)
    empty()
    importing.load(io.BytesIO(body), actor=ACTOR, at=timezone.now())
    enforce()
    return body


def history() -> None:
    """Chains of those through whom others work, papers that are over, and one whose work is."""
    today = timezone.localdate()
    give_paper("payment", PaperKind.PCI_DSS)
    for number, (valid_until, ended_on) in enumerate([(date(2025, 1, 1), None), (None, date(2025, 2, 3)), (None, today)]):
        old = give_paper("payment", PaperKind.PCI_DSS, since=date(2022, 1, 1 + number), until=valid_until)
        Paper.objects.filter(pk=old.pk).update(ended_on=ended_on)
        old = give_paper("azure", since=date(2022, 1, 1 + number), until=valid_until)
        Paper.objects.filter(pk=old.pk).update(ended_on=ended_on)
    Processor.objects.filter(code="calendly").update(until=date(2025, 1, 1))
    Processor.objects.get(code="azure").sub_processors.add("aws", "affiliates")
    Processor.objects.get(code="aws").sub_processors.add("azure")
    Processor.objects.get(code="google-cloud").sub_processors.add("cloudflare")


def test_a_register_that_was_lost_comes_back_whole_with_its_history():
    body = restored(history)

    assert importing.dump() == body
    assert Processor.objects.get(code="azure").since == date(2022, 8, 18)
    assert Paper.objects.filter(ended_on=date(2025, 2, 3)).count() == 2
    assert Event.objects.filter(action="register.added").count() == Processor.objects.count()
    assert load(body=body) == {"added": 0, "changed": 0, "same": Processor.objects.count()}


@pytest.mark.promise("P009")
def test_a_payment_processor_comes_back_with_an_attestation_in_force_or_not_at_all():
    def over() -> None:
        history()
        Paper.objects.filter(processor="payment", ended_on=None).update(ended_on=timezone.localdate())

    with pytest.raises(NotImported) as refused, transaction.atomic():
        restored(over)
    (reason,) = refused.value.findings.lines()
    assert "services: A payment processor needs a live attestation" in reason


@pytest.mark.promise("P058")
def test_one_more_that_works_on_customers_data_is_no_register_that_comes_back():
    body = restored(history)
    Processor.objects.get(code="aws").sub_processors.clear()
    Processor.objects.filter(code="azure").update(our_roles=["CONTROLLER"])

    with pytest.raises(NotImported, match="our_roles: It would work on customers’ data too"):
        load(body=meant(body))


def untold() -> bytes:
    """A register from before customers were told of sub-processors: Azure works on their data through Mailchimp and a draft, as file."""
    history()
    Processor.objects.create(
        code="new", our_roles=["PROCESSOR"], countries=["DE"], name="New", role="PROCESSOR", objective="x", shared_data="x", region="x"
    )
    Processor.objects.get(code="azure").sub_processors.clear()
    rows = list(csv.reader(io.StringIO(importing.dump().decode("utf-8-sig"))))
    place = rows[0].index("sub_processors")
    azure = next(row for row in rows if row[0] == "azure" and row[1])
    azure[place] = "aws mailchimp new"
    azure[-1] = importing.digest(azure[1 : len(importing.FACTS) + 1])
    return spreadsheets.csv_of(rows)


@pytest.mark.promise("P058")
def test_a_register_comes_back_with_the_links_of_before_which_are_named_until_customers_were_told():
    with transaction.atomic():
        body = untold()
        transaction.set_rollback(True)

    def lost() -> None:
        empty()
        load(body=body)

    assert restored(lost) == importing.dump() == body
    assert [sub.pk for sub in Processor.objects.get(pk="azure").sub_processors.order_by("pk")] == ["aws", "mailchimp", "new"]
    assert load(body=body)["changed"] == 0
    assert lacking() == ["Mailchimp (Intuit)", "New"]

    by, at = cast.officers(), timezone.now()
    given = "mailchimp,CONTROLLER PROCESSOR,"
    assert load(given, head="code,our_roles,since")["changed"] == 1
    for code in ("mailchimp", "new"):
        cast.publish(by, at=at, code=code)
    assert lacking() == ["Mailchimp (Intuit)", "New"], "they may still object"
    later = at + timedelta(days=31)
    assert telling.carry_out_due(at=later) == 2
    assert lacking(later) == []
    assert Event.objects.filter(action="register.linked").exists()


@pytest.mark.promise("P058")
def test_a_link_of_before_is_taken_out_and_does_not_come_back():
    with transaction.atomic():
        body = untold()
        transaction.set_rollback(True)
    empty()
    load(body=body)
    mailchimp = Processor.objects.filter(pk="mailchimp")
    mailchimp.update(until=timezone.localdate() - timedelta(days=1))
    assert lacking() == ["New"], "who has ended is nobody through whom anybody works"
    mailchimp.update(until=None)

    assert load("azure,aws new", head=SUBS)["changed"] == 1
    assert lacking() == ["New"]
    with pytest.raises(NotImported, match=r"Give Mailchimp .* our role"):
        load(body=meant(body))
    Processor.objects.filter(pk="azure").update(until=timezone.localdate() - timedelta(days=1))
    assert lacking() == [], "nor does who has ended"


def lacking(at: datetime | None = None) -> list[str]:
    """Those through whom others work untold, as the officer reads of them."""
    return [gap.named for gap in gaps.find(on=timezone.localdate(at)) if gap.kind == GapKind.UNTOLD_SUB]


SUBS = "code,sub_processors"


@pytest.mark.promise("P058")
@pytest.mark.parametrize("line", ["aws,CONTROLLER,2022-08-18", "aws,CONTROLLER PROCESSOR,"])
def test_no_file_lets_a_sub_processor_be_one_no_more_while_others_work_through_it(line):
    load("azure,aws", head=SUBS)
    (reason,) = refused(line, head="code,our_roles,since")
    assert "line 2, " in reason
    assert reason.endswith("take it out of the sub-processors of Microsoft Azure first.")

    load("azure,", head=SUBS)
    assert load(line, head="code,our_roles,since")["changed"] == 1


@pytest.mark.promise("P058")
@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        (SUBS, "azure,calendly", "sub_processors: Customers are told before others work on their data. Give Calendly our role"),
        (
            "code,countries",
            "azure,BE US IN",
            "countries: Customers are told before their data goes to another country: leave out India, United",
        ),
    ],
)
def test_no_file_lets_others_work_on_customers_data_or_elsewhere_untold(head, line, said):
    (reason,) = refused(line, head=head)
    assert reason.startswith(f"line 2, {said}")
    assert not Event.objects.filter(action__startswith="register.").exists()

    assert load(line.replace("azure", "kinsta"), head=head)["changed"] == 1
    told = {SUBS: "azure,aws", "code,countries": "azure,BE CZ"}[head]
    assert load(told, head=head)["changed"] == 1
