"""A rule's period: shortened by two people, never longer than the policy, and then in force for everybody who reads the declaration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from browsing import selectors
from browsing.models import Visit
from datamap import periods, registry
from datamap.models import PeriodChange, PolicyPeriod
from datamap.services import publish_policy
from retention import rules, services
from retention.enums import RunStatus, StopReason
from retention.models import Run
from retention.services import editing
from rights_requests.packages import information
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.browsing import cast
from tests.conformance.casting import Person, casts
from tests.conformance.instants import INSTANTS, SECOND
from tests.retention.house import VISITS, ask_period, set_period

pytestmark = pytest.mark.django_db

ASKER, APPROVER = (Actor(kind=ActorKind.STAFF, id=number) for number in ("71", "72"))
FRANCE = "recruitment.applications.fr"
EDITABLE = [rule.code for _source, rule in services.rules() if rule.shortest is not None]


def period_of(code, at) -> tuple[int, int]:
    return periods.in_parts(services.rule_of(code, at=at)[1].keep_for)


@pytest.mark.promise("P070")
def test_france_sets_two_years_and_the_engine_and_the_access_letter_say_so(at):
    """The policy's three years stay the most; Belgium keeps them."""
    set_period(at=at, code=FRANCE, months=24)

    assert period_of(FRANCE, at) == (24, 0)
    assert period_of("recruitment.applications.be", at) == (36, 0)
    source = registry.get("recruitment.applications")
    subject = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, "a@b.example")], method=IdentityMethod.MAILBOX, at=at)
    (told,) = information.about([source], subject=subject, reference="R-1", at=at)["sources"]
    assert {line["label"]: line["period"] for line in told["periods"]}["Applications in France"] == "2 years"
    ((page, _recipients, _source),) = information.told([told])
    assert "2 years" in page
    (before,) = information.about([source], subject=subject, reference="R-1", at=at - SECOND)["sources"]
    ((page, _recipients, _source),) = information.told([before])
    assert "2 years" not in page


@pytest.mark.parametrize("code", EDITABLE)
def test_under_a_shortened_period_a_row_stays_to_the_last_second_and_goes_with_the_next(code, at):
    source, declared = services.rule_of(code)
    months, days = periods.in_parts(declared.keep_for)
    shorter = (months - 1, 3) if months > 1 else (0, days - 1) if days > 1 else None
    if shorter is None or (days == 7 and not months and declared.shortest == relativedelta(days=7)):
        return
    set_period(at=at, code=code, months=shorter[0], days=shorter[1])
    late = max(INSTANTS.values()) + timedelta(days=3000)
    rule = source.rule_of(code, at=max(late, at))
    assert periods.in_parts(rule.keep_for) == shorter
    played = casts()[source.key]
    since = at + timedelta(days=1)
    row = played.ending(rule, Person.called("noor@customer.example", at=at), since=since)
    end = played.ends_at(rule, since=since)

    assert source.due(rule, at=end - SECOND, limit=9).keys == ()
    plan = source.due(rule, at=end, limit=9)
    assert (plan.keys, source.count_due(rule, at=end)) == ((row.pk,), 1)
    assert source.destroy(plan, at=end - SECOND) == 0
    assert source.destroy(plan, at=end) == 1


def test_it_holds_from_its_day_and_not_before_its_approval(at):
    begins = at + timedelta(days=3)
    change = services.ask_period(code=VISITS, period=relativedelta(months=6), starts_at=begins, reason="R", actor=ASKER, at=at)
    assert period_of(VISITS, begins) == (12, 0)
    services.approve_period(change_id=change.pk, actor=APPROVER, at=at + timedelta(days=5))
    assert period_of(VISITS, begins) == (12, 0)
    assert period_of(VISITS, at + timedelta(days=5)) == (6, 0)
    events = Event.objects.filter(about=f"rule:{VISITS}", action__startswith="retention.period").order_by("id")
    assert [(event.action, event.actor_id) for event in events] == [("retention.period_asked", "71"), ("retention.period_approved", "72")]
    assert events[0].details["rows"] == 0


def test_its_effect_is_counted_by_the_code_of_the_plan():
    now = timezone.now()
    for months in (1, 7, 8):
        cast.make_visit(at=now - relativedelta(months=months))
    assert services.preview(VISITS, relativedelta(months=6), at=now).rows == 2
    assert ask_period(at=now).would_remove == 2
    assert Visit.objects.count() == 3


def test_the_next_plan_after_a_change_stops_and_an_importer_reads_by_the_new_period():
    now = timezone.now()
    source, rule = services.rule_of(VISITS, at=now)
    services.keep_rule(source=source, rule=rule, at=now)
    cast.make_visit(at=now - relativedelta(months=7))
    set_period(at=now)
    source, rule = services.rule_of(VISITS, at=now)

    assert services.keep_rule(source=source, rule=rule, at=now) == 0
    assert Run.objects.get(status=RunStatus.STOPPED).stopped_because == StopReason.RULE_EDITED
    assert periods.in_parts(selectors.kept_for(now)) == (6, 0)


@pytest.mark.parametrize("months", [13, 120])
def test_nothing_is_longer_than_the_policy(at, months):
    with pytest.raises(editing.TooLong):
        ask_period(at=at, months=months)
    set_period(at=at, months=6)
    set_period(at=at + SECOND, months=12)
    assert period_of(VISITS, at + SECOND) == (12, 0)


def test_a_longer_declaration_waits_for_a_new_version_of_the_policy(at):
    publish_policy(body="One year.", language="en", effective_on=at.date(), title="T", actor=ASKER, at=at)
    editing.remember(at=at)
    source, rule = services.rule_of(VISITS)
    longer = replace(rule, keep_for=relativedelta(months=24))
    assert periods.in_parts(periods.in_force([longer], at=at)[0].keep_for) == (12, 0)

    later = at + timedelta(days=30)
    publish_policy(body="Two years.", language="en", effective_on=later.date(), title="T", actor=ASKER, at=at)
    PolicyPeriod.objects.create(effective_on=later.date(), rule=VISITS, months=24, days=0)
    assert periods.in_parts(periods.in_force([longer], at=at)[0].keep_for) == (12, 0)
    assert periods.in_parts(periods.in_force([longer], at=later)[0].keep_for) == (24, 0)
    assert source.rule_of(VISITS, at=later).keep_for == rule.keep_for


def test_a_list_that_is_published_beside_the_policy_is_no_version_of_it(at):
    publish_policy(body="One year.", language="en", effective_on=at.date(), title="T", actor=ASKER, at=at)
    editing.remember(at=at)
    later = at + timedelta(days=30)
    publish_policy(slug="processors", body="A, B.", language="en", effective_on=later.date(), title="T", actor=ASKER, at=at)
    editing.remember(at=later)
    assert set(PolicyPeriod.objects.values_list("effective_on", flat=True)) == {at.date()}


def test_nobody_approves_their_own_change_and_only_one_waits(at):
    change = ask_period(at=at)
    with pytest.raises(editing.Waiting):
        ask_period(at=at, months=7, asked_by="72")
    with pytest.raises(editing.SameColleague):
        services.approve_period(change_id=change.pk, actor=ASKER, at=at)
    services.withdraw_period(change_id=change.pk, actor=ASKER, at=at)
    with pytest.raises(editing.NotWaiting):
        services.approve_period(change_id=change.pk, actor=APPROVER, at=at)
    assert period_of(VISITS, at) == (12, 0)


def test_what_law_fixes_is_asked_for_by_nobody_and_nothing_holds_from_before(at):
    fixed = next(rule.code for _source, rule in services.rules() if rule.shortest is None)
    for code, starts_at, error in ((fixed, at, editing.Fixed), (VISITS, at - timedelta(seconds=1), editing.InThePast)):
        with pytest.raises(error):
            editing.ask_period(code=code, period=relativedelta(months=6), starts_at=starts_at, reason="R", actor=ASKER, at=at)
    assert not PeriodChange.objects.exists()


def refused(statement, values=()) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        "approved_by = asked_by, approved_at = now()",
        "approved_by = NULL, approved_at = now()",
        "approved_by = '', approved_at = now()",
        "approved_by = '9', approved_at = NULL",
        "asked_by = NULL, approved_by = '9', approved_at = now()",
        "asked_by = '9', approved_by = '71', approved_at = now()",
        "months = 7",
        "months = NULL",
        "most_months = 999",
        "starts_at = now() - interval '1 year'",
    ],
)
def test_the_database_takes_no_change_by_one_person_alone_and_no_other_than_was_asked(at, change):
    ask_period(at=at)
    refused(f"UPDATE datamap_periodchange SET {change}")
    assert PeriodChange.objects.get().approved_at is None


INSERT = (
    "INSERT INTO datamap_periodchange (id, rule, months, days, most_months, most_days, starts_at, reason, would_remove, asked_by, asked_at,"
    " approved_by, approved_at) VALUES (gen_random_uuid(), %s, %s, %s, %s, 0, now(), 'R', 0, '71', now(), %s, {})"
)


@pytest.mark.parametrize(
    ("months", "days", "most", "approved_by", "approved_at"),
    [
        (13, 0, 12, "", "NULL"),
        (0, 366, 12, "", "NULL"),
        (12, 1, 12, "", "NULL"),
        (0, 90, 3, "", "NULL"),
        (24, 0, 24, "", "NULL"),
        (0, 0, 12, "", "NULL"),
        (6, 0, 12, "72", "now()"),
        (None, 1, 12, "", "NULL"),
    ],
)
def test_the_database_takes_no_period_that_is_longer_than_the_policy_and_none_that_is_approved_at_once(
    months, days, most, approved_by, approved_at
):
    PolicyPeriod.objects.create(effective_on=timezone.localdate(), rule=VISITS, months=12, days=0)
    refused(INSERT.format(approved_at), [VISITS, months, days, most, approved_by])
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format("NULL"), [VISITS, 12, 0, 12, ""])


@pytest.mark.parametrize("values", [("NULL", "'R'"), ("''", "'R'"), ("'71'", "''"), ("'71'", "NULL")])
def test_the_database_takes_no_change_that_nobody_asked_for_or_that_has_no_reason(values):
    """Of nobody's change anybody is the second person."""
    insert = (
        "INSERT INTO datamap_periodchange (id, rule, months, days, most_months, most_days, starts_at, would_remove, asked_at, approved_by,"
        " asked_by, reason) VALUES (gen_random_uuid(), %s, 6, 0, 12, 0, now(), 0, now(), '', {}, {})"
    )
    refused(insert.format(*values), [VISITS])
    with connection.cursor() as cursor:
        cursor.execute(insert.format("'71'", "'R'"), [VISITS])


def test_what_the_policy_allowed_and_what_was_approved_is_not_rewritten(at):
    PolicyPeriod.objects.create(effective_on=at.date(), rule=VISITS, months=12, days=0)
    with pytest.raises(IntegrityError, match="datamap_policyperiod_once"), transaction.atomic():
        PolicyPeriod.objects.create(effective_on=at.date(), rule=VISITS, months=24, days=0)
    set_period(at=timezone.now())
    refused("UPDATE datamap_policyperiod SET months = 24")
    refused("DELETE FROM datamap_policyperiod")
    refused("DELETE FROM datamap_periodchange")
    refused("UPDATE datamap_periodchange SET approved_by = '9'")


@pytest.mark.parametrize(
    ("period", "than", "longer"),
    [
        (relativedelta(days=365), relativedelta(months=12), False),
        (relativedelta(days=366), relativedelta(months=12), True),
        (relativedelta(days=31), relativedelta(months=1), True),
        (relativedelta(days=28), relativedelta(months=1), False),
        (relativedelta(months=36), relativedelta(years=3), False),
    ],
)
def test_which_of_two_periods_is_longer(period, than, longer):
    assert periods.is_longer(period, than) is longer


def test_a_change_is_another_version_of_the_rule(at):
    source, before = services.rule_of(VISITS, at=at)
    set_period(at=at)
    assert rules.fingerprint(source.key, before) != rules.fingerprint(source.key, source.rule_of(VISITS, at=at))


def test_what_was_set_last_is_never_forgotten(at):
    """Six years later, too: without its row the longer period would be back."""
    withdrawn = ask_period(at=at, code=FRANCE)
    services.withdraw_period(change_id=withdrawn.pk, actor=ASKER, at=at)
    set_period(at=at, code=FRANCE, months=30)
    set_period(at=at + SECOND, code=FRANCE, months=24)
    set_period(at=at, months=6)
    # By the database's clock they are young, and it keeps them.
    with pytest.raises(DatabaseError), transaction.atomic():
        editing.forget(at=at + relativedelta(years=6, days=1))
    assert editing.forget(at=at + relativedelta(years=5)) == 0
