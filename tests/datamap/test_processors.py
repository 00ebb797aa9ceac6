"""What the register says of a recipient on a day: contract, attestation, fields, countries."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.actor import Actor
from datamap import processors, registering
from datamap.enums import NoticeKind, PaperKind, Role, Service, TransferBasis
from datamap.models import AdequacyDecision, NoProvider, Notice, Paper, Processor, Subsidiary
from tests.datamap.register_cast import give_paper, tell_customers

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
DAY = date(2026, 3, 2)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)


@pytest.fixture
def calendly():
    return Processor.objects.get(code="calendly")


@pytest.mark.promise("P056")
@pytest.mark.parametrize(
    ("kind", "days", "ended", "is_live"),
    [
        (PaperKind.CONTRACT, (DAY, DAY), None, True),
        (PaperKind.CONTRACT, (BEFORE, None), None, True),
        (PaperKind.CONTRACT, (AFTER, None), None, False),
        (PaperKind.CONTRACT, (BEFORE, BEFORE), None, False),
        (PaperKind.CONTRACT, (BEFORE, None), DAY, False),
        (PaperKind.CONTRACT, (BEFORE, None), AFTER, True),
        (PaperKind.CLAUSES, (BEFORE, None), None, False),
        (PaperKind.CERTIFICATE, (BEFORE, None), None, False),
    ],
)
def test_a_contract_binds_from_its_first_day_to_its_last(calendly, kind, days, ended, is_live):
    give_paper("mailchimp", since=BEFORE)
    paper = give_paper(calendly, kind, since=days[0], until=days[1])
    Paper.objects.filter(pk=paper.pk).update(ended_on=ended)

    assert processors.has_live_contract(calendly, on=DAY) is is_live


@pytest.mark.parametrize(
    ("since", "until", "is_active"),
    [(DAY, None, True), (AFTER, None, False), (None, None, False), (BEFORE, DAY, True), (BEFORE, BEFORE, False)],
)
def test_a_processor_works_for_us_from_its_day_on(calendly, since, until, is_active):
    calendly.since, calendly.until = since, until

    assert calendly.is_active(DAY) is is_active


def test_the_first_register_works_for_us_but_for_the_one_that_nobody_attested():
    drafts = [row.code for row in Processor.objects.all() if not row.is_active(DAY)]

    assert drafts == ["payment"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("event-organisers", {"name", "email", "phone", "company_name"}),
        ("partners", {"name", "email", "phone", "company_name"}),
        ("azure", set()),
    ],
)
def test_only_named_fields_may_be_passed_on(code, expected):
    assert processors.allowed_fields(Processor.objects.get(code=code)) == expected


@pytest.mark.promise("P093")
@pytest.mark.parametrize(
    ("country", "papers", "expected"),
    [
        ("BE", [], TransferBasis.EEA),
        ("NO", [], TransferBasis.EEA),
        ("CH", [], TransferBasis.ADEQUACY),
        ("BR", [], TransferBasis.ADEQUACY),
        ("US", [], None),
        ("US", [PaperKind.FRAMEWORK], TransferBasis.ADEQUACY),
        ("US", [PaperKind.CLAUSES], TransferBasis.CLAUSES),
        ("US", [PaperKind.CONTRACT, PaperKind.CERTIFICATE], None),
        ("IN", [], None),
        ("IN", [PaperKind.FRAMEWORK], None),
        ("IN", [PaperKind.CLAUSES], TransferBasis.CLAUSES),
        # The extension is over; the renewal is not confirmed against its text.
        ("GB", [], None),
    ],
)
def test_data_may_be_in_a_country_for_one_of_four_reasons(calendly, country, papers, expected):
    for kind in papers:
        give_paper(calendly, kind)

    assert processors.transfer_basis(calendly, on=DAY, countries=[country]) == expected
    if not papers:
        assert processors.transfer_basis(country, on=DAY) == expected


def test_several_countries_have_the_weakest_reason_and_none_has_none(calendly):
    give_paper(calendly, PaperKind.FRAMEWORK)

    assert processors.transfer_basis(calendly, on=DAY, countries=["BE", "CH", "US"]) == TransferBasis.ADEQUACY
    assert processors.transfer_basis(calendly, on=DAY, countries=["BE", "IN"]) is None
    assert processors.transfer_basis(Processor.objects.get(code="partners"), on=DAY) is None
    give_paper(calendly, PaperKind.CLAUSES)
    assert processors.transfer_basis(calendly, on=DAY, countries=["BE", "US", "IN"]) == TransferBasis.CLAUSES


def test_its_own_countries_are_asked_where_none_are_given(calendly, django_assert_num_queries):
    assert processors.transfer_basis(calendly, on=DAY) is None
    give_paper(calendly, PaperKind.CLAUSES)

    with django_assert_num_queries(3):
        assert processors.transfer_basis(calendly, on=DAY) == TransferBasis.CLAUSES


def test_a_decision_counts_on_its_days_and_when_it_is_confirmed():
    AdequacyDecision.objects.filter(country="CH").update(valid_until=BEFORE)
    assert processors.transfer_basis("CH", on=BEFORE) == TransferBasis.ADEQUACY
    assert processors.transfer_basis("CH", on=DAY) is None
    AdequacyDecision.objects.filter(country="GB", valid_from=date(2025, 12, 28)).update(is_confirmed=True)
    assert processors.transfer_basis("GB", on=DAY) == TransferBasis.ADEQUACY


@pytest.mark.parametrize("is_partial", [True, False])
def test_of_two_decisions_the_one_that_covers_more_counts_whichever_came_first(calendly, is_partial):
    """As the database has it: any one is enough."""
    Processor.objects.filter(code="calendly").update(countries=["US"])
    dated = [(date(2022, 1, 1), is_partial), (date(2025, 1, 1), not is_partial)]
    for since, partial in dated:
        AdequacyDecision.objects.create(country="US", decision="x", valid_from=since, is_partial=partial, is_confirmed=True)

    assert processors.transfer_basis(calendly, on=DAY, countries=["US"]) == TransferBasis.ADEQUACY


def noticed(processor, *, effective_on: date, done: bool = True, withdrawn: bool = False) -> Notice:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    notice = Notice.objects.create(kind=NoticeKind.TRANSFER, processor=processor, country="IN", prepared_by="a", prepared_at=at)
    notice.published_by, notice.published_at = "b", at
    notice.objects_until, notice.effective_on = effective_on - timedelta(days=1), effective_on
    notice.done_at = at if done else None
    notice.withdrawn_at = at if withdrawn else None
    notice.save()
    return notice


@pytest.mark.promise("P093")
@pytest.mark.parametrize(
    ("effective_on", "done", "withdrawn", "expected"),
    [
        (DAY, True, False, TransferBasis.NOTICE),
        (AFTER, True, False, None),
        (DAY, False, False, None),
        (DAY, False, True, None),
    ],
)
def test_a_country_without_a_framework_takes_a_notice_dated_before(calendly, effective_on, done, withdrawn, expected):
    noticed(calendly, effective_on=effective_on, done=done, withdrawn=withdrawn)

    assert processors.transfer_basis(calendly, on=DAY, countries=["IN"]) == expected
    assert processors.transfer_basis(calendly, on=DAY, countries=["CN"]) is None
    assert processors.transfer_basis(Processor.objects.get(code="mailchimp"), on=DAY, countries=["IN"]) is None


@pytest.mark.parametrize(
    ("country", "clauses", "expected"),
    [
        ("BE", {}, TransferBasis.EEA),
        ("CH", {}, None),
        ("TN", {"clauses_signed_on": BEFORE, "assessed_on": BEFORE}, TransferBasis.CLAUSES),
        ("TN", {"clauses_signed_on": BEFORE}, None),
        ("TN", {"clauses_signed_on": AFTER, "assessed_on": BEFORE}, None),
        ("TN", {"clauses_signed_on": BEFORE, "assessed_on": AFTER}, None),
        ("TN", {"clauses_signed_on": DAY, "assessed_on": DAY}, TransferBasis.CLAUSES),
        ("TN", {"clauses_signed_on": BEFORE, "assessed_on": BEFORE, "clauses_valid_until": DAY}, TransferBasis.CLAUSES),
        ("TN", {"clauses_signed_on": BEFORE, "assessed_on": BEFORE, "clauses_valid_until": BEFORE}, None),
    ],
)
def test_staff_of_the_group_abroad_need_live_clauses(country, clauses, expected):
    place = Subsidiary(entity="Oxygis Elsewhere", country=country, **clauses)

    assert processors.transfer_basis(place, on=DAY) == expected


PAYMENT = {"name": "Payments Ltd", "role": Role.CONTROLLER, "objective": "x", "shared_data": "x", "region": "x"}


def enforce() -> None:
    """What the end of a transaction asks."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.promise("P009")
@pytest.mark.parametrize(
    ("kind", "since", "until", "is_taken"),
    [
        (PaperKind.PCI_DSS, -1, None, True),
        (PaperKind.PCI_DSS, 0, 0, True),
        (PaperKind.PCI_DSS, 1, None, False),
        (PaperKind.PCI_DSS, -9, -1, False),
        (PaperKind.CERTIFICATE, -1, None, False),
        (None, 0, None, False),
    ],
)
def test_the_database_takes_no_payment_processor_without_an_attestation(kind, since, until, is_taken):
    today = timezone.localdate()
    made = Processor.objects.create(code="payments", services=[Service.PAYMENT], since=today, **PAYMENT)
    if kind:
        give_paper(made, kind, since=today + timedelta(days=since), until=until if until is None else today + timedelta(days=until))

    if is_taken:
        enforce()
        return
    with pytest.raises(DatabaseError, match="PCI-DSS"), transaction.atomic():
        enforce()
    made.services = [Service.MARKETING]
    made.save()
    enforce()


@pytest.mark.promise("P009")
@pytest.mark.parametrize(("until", "is_taken"), [(0, False), (-1, True)])
def test_it_is_attested_to_its_last_day(until, is_taken):
    today = timezone.localdate()
    values = {"since": today - timedelta(days=9), "until": today + timedelta(days=until)}
    made = Processor.objects.create(code="payments", services=[Service.PAYMENT], **PAYMENT | values)
    found = registering.reasons_against(made, papers=[], before=made, on=today)
    assert [field for field, _reason in found] == ([] if is_taken else ["services"])
    if is_taken:
        enforce()
        return
    with pytest.raises(DatabaseError, match="PCI-DSS"), transaction.atomic():
        enforce()
    made.delete()


@pytest.mark.promise("P009")
def test_nobody_becomes_a_payment_processor_later_without_an_attestation():
    Processor.objects.filter(code="calendly").update(services=[Service.MARKETING, Service.PAYMENT])
    with pytest.raises(DatabaseError, match="PCI-DSS"), transaction.atomic():
        enforce()
    give_paper("calendly", PaperKind.PCI_DSS)
    enforce()


@pytest.mark.promise("P058")
@pytest.mark.parametrize("change", [{"our_roles": [Role.CONTROLLER, Role.PROCESSOR]}, {"since": DAY, "our_roles": [Role.PROCESSOR]}])
def test_nobody_begins_on_customers_data_before_they_were_told(calendly, change):
    with pytest.raises(DatabaseError, match="told before"), transaction.atomic():
        Processor.objects.filter(code="calendly").update(**change)
    with pytest.raises(DatabaseError, match="told before"), transaction.atomic():
        Processor.objects.create(code="new", our_roles=[Role.PROCESSOR], since=DAY, **PAYMENT)
    calendly.refresh_from_db()
    assert calendly.our_roles == [Role.CONTROLLER]


@pytest.mark.promise("P058")
def test_the_database_takes_nobody_through_whom_customers_data_goes_untold(calendly):
    azure, draft = Processor.objects.get(code="azure"), Processor.objects.create(code="new", our_roles=[Role.PROCESSOR], **PAYMENT)
    for sub in (calendly, draft):
        with pytest.raises(DatabaseError, match="Customers are told of"), transaction.atomic():
            azure.sub_processors.add(sub)
    azure.sub_processors.add("aws")
    calendly.sub_processors.add(draft)
    draft.sub_processors.add(calendly)

    announced(draft, publish=True)
    with pytest.raises(DatabaseError, match="Customers are told of"), transaction.atomic():
        draft.sub_processors.add("mailchimp")
    assert reasons_to_begin("new") == ["since", "since"], "while customers may object"
    with pytest.raises(DatabaseError, match="before new works"), transaction.atomic():
        Processor.objects.filter(code="new").update(since=AFTER)
    Notice.objects.filter(processor=draft).update(done_at=datetime(2026, 2, 1, tzinfo=UTC))
    with pytest.raises(DatabaseError, match="through whom new works"), transaction.atomic():
        Processor.objects.filter(code="new").update(since=DAY)
    assert reasons_to_begin("new") == ["since"]
    draft.sub_processors.set([Processor.objects.get(code="aws")])
    assert reasons_to_begin("new") == []
    assert Processor.objects.filter(code="new").update(since=DAY) == 1


@pytest.mark.promise("P058")
@pytest.mark.parametrize("change", [{"our_roles": [Role.CONTROLLER]}, {"since": None}])
def test_the_database_lets_nobody_through_whom_others_work_be_told_of_no_more(change):
    azure, aws = Processor.objects.get(code="azure"), Processor.objects.filter(code="aws")
    azure.sub_processors.add("aws")
    with pytest.raises(DatabaseError, match="Others work on customers"), transaction.atomic():
        aws.update(**change)
    assert aws.update(until=DAY) == 1
    Processor.objects.get(code="calendly").sub_processors.add("aws")

    Processor.objects.filter(code="azure").update(until=timezone.localdate())
    with pytest.raises(DatabaseError, match="Others work on customers"), transaction.atomic():
        aws.update(**change)
    Processor.objects.filter(code="azure").update(until=timezone.localdate() - timedelta(days=1))
    assert aws.update(**change, left_customers_on=BEFORE) == 1
    aws.update(left_customers_on=None)
    assert aws.get().left_customers_on == timezone.localdate()
    Processor.objects.get(code="affiliates").sub_processors.add("affiliates")
    assert Processor.objects.filter(code="affiliates").update(**change) == 1, "through itself alone"


def link() -> None:
    Processor.objects.get(pk="azure").sub_processors.add("aws")


def leave() -> None:
    Processor.objects.filter(pk="aws").update(our_roles=[Role.CONTROLLER])


def say_link() -> None:
    registering.link(code="azure", subs=["aws"], actor=ACTOR, at=timezone.now())


def say_leave() -> None:
    registering.save(code="aws", values={"our_roles": [Role.CONTROLLER]}, actor=ACTOR, at=timezone.now())


@pytest.mark.promise("P058")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        (link, leave, DatabaseError),
        (leave, link, DatabaseError),
        (say_link, say_leave, registering.NotRegistered),
        (say_leave, say_link, registering.NotRegistered),
    ],
)
def test_of_two_who_change_both_ends_of_a_link_at_once_the_second_is_refused(first, second, error):
    is_in = threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                first()
                is_in.set()
                time.sleep(0.5)
        finally:
            connection.close()

    other = threading.Thread(target=work)
    other.start()
    assert is_in.wait(30)
    with pytest.raises(error, match=r"Others work on|Customers are told|take it out"):
        second()
    other.join(30)


@pytest.mark.promise("P058")
@pytest.mark.parametrize("code", ["azure", "new"])
def test_the_database_takes_no_third_country_of_customers_data_untold(code):
    """Of one that works on it, and of one of which customers were told that it will."""
    if code == "new":
        announced(Processor.objects.create(code="new", our_roles=[Role.PROCESSOR], countries=["BE"], **PAYMENT), publish=False)
        assert Processor.objects.filter(code=code).update(countries=["BE", "JP"]) == 1
        Notice.objects.filter(processor=code).update(**PUBLISHED)
    before = Processor.objects.get(code=code).countries
    with pytest.raises(DatabaseError, match=f"before {code} takes their data to US"), transaction.atomic():
        Processor.objects.filter(code=code).update(countries=[*before, "US"])
    tell_customers(code, "US", on=DAY)
    with pytest.raises(DatabaseError, match=f"before {code} takes their data to CH"), transaction.atomic():
        Processor.objects.filter(code=code).update(countries=[*before, "US", "CH"])
    assert Processor.objects.filter(code=code).update(countries=[*before, "US", "NO"]) == 1
    assert Processor.objects.filter(code=code).update(countries=["NO"]) == 1


@pytest.mark.promise("P058")
def test_who_has_ended_does_not_begin_again_untold():
    ended = Processor.objects.get(code="aws")
    ended.until = DAY
    ended.save()
    for until in (None, AFTER):
        again = Processor.objects.get(code="aws")
        again.until = until
        assert [field for field, _why in registering.reasons_against(again, papers=[], before=ended, on=timezone.localdate())] == ["since"]
        with pytest.raises(DatabaseError, match="told before"), transaction.atomic():
            again.save()
    Processor.objects.filter(code="aws").update(until=BEFORE)
    announced(ended, publish=True)
    Notice.objects.filter(processor=ended).update(done_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert Processor.objects.filter(code="aws").update(since=AFTER, until=None) == 1


def reasons_to_begin(code: str) -> list[str]:
    """The fields that the service names before the database is asked."""
    before, begun = Processor.objects.get(code=code), Processor.objects.get(code=code)
    begun.since = DAY
    return [field for field, _why in registering.reasons_against(begun, papers=[], before=before, on=timezone.localdate())]


PUBLISHED = {"published_by": "b", "published_at": datetime(2026, 1, 1, tzinfo=UTC), "objects_until": BEFORE, "effective_on": DAY}


def announced(processor: Processor, *, publish: bool) -> None:
    Notice.objects.create(kind=NoticeKind.ADD, processor=processor, prepared_by="a", prepared_at=datetime(2026, 1, 1, tzinfo=UTC))
    if publish:
        Notice.objects.filter(processor=processor).update(**PUBLISHED)


def test_a_paper_is_never_rewritten_and_ends_once(calendly):
    paper = give_paper(calendly)
    for change in ({"valid_until": DAY}, {"reference": "other"}, {"kind": PaperKind.CLAUSES}, {"valid_from": BEFORE}):
        with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
            Paper.objects.filter(pk=paper.pk).update(**change)
    with pytest.raises(DatabaseError, match="kept for six years"), transaction.atomic():
        paper.delete()
    Paper.objects.filter(pk=paper.pk).update(ended_on=DAY)
    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(ended_on=None)


def test_an_old_paper_goes_six_years_after_its_end(calendly):
    over = timezone.localdate() - relativedelta(years=6)
    kept, gone = (give_paper(calendly, since=date(2000, 1, 1 + day), until=over + timedelta(days=1 - day)) for day in range(2))
    with pytest.raises(DatabaseError, match="kept for six years"), transaction.atomic():
        kept.delete()
    gone.delete()


def test_a_notice_is_not_rewritten(calendly, at):
    notice = Notice.objects.create(kind=NoticeKind.ADD, processor=calendly, prepared_by="a", prepared_at=at)
    other = Processor.objects.get(code="mailchimp")
    published = {"published_by": "b", "published_at": at, "objects_until": DAY, "effective_on": AFTER}
    rows = Notice.objects.filter(pk=notice.pk)

    def refused(error=DatabaseError, **change) -> None:
        with pytest.raises(error), transaction.atomic():
            rows.update(**change)

    refused(processor=other)
    refused(prepared_by="c")
    refused(IntegrityError, **published | {"published_by": "a"})
    refused(IntegrityError, **published | {"published_by": ""})
    refused(IntegrityError, **published | {"effective_on": DAY})
    refused(IntegrityError, done_at=at)
    rows.update(**published)
    refused(effective_on=DAY + timedelta(days=9))
    rows.update(withdrawn_at=at)
    refused(withdrawn_at=None)
    with pytest.raises(DatabaseError, match="prepared first"), transaction.atomic():
        Notice.objects.create(kind=NoticeKind.ADD, processor=other, prepared_by="a", prepared_at=at, **published)
    with pytest.raises(DatabaseError, match="kept for six years"), transaction.atomic():
        Notice.objects.create(kind=NoticeKind.ADD, processor=other, prepared_by="a", prepared_at=timezone.now()).delete()


def test_nobody_is_said_twice_to_work_in_no_category():
    NoProvider.objects.create(service=Service.PAYMENT, reason="Invoices are paid by transfer.", since=DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoProvider.objects.create(service=Service.PAYMENT, reason="Again.", since=AFTER)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoProvider.objects.create(service=Service.HOSTING, reason="", since=DAY)
