"""Nothing leaves to whom the register does not name, with a field too many, or against what stands about a person."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from dateutil.relativedelta import relativedelta
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.enums import UserRole
from accounts.personal_data.flows import CAMPAIGNS, PLANNING
from audit.actor import Actor
from audit.models import Event
from datamap import checks, disclosing, flows, registry
from datamap.countries import EEA
from datamap.enums import PaperKind
from datamap.flows import Flow
from datamap.models import AdequacyDecision, Disclosure, FlowRecipient, Paper, Processor
from datamap.purposes import NEWSLETTER, SUPPORT
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from tests.accounts.factories import make_staff, sign_in
from tests.database_rows import refuses_copy
from tests.datamap.passing import allow, bind, open_way
from tests.datamap.register_cast import give_paper, tell_customers
from tests.typing_in import carried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from subjects.models import Subject

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")
NORA = "nora@firm.example"
LOCAL = replace(PLANNING, code="accounts.local", is_local=True)
CONSENTED = replace(CAMPAIGNS, code="accounts.consented", purpose=NEWSLETTER)


@pytest.fixture(autouse=True)
def _bound() -> None:
    open_way("calendly", "mailchimp")


@pytest.fixture
def nora(at: datetime) -> Subject:
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, NORA)], method=IdentityMethod.MAILBOX, at=at)


def disclose(at: datetime, **changes: Any) -> Disclosure:
    told = {"flow": PLANNING, "recipient": "calendly", "fields": ["name", "email"], "email": NORA, "about": "a.b:1", **changes}
    return disclosing.disclose(actor=ACTOR, at=at, **told)


def _period(since: date | None, until: date | None) -> Callable[..., object]:
    return lambda **_told: Processor.objects.filter(pk="calendly").update(since=since, until=until)


def _declared(since: date | None, until: date | None) -> Callable[..., object]:
    return lambda **_told: FlowRecipient.objects.filter(recipient="calendly").update(since=since, until=until)


def _end_paper(kind: PaperKind) -> Callable[..., object]:
    return lambda **_told: Paper.objects.filter(processor="calendly", kind=kind).update(ended_on=TODAY)


def _to_ghana(**_told: Any) -> None:
    Processor.objects.filter(pk="calendly").update(countries=["BE", "GH"])


def _nowhere(**_told: Any) -> None:
    Processor.objects.filter(pk="calendly").update(countries=[])


def _through(*codes: str) -> Callable[..., object]:
    """Calendly works through the first of these, that one through the second: in Ghana, or nowhere in particular."""

    def prepare(**_told: Any) -> None:
        chain(*codes)
        Processor.objects.filter(pk=codes[-1]).update(countries=[] if codes[-1] == "mailchimp" else ["BE", "GH"])

    return prepare


def chain(*codes: str) -> None:
    for code, sub in zip(("calendly", *codes), codes, strict=False):
        Processor.objects.get(pk=code).sub_processors.set([Processor.objects.get(pk=sub)])


def _local(*countries: str) -> Callable[..., object]:
    def prepare(**_told: Any) -> None:
        allow("calendly", flow=LOCAL.code, fields=PLANNING.fields, countries=countries)

    return prepare


def _nothing(**_told: Any) -> None:
    bind("google-ads")


def _restrict(*, nora: Subject, at: datetime) -> None:
    subjects.restrict(subject_id=nora.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=at)


def _object(*, nora: Subject, at: datetime) -> None:
    subjects.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at)


def _consented(**_told: Any) -> None:
    allow("mailchimp", flow=CONSENTED.code, fields=CONSENTED.fields)


DAY = timedelta(days=1)
TODAY = date(2026, 3, 2)
TO_MAILCHIMP = {"flow": CAMPAIGNS, "recipient": "mailchimp"}
REFUSALS = [
    ("nobody by that code", disclosing.NotInRegister, "not-in-register", _nothing, {"recipient": "somebody"}),
    ("ended yesterday", disclosing.Ended, "recipient-ended", _period(None, TODAY - DAY), {}),
    ("begins tomorrow", disclosing.Ended, "recipient-ended", _period(TODAY + DAY, None), {}),
    ("a contract ended today", disclosing.NoContract, "no-contract", _end_paper(PaperKind.CONTRACT), {}),
    ("no certification in the United States any more", disclosing.NoSafeguard, "no-safeguard", _end_paper(PaperKind.FRAMEWORK), {}),
    ("a country of which nobody decided", disclosing.NoSafeguard, "no-safeguard", _to_ghana, {}),
    ("nobody said where", disclosing.NoSafeguard, "no-safeguard", _nowhere, {}),
    ("one through whom it works", disclosing.NoSafeguardOfSub, "no-safeguard-sub", _through("kinsta"), {}),
    ("one through whom that one works", disclosing.NoSafeguardOfSub, "no-safeguard-sub", _through("kinsta", "google-cloud"), {}),
    ("nobody said where one works through whom it does", disclosing.NoSafeguardOfSub, "no-safeguard-sub", _through("mailchimp"), {}),
    ("nobody told the person", disclosing.NotNamed, "not-named", _nothing, {"named": ["mailchimp"]}),
    ("no recipient of this", disclosing.NotDeclared, "not-declared", _nothing, {"recipient": "google-ads"}),
    ("no recipient of this any more", disclosing.NotDeclared, "not-declared", _declared(None, TODAY - DAY), {}),
    ("no recipient of this yet", disclosing.NotDeclared, "not-declared", _declared(TODAY + DAY, None), {}),
    ("a field too many", disclosing.FieldTooMany, "field-too-many", _nothing, {"fields": ["name", "street"]}),
    ("a person of another country", disclosing.OtherCountry, "other-country", _local("BE"), {"flow": LOCAL, "country": "FR"}),
    ("a person of no country", disclosing.OtherCountry, "other-country", _local("BE"), {"flow": LOCAL}),
    ("a recipient of no country", disclosing.OtherCountry, "other-country", _local(), {"flow": LOCAL, "country": "BE"}),
    ("a restriction", disclosing.Withheld, "restricted", _restrict, {}),
    ("an objection", disclosing.Withheld, "objected", _object, TO_MAILCHIMP),
    ("no consent", disclosing.Withheld, "no-consent", _consented, {**TO_MAILCHIMP, "flow": CONSENTED}),
]


@pytest.mark.promise("P025")
@pytest.mark.promise("P056")
@pytest.mark.promise("P093")
@pytest.mark.promise("P094")
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal[0])
def test_every_refusal_stops_it_and_is_noted_without_a_person(nora, at, refusal):
    _called, error, code, prepare, changes = refusal
    assert disclose(at).pk
    Disclosure.objects.all().delete()
    prepare(nora=nora, at=at)

    with pytest.raises(error) as refused, disclosing.noting(actor=ACTOR, at=at), transaction.atomic():
        disclose(at, **changes)

    assert not Disclosure.objects.exists()
    noted = Event.objects.get(action=disclosing.REFUSED)
    assert (noted.details["reason"], noted.details["of"]) == (code, "a.b:1")
    assert NORA not in str(noted.details) + noted.about
    assert str(refused.value).endswith(".")
    assert "%(" not in str(refused.value)
    assert disclosing.in_words(code) != disclosing.in_words("nothing such")


def test_no_refusal_is_left_without_its_test():
    """The one that is not among them belongs to a way out by which one gets it and no second: ``tests/events/test_passing.py``."""
    assert {code for _called, _error, code, _prepare, _changes in REFUSALS} == {*disclosing.WHY} - {disclosing.AnotherGotIt.code}


@pytest.mark.promise("P066")
def test_no_campaign_goes_on_about_who_objected_to_marketing(nora, at):
    assert disclose(at, **TO_MAILCHIMP).purpose == "marketing"
    _object(nora=nora, at=at)

    with pytest.raises(disclosing.Withheld, match="objected"):
        disclose(at, **TO_MAILCHIMP)
    assert Disclosure.objects.count() == 1


@pytest.mark.promise("P067")
def test_what_is_passed_on_stands_in_the_ledger_with_its_role_and_reason(client, nora, at):
    Processor.objects.filter(pk="calendly").update(since=TODAY, until=TODAY)
    _local("BE", "NL")(nora=nora, at=at)

    made = [disclose(at), disclose(at, flow=LOCAL, country="NL", subject=nora, email="")]

    stored = Disclosure.objects.get(pk=made[0].pk)
    assert (stored.flow, stored.source, stored.purpose, stored.fields) == (
        "accounts.planning",
        "accounts.contacts",
        "support",
        ["name", "email"],
    )
    Processor.objects.filter(pk="calendly").update(role="CONTROLLER")
    Disclosure.objects.filter(pk=stored.pk).update(role="CONTROLLER")
    later = disclose(at)
    assert set(Disclosure.objects.values_list("role", "pk")) == {
        ("PROCESSOR", made[0].pk),
        ("PROCESSOR", made[1].pk),
        ("CONTROLLER", later.pk),
    }
    desk = sign_in(client, make_staff(UserRole.HELPDESK)).get("/desk/disclosures/")
    assert sorted(str(row["role"]) for row in desk.context["rows"]) == ["Controller", "Processor", "Processor"]
    later.delete()
    assert (Disclosure.objects.get(pk=stored.pk).get_role_display(), stored.about, stored.expires_at) == (
        "Processor",
        "a.b:1",
        at + relativedelta(years=5),
    )
    assert {row.country for row in Disclosure.objects.all()} == {"", "NL"}
    assert Event.objects.filter(action="data.disclosed", details__recipient="calendly", details__of="a.b:1").count() == 3


@pytest.mark.promise("P093")
@pytest.mark.parametrize("basis", ["adequacy", "clauses", "notice", "where the person is"])
def test_a_transfer_goes_on_with_any_one_basis_on_record(at, basis):
    """Japan was found adequate; Ghana needs clauses, or that customers were told in time."""
    _to_ghana()
    told = {}
    if basis == "adequacy":
        Processor.objects.filter(pk="calendly").update(countries=["JP"])
    elif basis == "clauses":
        give_paper("calendly", PaperKind.CLAUSES)
    elif basis == "notice":
        tell_customers("calendly", "GH", on=TODAY - DAY)
    else:
        _nowhere()
        told = {"country": "FR"}

    assert disclose(at, **told).pk


@pytest.mark.promise("P093")
@pytest.mark.parametrize("basis", ["adequacy", "clauses", "notice", "over", "yet to come"])
def test_those_through_whom_a_recipient_works_need_a_basis_of_their_own(at, basis):
    """Neither its own clauses nor that it is in the Union allow what they do; the database says the same. A ring of them is asked once."""
    chain("kinsta", "google-cloud", "calendly")
    Processor.objects.filter(pk="google-cloud").update(countries=["GH"])
    give_paper("calendly", PaperKind.CLAUSES)
    give_paper("kinsta", PaperKind.CLAUSES)
    with pytest.raises(disclosing.NoSafeguardOfSub, match="works through Google Cloud Platform"):
        disclose(at)
    with pytest.raises(DatabaseError, match="to where google-cloud works"), transaction.atomic():
        row(at)

    match basis:
        case "adequacy":
            Processor.objects.filter(pk="google-cloud").update(countries=["JP"])
        case "clauses":
            give_paper("google-cloud", PaperKind.CLAUSES, since=TODAY, until=TODAY)
        case "notice":
            tell_customers("google-cloud", "GH", on=TODAY)
        case "over":
            Processor.objects.filter(pk="google-cloud").update(until=TODAY - DAY)
        case _:
            Processor.objects.filter(pk="google-cloud").update(since=TODAY + DAY)
    assert disclose(at).pk
    assert row(at).pk


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Another connection does this in a transaction of its own."""

    def run() -> None:
        try:
            with transaction.atomic():
                work()
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    try:
        yield
    finally:
        other.join(30)


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_while_somebody_sets_the_data_aside(nora, at):
    is_in = threading.Event()

    def set_aside() -> None:
        _restrict(nora=nora, at=at)
        is_in.set()
        time.sleep(0.5)

    with meanwhile(set_aside):
        assert is_in.wait(30)
        with pytest.raises(disclosing.Withheld, match=r"set aside|restrict"):
            disclose(at)
    assert not Disclosure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_sets_data_aside_knows_what_has_left(nora, at):
    is_out, known = threading.Event(), []

    def set_aside() -> None:
        assert is_out.wait(30)
        _restrict(nora=nora, at=at)
        known.append(Disclosure.objects.count())

    with meanwhile(set_aside), transaction.atomic():
        disclose(at)
        is_out.set()
        time.sleep(0.5)
    assert known == [1]


def test_a_field_that_the_way_out_lacks_stays_although_the_register_names_it(at):
    """The register is edited by hand, the way out by review: both must know the field."""
    allow("calendly", flow=PLANNING.code, fields=["name", "street"])

    with pytest.raises(disclosing.FieldTooMany, match="street"):
        disclose(at, fields=["name", "street"])


def test_a_field_that_the_recipient_may_not_have_stays_although_the_way_out_has_it(at):
    Processor.objects.filter(pk="calendly").update(fields=["name"])

    with pytest.raises(disclosing.FieldTooMany, match="email"):
        disclose(at, fields=["name", "email"])


def row(at: datetime, **changes: Any) -> Disclosure:
    told = {"recipient_id": "calendly", "flow": PLANNING.code, "source": PLANNING.source, "fields": ["name"], "purpose": "support"}
    return Disclosure.objects.create(**{**told, "email": NORA, "at": at, "expires_at": at, **changes})


@pytest.mark.promise("P094")
@pytest.mark.parametrize(
    "changes",
    [
        {"fields": ["name", "street"]},
        {"flow": ""},
        {"flow": "accounts.campaigns"},
        {"recipient_id": "mailchimp"},
        {"flow": LOCAL.code, "country": "FR"},
        {"flow": LOCAL.code},
        {"days": 1},
    ],
    ids=lambda changes: next(iter(changes.items())),
)
def test_the_database_takes_no_row_that_the_register_does_not_declare(at, changes):
    allow("calendly", flow=LOCAL.code, fields=PLANNING.fields, countries=["BE"])
    FlowRecipient.objects.filter(flow=PLANNING.code).update(until=TODAY)
    assert row(at).pk
    later = changes.get("days", 0) * DAY

    with pytest.raises(DatabaseError, match="register does not give"), transaction.atomic():
        row(at + later, **{name: value for name, value in changes.items() if name != "days"})


def test_the_database_takes_no_row_after_the_recipient_has_ended(at):
    Processor.objects.filter(pk="calendly").update(until=TODAY - DAY)

    with pytest.raises(DatabaseError, match="register does not give"), transaction.atomic():
        row(at)


def test_the_database_takes_no_row_without_a_contract_or_with_a_field_that_the_recipient_may_not_have(at):
    Processor.objects.filter(pk="calendly").update(fields=["email"])
    with pytest.raises(DatabaseError, match="register does not give"), transaction.atomic():
        row(at)

    Processor.objects.filter(pk="calendly").update(fields=["name"])
    assert row(at).pk
    _end_paper(PaperKind.CONTRACT)()
    with pytest.raises(DatabaseError, match="register does not give"), transaction.atomic():
        row(at)


@pytest.mark.promise("P093")
@pytest.mark.parametrize("basis", ["adequacy", "partial adequacy", "clauses", "notice", "where the person is"])
def test_the_database_takes_no_row_to_a_country_for_which_nothing_stands_on_record(at, basis):
    """It takes one the day something does, and refuses it again the day that ends."""
    place = {"where the person is": "", "partial adequacy": "US"}.get(basis, "GH")
    Processor.objects.filter(pk="calendly").update(countries=["BE", place] if place else [])
    Paper.objects.filter(processor="calendly", kind=PaperKind.FRAMEWORK).update(ended_on=TODAY)
    with pytest.raises(DatabaseError, match="Nothing allows a transfer"), transaction.atomic():
        row(at)

    told = {}
    match basis:
        case "adequacy":
            AdequacyDecision.objects.create(country="GH", decision="2026/1", valid_from=TODAY, valid_until=TODAY, is_confirmed=True)
        case "partial adequacy":
            give_paper("calendly", PaperKind.FRAMEWORK, since=TODAY, until=TODAY)
        case "clauses":
            give_paper("calendly", PaperKind.CLAUSES, since=TODAY, until=TODAY)
        case "notice":
            tell_customers("calendly", "GH", on=TODAY - DAY)
        case _:
            told = {"country": "FR"}
    assert row(at, **told).pk
    days, other = {"notice": (-2, {}), "where the person is": (0, {"country": "GH"})}.get(basis, (1, {}))
    with pytest.raises(DatabaseError, match="Nothing allows a transfer"), transaction.atomic():
        row(at + days * DAY, **other)


def test_the_database_and_the_code_know_the_same_european_economic_area():
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'datamap_transfer_guard'")
        ((source,),) = cursor.fetchall()
    assert set(re.findall(r"'([A-Z]{2})'", source)) == EEA


def test_the_database_takes_no_declared_recipient_of_nothing():
    declared = FlowRecipient.objects.get(recipient="calendly")
    refuses_copy(declared, "datamap_flowrecipient_named", flow="")
    refuses_copy(declared, "datamap_flowrecipient_named", flow="another", fields=[])
    refuses_copy(declared, "datamap_flowrecipient_once")


def test_the_database_takes_no_row_about_nobody(at):
    with pytest.raises(IntegrityError, match="datamap_disclosure_somebody"), transaction.atomic():
        row(at, email="")


@pytest.mark.parametrize(
    "change", [{"fields": []}, {"recipient": "azure"}, {"email": "jan@firm.example"}, {"purpose": "x"}, {"about": "x"}]
)
def test_what_left_is_not_rewritten(at, change):
    made = row(at)

    with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
        Disclosure.objects.filter(pk=made.pk).update(**change)
    assert Disclosure.objects.filter(pk=made.pk).update(expires_at=at - DAY) == 1


def test_it_goes_earlier_and_never_later(at):
    made = row(at)
    Disclosure.objects.filter(pk=made.pk).update(expires_at=at + DAY)

    made.refresh_from_db()
    assert made.expires_at == at


@pytest.mark.parametrize(
    ("flow", "error"),
    [
        (replace(PLANNING, source="nowhere.rows"), "datamap.E020"),
        (replace(PLANNING, fields=("password",)), "datamap.E018"),
        (replace(PLANNING, purpose=NEWSLETTER), "datamap.E019"),
    ],
)
def test_a_way_out_that_says_something_wrong_fails_the_check(flow, error):
    assert [found.id for found in checks.wrong_flow(PLANNING, registry.all_sources())] == []
    assert {found.id for found in checks.wrong_flow(flow, registry.all_sources())} == {error}


def test_a_code_is_declared_once():
    assert flows.declare(PLANNING) == PLANNING
    with pytest.raises(flows.FlowDeclaredTwice):
        flows.declare(Flow(PLANNING.code, "Another", "accounts.contacts", SUPPORT, ("name",)))


@pytest.mark.parametrize(
    ("values", "wrong"),
    [({"flow": "no.such"}, NON_FIELD_ERRORS), ({"fields": ["name", "street"]}, "fields")],
)
def test_the_register_takes_no_way_out_and_no_field_that_nobody_declared(values, wrong):
    made = FlowRecipient(**{"flow": PLANNING.code, "recipient_id": "azure", "fields": ["name"], **values})

    with pytest.raises(ValidationError) as refused:
        made.full_clean()
    assert set(refused.value.message_dict) == {wrong}


def test_a_way_out_that_is_declared_no_more_can_be_ended_in_the_admin(client):
    row = FlowRecipient.objects.create(flow="no.such", recipient_id="calendly", fields=["name"])
    sign_in(client, make_staff(UserRole.PRIVACY_OFFICER))
    page, ended = f"/admin/datamap/flowrecipient/{row.pk}/change/", {"fields": "name", "countries": "", "since": ""}

    ended |= carried(client, page)
    assert "Nobody declared this way out." in client.post(page, ended | {"until": ""}).content.decode()
    assert client.post(page, ended | {"until": TODAY.isoformat()}).status_code == 302
    row.refresh_from_db()
    assert row.until == TODAY
