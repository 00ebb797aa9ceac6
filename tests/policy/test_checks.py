"""What each live check says when all is well, when something is amiss, and how many statements it asks for, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from accounts.enums import UserRole
from accounts.models import HandDeletion, User
from audit.actor import Actor
from audit.services import event
from browsing.models import VisitHold
from consent.models import Site
from datamap import checks as declaration
from datamap import promises
from datamap.models import Subsidiary
from datamap.promises import State
from datamap.services import publish_policy
from hosting.models import CustomerDatabase
from letters import events
from policy.promises import all_promises, facts
from recruitment.enums import Status
from recruitment.models import Application, OfferAnswer
from rights_requests.models import IncomingMail
from subjects.models import Tombstone
from tests.accounts.factories import make_staff
from tests.backups.source_casts import Backup
from tests.browsing import cast as visits
from tests.hosting import cast as hosting
from tests.recruitment import cast as jobs
from tests.rights_requests import cast as requests

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=timezone.get_fixed_timezone(0))
DAY = timedelta(days=1)


def late_answer() -> None:
    assert requests.file(at=NOW - 60 * DAY).due_on < NOW.date()


def mail(age: timedelta) -> None:
    IncomingMail.objects.create(digest="0" * 64, language="en", received_at=NOW - age)


def plain_password() -> None:
    user = make_staff(UserRole.HELPDESK)
    User.objects.filter(pk=user.pk).update(password="md5$a$b")


def nowhere() -> None:
    User.objects.filter(pk=make_staff(UserRole.HELPDESK).pk).update(entity="", country="")


def deleted_much() -> None:
    HandDeletion.objects.create(agent_id="1", rows=51, at=NOW - timedelta(hours=1))


def database() -> CustomerDatabase:
    return hosting.order(hosting.make_administrator())


def one_replica() -> None:
    hosting.make_backup(database(), at=NOW - DAY, places=("be-1",))


def backup_over() -> None:
    hosting.make_backup(database(), at=NOW - 300 * DAY, expires_at=NOW - DAY)


def grant_over() -> None:
    ended = {"approved_by": make_staff().pk, "approved_at": NOW - DAY, "ends_at": NOW - timedelta(hours=5)}
    hosting.make_grant(database(), make_staff(UserRole.HELPDESK), at=NOW - DAY, **ended)


def far_away() -> None:
    open_now = {"approved_by": make_staff().pk, "approved_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(hours=1)}
    there = make_staff(UserRole.HELPDESK)
    User.objects.filter(pk=there.pk).update(entity="Oxygis Maroc", country="MA")
    there.refresh_from_db()
    hosting.make_grant(database(), there, at=NOW - timedelta(hours=1), **open_now)


def clauses_end() -> None:
    signed = {"clauses_module": "Two", "clauses_signed_on": (NOW - 300 * DAY).date(), "assessed_on": (NOW - 300 * DAY).date()}
    Subsidiary.objects.create(entity="Oxygis Maroc", country="MA", clauses_valid_until=(NOW + 59 * DAY).date(), **signed)


def own_backup(*, taken_at: datetime, expires_at: datetime) -> None:
    told = {"size": 1, "stored": 1, "seal": "", "tool": "", "ledger": 0}
    Backup.objects.create(name=f"{taken_at}", places=["be-1", "be-2"], taken_at=taken_at, expires_at=expires_at, **told)


def early_details() -> None:
    """The database takes none before an offer; somebody took the offer back past the services."""
    application = jobs.bring(jobs.apply(at=NOW), Status.OFFER, at=NOW)
    OfferAnswer.objects.create(application=application, field="birth", value="x", answered_at=NOW)
    Application.objects.filter(pk=application.pk).update(status=Status.INTERVIEW)


def flagged() -> None:
    Application.objects.filter(pk=jobs.apply(at=NOW).pk).update(flag_reason="SPECIAL")


def unsealed() -> None:
    event(action="room.done", about="R-0000-00", actor=Actor.system("test"), at=NOW - timedelta(hours=2), number=1).save()


def unmarked() -> None:
    when = {"erased_at": NOW - DAY, "expires_at": NOW + 400 * DAY}
    Tombstone.objects.create(source="room.rows", part="rows", row_keys=[make_staff().pk], about="R-0000-00", **when)


def late_review() -> None:
    VisitHold.objects.filter(pk=visits.make_hold().pk).update(review_on=(NOW - DAY).date())


#: Promise, what makes it amiss, how it stands then, and the words that say it.
AMISS: list[tuple[str, Callable[[], object], State, str]] = [
    ("P035", late_answer, State.BROKEN, "past their date: 1"),
    ("P036", late_answer, State.BROKEN, "past their date: 1"),
    ("P038", late_answer, State.KEPT, "past their date: 0"),
    ("P119", lambda: mail(2 * DAY), State.WATCHED, "for longer than they may: 1"),
    ("P119", lambda: mail(30 * DAY), State.BROKEN, "for longer than they may: 1"),
    ("P007", plain_password, State.BROKEN, "in any other way: 1"),
    ("P091", nowhere, State.WATCHED, "without company or country: 1"),
    ("P081", deleted_much, State.WATCHED, "last 24 hours: 51"),
    ("P090", one_replica, State.BROKEN, "0 % of 1"),
    ("P082", backup_over, State.BROKEN, "would not go: 2"),
    ("P082", lambda: own_backup(taken_at=NOW - 300 * DAY, expires_at=NOW - DAY), State.BROKEN, "beyond their time: 1"),
    ("P054", lambda: own_backup(taken_at=NOW - 4 * DAY, expires_at=NOW + DAY), State.BROKEN, "29 October 2026"),
    ("P054", unsealed, State.BROKEN, "sealed and are not: 1"),
    ("P124", grant_over, State.BROKEN, "open past their end: 1"),
    ("P092", far_away, State.BROKEN, "without live clauses: 1"),
    ("P092", clauses_end, State.WATCHED, "31 December 2026"),
    ("P012", early_details, State.BROKEN, "without an offer: 1"),
    ("P014", flagged, State.WATCHED, "not taken out yet: 1"),
    ("P085", unmarked, State.BROKEN, "outside the database: 1"),
    ("P104", lambda: Site.objects.create(code="new.example", name="New"), State.BROKEN, "languages: 3."),
    ("P074", lambda: visits.make_visit(NOW - relativedelta(months=12) - 2 * DAY), State.BROKEN, "not deleted yet: 1"),
    ("P074", lambda: visits.make_visit(NOW - relativedelta(months=12) - timedelta(hours=3)), State.WATCHED, "not deleted yet: 1"),
    ("P074", lambda: visits.make_visit(NOW - relativedelta(months=12) + DAY), State.KEPT, "364 days"),
    ("P075", late_review, State.WATCHED, "review is late: 1"),
]
#: What a database where nothing has happened yet cannot show.
NOT_BEGUN = {"P001": State.WATCHED, "P117": State.WATCHED, "P118": State.WATCHED, "P054": State.WATCHED}


def said(verdict: promises.Verdict) -> str:
    return " ".join(facts.said(facts.stored(verdict.facts), reader=facts.Reader.STAFF))


def test_where_nothing_is_amiss_everything_watched_is_kept():
    found = {promise: promises.look(promise, at=NOW) for promise in promises.watched()}
    assert {name: verdict.state for name, verdict in found.items() if verdict.state != NOT_BEGUN.get(name, State.KEPT)} == {}
    assert [name for name, verdict in found.items() if not said(verdict)] == []
    assert len(found) >= 45
    assert found.keys() <= all_promises().keys()


@pytest.mark.parametrize(("promise", "make", "state", "words"), AMISS, ids=[f"{one[0]}-{number}" for number, one in enumerate(AMISS)])
def test_what_is_amiss_is_seen_and_said(promise, make, state, words):
    make()
    found = promises.look(promise, at=NOW)
    assert (found.state, words in said(found)) == (state, True), said(found)


def test_the_policy_is_counted_without_the_lists_that_are_published_beside_it():
    day = timezone.localdate(NOW) - timedelta(days=9)
    for number, slug in enumerate(("privacy", "processors", "processors")):
        for language in ("en", "fr", "nl"):
            publish_policy(
                slug=slug,
                body="Text.",
                language=language,
                effective_on=day + timedelta(days=number),
                title="T",
                actor=Actor.system("test"),
                at=NOW,
            )
    found = promises.look("P001", at=NOW)
    assert (found.state, said(found)) == (State.KEPT, f"Versions so far: 1; the text in force is of {facts.day(day)}.")


def test_a_visit_under_a_hold_is_past_its_limit_for_a_reason():
    visit = visits.make_visit(NOW - relativedelta(months=13))
    visits.make_hold(ip=visit.ip, starts_at=visit.at - DAY, until=visit.at + DAY)
    found = promises.look("P074", at=NOW)
    assert (found.state, "held for a recorded reason" in said(found)) == (State.KEPT, True)


def test_a_letter_of_marketing_without_its_way_out_is_seen(monkeypatch):
    kinds = {name: one for name, one in events.EVENTS.items() if one.is_marketing}
    bare = {name: events.Event(purpose=one.purpose) for name, one in kinds.items()}
    monkeypatch.setattr("letters.promises.EVENTS", bare)
    assert kinds
    assert promises.look("P023", at=NOW).state == State.BROKEN


def test_a_column_that_nobody_declared_is_seen(monkeypatch):
    assert promises.look("P004", at=NOW).state == State.KEPT
    monkeypatch.setattr(declaration.registry, "exemptions", dict)
    found = promises.look("P004", at=NOW)
    assert found.state == State.BROKEN


@pytest.mark.parametrize("cases", [1, 12])
def test_a_look_asks_as_many_statements_for_many_rows_as_for_few(cases, django_assert_num_queries):
    for number in range(cases):
        requests.file(at=NOW, email=f"p{number}@customer.example")
        visits.make_visit(NOW - number * DAY)
    with django_assert_num_queries(1):
        promises.look("P035", at=NOW)
    with django_assert_num_queries(3):
        promises.look("P074", at=NOW)


def test_checks_of_one_promise_are_one_verdict_and_the_worst_counts(monkeypatch):
    monkeypatch.setattr(promises, "_checks", {"P051": []})
    for state in (State.KEPT, State.BROKEN, State.WATCHED):
        promises._checks["P051"].append(lambda _at, state=state: promises.Verdict(state, (promises.Fact(state.value),)))
    found = promises.look("P051", at=NOW)
    assert (found.state, [fact.words for fact in found.facts]) == (State.BROKEN, ["BROKEN", "WATCHED", "KEPT"])
    assert promises.look("P052", at=NOW) is not None, "a rule of retention keeps it"
    assert promises.look("P055", at=NOW) is None
