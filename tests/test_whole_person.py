"""One person in every room at once: all of it is handed over, all of it goes or is kept by name, and afterwards nobody finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import redis
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from accounts import services as accounts
from accounts.enums import UserRole
from accounts.models import User
from browsing.enums import LinkGround
from datamap import gate, registry
from hosting.models import Deletion
from letters.models import Letter
from oxyprivacy import environment
from recruitment import services as recruitment
from recruitment import storing
from recruitment.enums import PersonnelKind
from recruitment.enums import Status as JobStatus
from recruitment.models import Document
from retention.services import keep_periods
from rights_requests import packages
from rights_requests.enums import Right, Status
from rights_requests.models import RightsRequest
from rights_requests.services import sweeping
from subjects import services as subjects
from tests.accounts import factories
from tests.browsing import cast as browsing_cast
from tests.conformance.casting import Person, casts
from tests.datamap.passing import passed
from tests.hosting import cast as hosting_cast
from tests.recruitment import cast as jobs_cast
from tests.rights_requests import cast
from tests.rights_requests.test_packages import unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from subjects.models import Subject

pytestmark = pytest.mark.django_db

MARKER = "zyxmarker"
EMAIL = f"{MARKER}@customer.example"
#: Sources in which nobody is found: they hold everybody, as one file.
NOBODYS = {"backups.backups"}
#: Sources whose rows the shared suite knows how to make of anybody.
PLAYED = (
    "api.answers",
    "connectors.mail",
    "connectors.tasks",
    "consent.choices",
    "consent.newsletter",
    "events.interests",
    "events.registrations",
    "hosting.backups",
    "security.breaches",
)


@pytest.fixture
def user(at: datetime) -> User:
    """A customer of whom every category holds something."""
    role, company = UserRole.COMPANY_ADMINISTRATOR, factories.make_company()
    customer = factories.make_user(EMAIL, role, name=f"Noor {MARKER}", interest=MARKER, company=company)
    factories.give_second_factor(customer)
    factories.sign_in(Client(), customer)
    factories.make_contact(EMAIL, name=f"Noor {MARKER}", street=f"{MARKER} 1")
    factories.make_message(EMAIL, name=f"Noor {MARKER}", text=f"I am {MARKER}")
    applied = jobs_cast.apply(at=at, email=EMAIL, name=f"Noor {MARKER}", cover_letter=MARKER)
    candidate = jobs_cast.bring(applied, JobStatus.OFFER, at=at)
    recruitment.answer(application_id=candidate.pk, answers={"street": f"{MARKER} 1"}, actor=cast.CLERK, at=at)
    return customer


def employ(at: datetime) -> None:
    """What the law keeps beyond an erasure: a test that wants everything gone leaves this out."""
    employment = jobs_cast.hired(at=at, email=EMAIL, name=f"Noor {MARKER}")
    jobs_cast.add(employment, PersonnelKind.PAYSLIP, at.date(), at=at)


def seed(case: RightsRequest, user: User, *, at: datetime) -> Subject:
    """What the rooms beneath hold once the person is known."""
    subject = case.subject
    assert subject is not None
    database = hosting_cast.order(user)
    hosting_cast.make_grant(database, user)
    Deletion.objects.create(database=database, asked_by=user.pk, asked_at=at)
    accounts.update_profile(user_id=user.pk, changes={"sector": "Printing"}, actor=cast.CLERK, at=at)
    passed("calendly", email=EMAIL, at=at)
    subjects.object_to(subject_id=subject.pk, purpose="marketing", actor=cast.CLERK, at=at)
    subjects.suppress(value=EMAIL, purposes=["marketing"], about=case.reference, actor=cast.PERSON, at=at)
    browsing_cast.make_visit()
    browsing_cast.make_hold(ip=browsing_cast.ELSEWHERE)
    browsing_cast.make_case(subject, ground=LinkGround.OWN_REQUEST)
    person = Person(subject, EMAIL, at, [user])
    for key in PLAYED:
        casts()[key].fill(person, at=at)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=factories.make_staff(), content_type=kind, object_id=str(user.pk), object_repr=str(user), action_flag=CHANGE
    )
    return subject


def held(subject: Subject) -> dict[tuple[str, str], int]:
    return {(source.key, part): rows for source in registry.all_sources() for part, rows in source.count(subject).items()}


@pytest.mark.promise("P036")
def test_a_copy_holds_something_of_every_source(user: User, at: datetime) -> None:
    factories.make_invoice(EMAIL)
    employ(at)
    subjects.block_import(values=[EMAIL], at=at)
    case = cast.collected(at=at, email=EMAIL)
    subject = seed(case, user, at=at)
    expected = held(subject)
    assert {source for source, _part in expected} == {source.key for source in registry.all_sources()} - NOBODYS

    cast.services.answer(request_id=case.pk, actor=cast.CLERK, at=at)
    archive = unpack(cast.run(case, at=at).package)

    inside = {tuple(name.split("/")[1:3]) for name in archive.namelist() if name.endswith(".json") and name.startswith("data/")}
    assert inside == {(source, f"{part}.json") for source, part in expected}


@pytest.mark.promise("P038")
@pytest.mark.parametrize("key", [source.key for source in registry.all_sources() if source.key not in NOBODYS])
def test_what_is_handed_over_is_what_goes_and_what_is_kept(user: User, at: datetime, key: str) -> None:
    """Part by part, for every source: nothing that is shown to the person is passed over in silence when they ask to erase it."""
    factories.make_invoice(EMAIL)
    employ(at)
    subjects.block_import(values=[EMAIL], at=at)
    subject = seed(cast.collected(Right.ERASURE, at=at, email=EMAIL), user, at=at)
    source = registry.get(key)
    exported = {part.name: len(list(part.rows)) for part in source.export(subject)}

    outcome = source.preview(subject, at=at)

    named: dict[str, int] = {part: len(keys) for part, keys in outcome.erased.items()}
    for kept in outcome.kept:
        named[kept.part] = named.get(kept.part, 0) + kept.rows
    assert exported == source.count(subject)
    assert exported
    assert {part: rows for part, rows in named.items() if rows} == exported


def everywhere() -> Iterator[str]:
    """Names of tables, cache keys and files in which the marker stands."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}" t WHERE t::text ILIKE %s)', [f"%{MARKER}%"])
            if cursor.fetchone()[0]:
                yield table
    with redis.Redis.from_url(environment.load().redis_url) as client:
        for key in client.scan_iter():
            if MARKER.encode() in key + (client.dump(key) or b""):
                yield f"cache: {key!r}"
    for folder in (settings.MEDIA_ROOT, settings.MAILBOX, settings.ENVIRONMENT.escrow):
        for path in folder.rglob("*") if folder.exists() else ():
            if path.is_file() and (MARKER in path.name or MARKER.encode() in path.read_bytes()):
                yield str(path)


@pytest.mark.promise("P045")
def test_after_an_erasure_no_table_no_file_and_no_cache_knows_the_person(
    user: User, at: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    access = cast.answered(at=at, email=EMAIL, name=f"Noor {MARKER}", text=MARKER)
    package = packages.files.folder() / access.package.file_name
    application_files = [storing.folder() / name for name in Document.objects.values_list("file_name", flat=True)]
    assert package.exists()
    assert application_files
    case = cast.approved(at=at, email=EMAIL, name=f"Noor {MARKER}", text=f"Erase {MARKER}", claims=f"old.{EMAIL}")
    subjects.suppress(value=EMAIL, purposes=["marketing"], about=access.reference, actor=cast.PERSON, at=at)
    cast.services.write_message(request_id=case.pk, text=MARKER, author_id=None, actor=cast.PERSON, at=at)
    assert {"accounts_user", "accounts_contact", "letters_letter", "rights_requests_message"} <= set(everywhere())

    later = at + timedelta(hours=49)
    with django_capture_on_commit_callbacks(execute=True):
        case = cast.run(case, at=later)
    assert case.status == Status.ANSWERED
    assert not package.exists()
    assert not set(application_files) & set(storing.folder().iterdir())
    assert not User.objects.filter(pk=user.pk).exists()
    # The running case alone still knows whom it answers, for thirty days.
    assert {name for name in everywhere() if not name.startswith("rights_requests_")} == {"letters_letter", "subjects_identifier"}

    Letter.objects.update(status="SENT")
    with django_capture_on_commit_callbacks(execute=True):
        keep_periods(at=later + timedelta(days=31))
        sweeping.tend(at=later + timedelta(days=32))
        keep_periods(at=later + timedelta(days=33))
    assert list(everywhere()) == []
    assert RightsRequest.objects.get(pk=case.pk).outcome
    # Nobody knows the person any more, and yet nobody writes to them.
    assert gate.may_write_to(email=EMAIL, purpose="marketing").reasons == (gate.OBJECTED,)
