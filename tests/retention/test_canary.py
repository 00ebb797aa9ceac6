"""A person in every room, a file, a session, letters, a package: years later all of it has gone by its periods, and nobody finds it.

Looked at: the database as ``pg_dump`` writes it, media with packages and exports, the mailbox, the escrow, Valkey with cache and queue,
and what the servers and we ourselves logged meanwhile. Not looked at, and named here: what PostgreSQL still has in its files of rows that
are deleted, until it has vacuumed and written over them, and its write-ahead log. Neither is read by anybody but the server; a copy of
the files is a backup, and goes with it after twelve months (policy VII).
"""

from __future__ import annotations

import subprocess
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from accounts.models import Contact, ContactMessage, Invoice, Session, User
from browsing.models import LinkCase
from connectors.models import MailCall
from datamap import registry
from datamap.rows import RETENTION
from hosting.postgres import tools
from letters.models import Letter
from oxyprivacy import environment
from recruitment import storing
from recruitment.enums import Status
from recruitment.models import Application, Document, Employment, PersonnelDocument
from retention import services
from rights_requests import packages
from rights_requests.models import RightsRequest
from rights_requests.services import sweeping
from security.models import Breach
from subjects.models import Objection
from tests import test_whole_person as whole
from tests.accounts import factories
from tests.browsing.cast import make_visit
from tests.browsing.source_casts import LinksCast
from tests.conformance.casting import Person
from tests.rights_requests import cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONG_AGO = datetime(2013, 3, 4, 9, 30, tzinfo=ZoneInfo("Europe/Brussels"))
MARKER = whole.MARKER.encode()


def everywhere() -> set[str]:
    return set(whole.everywhere()) | {f"dump: {table}" for table in dumped()}


def dumped() -> Iterator[str]:
    """Tables in whose part of a dump the marker stands: whatever schema they are in, and whoever made them."""
    config = environment.database(environment.load().test_superuser_url)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        program = tools.program_for("pg_dump", version=int(cursor.fetchone()[0]))
    variables = {"PGHOST": config["HOST"], "PGPORT": str(config["PORT"]), "PGUSER": config["USER"], "PGPASSWORD": config["PASSWORD"]}
    told = subprocess.run(
        [str(program), "--dbname", str(settings.DATABASES["default"]["NAME"])],
        env={name: value for name, value in variables.items() if value},
        capture_output=True,
        check=True,
        timeout=120,
    )
    table = "outside of tables"
    for line in told.stdout.splitlines():
        if line.startswith(b"COPY "):
            table = line.split()[1].decode()
        if MARKER in line.lower():
            yield table


def server_logs() -> Mapping[Path, int]:
    """What the embedded servers wrote down so far; servers that are not ours keep theirs elsewhere."""
    with closing(psycopg2.connect(environment.load().test_superuser_url)) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT current_setting('data_directory')")
        folder = Path(cursor.fetchone()[0]).parent / "logs"
    return {path: path.stat().st_size for path in folder.glob("*") if path.is_file()}


def written_since(sizes: Mapping[Path, int]) -> bytes:
    return b"".join(path.read_bytes()[sizes.get(path, 0) :] for path in server_logs())


def age() -> None:
    """What factories make as of today happened long ago, too."""
    User.objects.filter(role="COMPANY_ADMINISTRATOR").update(joined_at=LONG_AGO, last_login=LONG_AGO)
    Session.objects.update(created_at=LONG_AGO, last_used_at=LONG_AGO)
    Contact.objects.update(last_act_at=LONG_AGO)
    ContactMessage.objects.update(received_at=LONG_AGO)
    Invoice.objects.update(keep_until=LONG_AGO.date())
    Employment.objects.update(ended_on=LONG_AGO.date(), keep_until=LONG_AGO.date())
    PersonnelDocument.objects.update(keep_until=LONG_AGO.date())
    Application.objects.filter(status=Status.HIRED).update(closes_on=LONG_AGO.date())
    LogEntry.objects.update(action_time=LONG_AGO)
    # The mailing service was told, and the breach is over.
    MailCall.objects.update(status="DONE", email="", done_at=LONG_AGO)
    Breach.objects.update(status="CLOSED", closed_at=LONG_AGO - timedelta(days=1), closed_by="A1", expires_at=LONG_AGO)
    Letter.objects.update(status="SENT")


@pytest.mark.promise("P068")
@pytest.mark.django_db(transaction=True, databases=["default", RETENTION])
def test_after_all_periods_nothing_is_found_of_anybody(settings, caplog):
    settings.RETENTION = settings.RETENTION | {"few": 10_000}
    logs = server_logs()
    user = whole.user.__wrapped__(LONG_AGO)
    factories.make_invoice(whole.EMAIL)
    whole.employ(LONG_AGO)
    make_visit(datetime(2024, 6, 12, 12, tzinfo=timezone.get_current_timezone()), referrer=f"https://{whole.MARKER}.example/")
    case = cast.collected(at=LONG_AGO, email=whole.EMAIL, name=f"Noor {whole.MARKER}", text=whole.MARKER)
    subject = whole.seed(case, user, at=LONG_AGO)
    LinkCase.objects.all().delete()
    LinksCast().case(Person(subject, whole.EMAIL, LONG_AGO), since=LONG_AGO)
    held = {key for key, _part in whole.held(subject)}
    cast.services.answer(request_id=case.pk, actor=cast.CLERK, at=LONG_AGO)
    package = packages.files.folder() / cast.run(case, at=LONG_AGO).package.file_name
    files = [package, *(storing.folder() / name for name in Document.objects.values_list("file_name", flat=True))]
    assert len(files) > 1
    assert all(file.exists() for file in files)
    assert held == {source.key for source in registry.all_sources()} - whole.NOBODYS - {"subjects.erased", "browsing.visits"}, (
        "what erasures leave, and visits, name nobody"
    )
    planted = everywhere()
    assert {"letters_letter", "recruitment_application", "dump: public.browsing_visit_2024w24"} <= planted

    # A request that another system filed, and that nobody ever confirmed, lapsed in its time.
    RightsRequest.objects.filter(status="AWAITING_IDENTITY").update(received_at=LONG_AGO)
    sweeping.tend(at=LONG_AGO + timedelta(days=27))
    age()
    keep()
    # Art. 21(3): whoever said no to advertising is known until they say otherwise.
    assert set(whole.everywhere()) == {"subjects_identifier"}
    Objection.objects.update(ended_at=LONG_AGO)
    keep()

    assert everywhere() == set()
    assert not [file for file in files if file.exists()]
    assert not Session.objects.exists()
    assert whole.MARKER not in caplog.text.lower()
    assert MARKER not in written_since(logs).lower()


def keep() -> None:
    """Twice: what hangs on a row keeps it for one round more."""
    for _round in range(2):
        services.keep_periods(at=timezone.now())
        sweeping.tend(at=timezone.now())
