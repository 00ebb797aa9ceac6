"""What a person said about an address: a row beside the others, under a keyed hash, that nobody changes."""

from __future__ import annotations

from datetime import timedelta

import psycopg2
import pytest
from dateutil.relativedelta import relativedelta
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from audit.actor import Actor
from audit.models import Event
from datamap import gate, registry
from subjects import checks, selectors, services
from subjects.enums import IdentifierKind, IdentityMethod, SuppressionState
from subjects.identifiers import import_digest, suppression_digest
from subjects.models import Suppression
from tests.audit.test_guard import run
from tests.rights_requests.cast import CLERK

pytestmark = pytest.mark.django_db

EMAIL = "noor@customer.example"
PERSON = Actor.person()
TABLE = "subjects_suppression"


def suppress(at, email=EMAIL, purposes=("marketing",)) -> None:
    services.suppress(value=email, purposes=purposes, about="R-AAAA-11", actor=PERSON, at=at)


def unsuppress(at, email=EMAIL, purpose="marketing") -> None:
    services.unsuppress(email=email, purpose=purpose, about="consent:1", actor=PERSON, at=at)


def may(purpose="marketing", email=EMAIL) -> bool:
    return gate.OBJECTED not in gate.may_write_to(email=email, purpose=purpose).reasons


@pytest.fixture
def noor(at):
    return services.subject_for(identifiers=[(IdentifierKind.EMAIL, EMAIL)], method=IdentityMethod.MAILBOX, at=at)


@pytest.mark.promise("P003")
def test_an_address_is_written_to_until_somebody_says_no(at):
    assert may()
    suppress(at)

    assert not may()
    assert may(email="jan@customer.example")


def test_a_no_that_comes_after_a_yes_counts_although_its_servers_clock_is_behind(at):
    suppress(at)
    unsuppress(at + timedelta(minutes=3))
    assert may()
    suppress(at + timedelta(minutes=1))

    assert not may()
    unsuppress(at + timedelta(minutes=5))
    assert may()


@pytest.mark.parametrize("spelling", ["Noor@Customer.example", "  noor@customer.example ", "ＮＯＯＲ@customer.example"])
def test_it_is_one_mailbox_however_it_is_written(at, spelling):
    suppress(at, email=spelling)

    assert not may()


@pytest.mark.parametrize("objected", ["marketing", "newsletter"])
@pytest.mark.parametrize("asked", ["marketing", "newsletter"])
def test_a_no_to_one_kind_of_marketing_is_one_to_all_of_it(at, objected, asked):
    suppress(at, purposes=[objected])

    assert not may(asked)


@pytest.mark.parametrize("purpose", ["service", "support", "billing", "security", "statistics", "rights"])
def test_what_is_no_marketing_goes_on(at, purpose):
    suppress(at)

    assert gate.may_write_to(email=EMAIL, purpose=purpose)


def test_an_address_that_nobody_knows_never_consented():
    assert gate.may_write_to(email=EMAIL, purpose="newsletter").reasons == (gate.NO_CONSENT,)


def test_any_address_of_a_person_is_enough(noor, at):
    services.add_identifier(subject_id=noor.pk, kind=IdentifierKind.EMAIL, value="noor@home.example", method=IdentityMethod.ON_FILE, at=at)
    suppress(at, email="noor@home.example")

    assert gate.may_process(subject=noor, purpose="marketing").reasons == (gate.OBJECTED,)
    assert not may()


def test_the_last_word_counts(at):
    suppress(at)
    unsuppress(at + timedelta(days=1))
    assert may()

    suppress(at + timedelta(days=2))
    assert not may()


def test_a_yes_is_to_what_it_names_alone(at):
    suppress(at)
    unsuppress(at + timedelta(days=1), purpose="newsletter")

    assert may("newsletter")
    assert not may("marketing")


def test_a_yes_is_a_row_beside_the_no(at):
    suppress(at)
    unsuppress(at + timedelta(days=1))

    assert list(Suppression.objects.values_list("state", flat=True)) == ["STANDS", "LIFTED"]


def test_staff_cannot_take_back_what_somebody_else_said(at):
    suppress(at)
    with pytest.raises(PermissionDenied):
        services.unsuppress(email=EMAIL, purpose="marketing", about="x", actor=CLERK, at=at)

    assert not may()


def test_both_leave_an_event_without_the_address_or_its_hash(at):
    suppress(at)
    unsuppress(at)

    events = Event.objects.filter(action__startswith="subject.")
    assert {event.action for event in events} == {"subject.suppressed", "subject.unsuppressed"}
    assert all(event.details == {"purpose": "marketing"} for event in events)


def test_the_hash_is_of_use_for_nothing_else(settings):
    assert suppression_digest(EMAIL) != import_digest(EMAIL)
    before = suppression_digest(EMAIL)
    settings.SECRET_KEY = "another key"
    assert suppression_digest(EMAIL) != before


@pytest.fixture
def new_key(settings):
    def change(*, is_old_known: bool = True) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if is_old_known else []
        settings.SECRET_KEY = "a key that nobody had before"

    return change


def test_a_no_outlives_the_key_and_a_yes_after_it_ends_it(at, new_key, settings):
    suppress(at)
    new_key()
    assert not may()
    assert not checks.check_keys(databases=["default"])

    unsuppress(at + timedelta(days=1))
    assert may()
    settings.SECRET_KEY_FALLBACKS = []
    assert may()


def test_a_key_that_is_lost_is_said(at, new_key):
    suppress(at)
    new_key(is_old_known=False)

    (error,) = checks.check_keys(databases=["default"])
    assert (error.id, error.msg.split()[0]) == ("subjects.E002", "1")
    assert not checks.check_keys(databases=None)


@pytest.mark.parametrize(("years", "is_fine"), [(None, True), (3, True), (10, True), (2, False), (0, False)])
def test_less_than_three_years_is_said(settings, years, is_fine):
    settings.RIGHTS = {**settings.RIGHTS, "keep_suppressions_years": years}

    assert [error.id for error in checks.check_years()] == ([] if is_fine else ["subjects.E001"])


def test_a_no_is_kept_for_good_unless_the_setting_gives_it_years(at, settings):
    suppress(at)
    settings.RIGHTS = {**settings.RIGHTS, "keep_suppressions_years": 3}
    suppress(at)

    assert list(Suppression.objects.values_list("expires_at", flat=True)) == [None, at + relativedelta(years=3)]


# The app's role, with SQL of its own.
@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET state = 'LIFTED', expires_at = now()",
        f"UPDATE {TABLE} SET digest = ''",
        f"UPDATE {TABLE} SET expires_at = now()",
        f"DELETE FROM {TABLE}",
        f"TRUNCATE {TABLE}",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
        f"DROP TABLE {TABLE}",
    ],
)
def test_the_role_of_the_app_neither_changes_nor_deletes_a_row(at, statement):
    suppress(at)
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert not may()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", [f"UPDATE {TABLE} SET state = 'LIFTED'", f"DELETE FROM {TABLE}", f"TRUNCATE {TABLE}"])
@pytest.mark.parametrize("url", ["owner_url", "retention_url"])
def test_the_owner_and_the_purge_are_bound_too(at, statement, url):
    suppress(at)
    with pytest.raises((psycopg2.errors.RaiseException, psycopg2.errors.InsufficientPrivilege)):
        run(getattr(django_settings.ENVIRONMENT, url), statement)

    assert not may()


@pytest.mark.parametrize("wrong", [{"about": ""}, {"purpose": ""}, {"state": SuppressionState.LIFTED}])
def test_a_row_without_its_reason_or_its_end_cannot_be_written(at, wrong):
    row = {"digest": b"x", "key_name": "k", "purpose": "marketing", "about": "a", "since": at, **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(**row)


# What the map says of it.
def source():
    return registry.get("subjects.suppressed")


def test_an_erasure_keeps_it_with_its_reason(noor, at):
    suppress(at)
    for outcome in (source().preview(noor, at=at), source().erase(noor, at=at)):
        (kept,) = outcome.kept
        assert (kept.rows, kept.ground, kept.article, str(kept.until_event)) == (
            1,
            "LEGAL_OBLIGATION",
            "Art. 21(3) GDPR",
            "until you ask us to write again",
        )
        assert not outcome.erased

    assert not may()


def test_access_shows_it_to_whom_it_belongs(noor, at):
    stranger = services.subject_for(identifiers=[(IdentifierKind.EMAIL, "x@firm.example")], method=IdentityMethod.MAILBOX, at=at)
    suppress(at)

    (part,) = source().export(noor)
    names = [name for name, _label in part.columns]
    (row,) = part.rows
    assert dict(zip(names, row, strict=True)) | {"id": None} == {
        "id": None,
        "purpose": "marketing",
        "state": "STANDS",
        "about": "R-AAAA-11",
        "since": at,
        "expires_at": None,
    }
    assert source().count(stranger) == {}


def purge(at) -> int:
    rule = source().retention[0]
    return source().destroy(source().due(rule, at=at, limit=10), at=at)


@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_a_no_that_stands_is_never_due_and_one_that_was_ended_goes_with_its_end():
    now = timezone.now()
    suppress(now - timedelta(days=3000))
    assert purge(now) == 0

    unsuppress(now - timedelta(days=365))
    assert purge(now - timedelta(days=1)) == 0
    assert purge(now) == 2
    assert not Suppression.objects.exists()


@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_what_was_said_after_the_yes_stays():
    now = timezone.now()
    suppress(now - timedelta(days=800))
    unsuppress(now - timedelta(days=500))
    suppress(now - timedelta(days=100))

    assert purge(now) == 2
    assert not may()


@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_a_yes_stays_beside_an_older_no_to_something_else():
    now = timezone.now()
    suppress(now - timedelta(days=800))
    unsuppress(now - timedelta(days=500), purpose="newsletter")

    assert purge(now) == 0
    assert may("newsletter")


@pytest.mark.django_db(transaction=True, databases=["default", "retention"])
def test_years_from_the_setting_are_kept_to_the_day(settings):
    settings.RIGHTS = {**settings.RIGHTS, "keep_suppressions_years": 3}
    now = timezone.now()
    suppress(now - relativedelta(years=3) + timedelta(minutes=5))
    assert purge(now) == 0

    suppress(now - relativedelta(years=3))
    assert purge(now) == 1


def test_the_whole_of_it_is_declared():
    call_command("check")


def test_addresses_of_nobody_ask_nothing_of_anybody(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert selectors.suppressions_by_address([]) == {}
