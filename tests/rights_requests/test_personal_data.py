"""The cases' own declaration: what they hold of a person, and that every period ends to the second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from audit.actor import Actor
from datamap import registry
from letters.models import Letter
from rights_requests import personal_data, services
from rights_requests.enums import Right, Status
from rights_requests.models import AccessCode, IdentityClaim, IncomingMail, Link, Message, Package, RightsRequest
from rights_requests.packages import files
from rights_requests.services import mail_in, sweeping
from subjects import services as subjects
from subjects.enums import HoldGround
from subjects.models import Subject
from tests.letters.mail_cast import mail
from tests.rights_requests import cast

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def at() -> datetime:
    """No summer time begins or ends within the periods of days that follow."""
    return datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def destroy(rule, at) -> int:
    source = registry.get(personal_data.KEY)
    return source.destroy(source.due(rule, at=at, limit=1000), at=at)


def lapsed(at) -> RightsRequest:
    case = cast.file(at=at - timedelta(days=27))
    sweeping.tend(at=at)
    return case


def coded(at) -> AccessCode:
    services.ask_code(reference="R-0000-00", at=at)
    return AccessCode.objects.get()


def put_aside(at) -> IncomingMail:
    mail_in.receive(raw=mail(Auto_Submitted="auto-replied"), at=at)
    return IncomingMail.objects.get()


#: By rule: what makes a row, from when its period counts, how long it is, and whether the row is still there.
PERIODS = {
    "packages": (lambda at: cast.answered(at=at).package, timedelta(days=7), lambda row: not Package.objects.get(pk=row.pk).destroyed_at),
    "unconfirmed": (lapsed, timedelta(days=30), lambda row: RightsRequest.objects.filter(pk=row.pk).exists()),
    "erased": (
        lambda at: cast.erased(at=at - timedelta(hours=49)),
        timedelta(days=30),
        lambda row: bool(RightsRequest.objects.get(pk=row.pk).email),
    ),
    "readable": (
        lambda at: cast.answered(at=at),
        timedelta(days=60),
        lambda row: bool(RightsRequest.objects.get(pk=row.pk).email),
    ),
    "closed": (lambda at: cast.answered(at=at), relativedelta(years=5), lambda row: RightsRequest.objects.filter(pk=row.pk).exists()),
    "codes": (coded, timedelta(days=1, minutes=10), lambda row: AccessCode.objects.filter(pk=row.pk).exists()),
    "mails": (put_aside, timedelta(days=30), lambda row: IncomingMail.objects.filter(pk=row.pk).exists()),
    "links": (
        lambda at: cast.links_of(cast.file(at=at))[0],
        timedelta(days=2),
        lambda row: Link.objects.filter(pk=row.pk).exists(),
    ),
}


@pytest.mark.parametrize("name", sorted(PERIODS))
def test_rows_stay_to_the_last_second_of_their_period_and_go_with_the_next(at, name, settings):
    cast.data_of()
    make, period, is_there = PERIODS[name]
    rule = next(rule for rule in personal_data.Cases.retention if rule.code == f"{personal_data.KEY}.{name}")
    row = make(at)

    assert destroy(rule, at + period - SECOND) == 0
    assert is_there(row)
    assert destroy(rule, at + period) == 1
    assert not is_there(row)
    assert destroy(rule, at + period) == 0


def test_every_rule_is_tested():
    assert {rule.code.rpartition(".")[2] for rule in personal_data.Cases.retention} == set(PERIODS)


def test_an_ended_package_leaves_neither_file_nor_key(at, django_capture_on_commit_callbacks):
    cast.data_of()
    package = cast.answered(at=at).package
    path = files.folder() / package.file_name
    assert path.exists()

    with django_capture_on_commit_callbacks(execute=True):
        destroy(personal_data.PACKAGES, at + timedelta(days=7))

    package.refresh_from_db()
    assert (path.exists(), bytes(package.sealed_key)) == (False, b"")


@pytest.fixture
def erased(at):
    cast.data_of()
    case = cast.approved(at=at, claims="old@customer.example")
    services.write_message(request_id=case.pk, text="I am Noor", author_id=None, actor=cast.PERSON, at=at)
    case = cast.run(case, at=at + timedelta(hours=49))
    Letter.objects.update(status="SENT")
    return case


def test_an_erased_case_keeps_number_dates_and_outcome(erased, at):
    destroy(personal_data.ERASED, at + timedelta(days=33))

    case = RightsRequest.objects.get(pk=erased.pk)
    assert (case.name, case.email, case.text, case.subject, case.account_id) == ("", "", "", None, None)
    assert (case.reference, case.status, case.received_on, case.outcome) == (
        erased.reference,
        Status.ANSWERED,
        date(2026, 6, 1),
        erased.outcome,
    )
    assert not Message.objects.exists()
    assert not IdentityClaim.objects.exists()
    assert not Link.objects.exists()
    assert set(Letter.objects.filter(about=case.reference).values_list("recipient", flat=True)) == {""}


def test_after_that_nobody_knows_the_person(erased, at):
    destroy(personal_data.ERASED, at + timedelta(days=33))
    identities = registry.get("subjects.identities")
    for rule in identities.retention:
        identities.destroy(identities.due(rule, at=at + timedelta(days=40), limit=100), at=at + timedelta(days=40))

    assert not Subject.objects.filter(identifiers__value=cast.EMAIL).exists()


def test_a_legal_hold_stops_the_clock_of_cases(erased, at):
    subjects.hold(
        subject_id=erased.subject_id,
        ground=HoldGround.LITIGATION,
        owner_id="officer",
        review_on=date(2027, 1, 1),
        actor=Actor.system("test"),
        at=at,
    )

    assert destroy(personal_data.ERASED, at + timedelta(days=33)) == 0
    assert destroy(personal_data.CLOSED, at + timedelta(days=3650)) == 0


def test_open_cases_are_never_due(at):
    case = cast.collected(Right.ERASURE, at=at)

    for rule in personal_data.Cases.retention:
        destroy(rule, at + timedelta(days=3650))

    assert RightsRequest.objects.filter(pk=case.pk).exists()


def test_letters_ask_us_which_cases_run(at):
    running, closed = cast.collected(at=at), cast.collected(at=at, email="two@customer.example")
    RightsRequest.objects.filter(pk=closed.pk).update(minimised_at=at)

    assert personal_data.running([running.reference, closed.reference, "R-0000-00"]) == {running.reference}
