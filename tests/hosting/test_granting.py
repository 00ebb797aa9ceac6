"""Just-in-time access: a reason, a colleague's approval, an end; only for those whose entity is bound; seen by the customer."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg2
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import UserRole
from audit.models import Event
from datamap.models import Subsidiary
from hosting import services
from hosting.enums import Reason
from hosting.models import AccessGrant
from hosting.services import granting
from hosting.workflow import Gone
from tests.accounts import factories
from tests.hosting import cast
from tests.hosting.cast import NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def database():
    return cast.make(cast.make_administrator())


@pytest.fixture
def agent():
    return factories.make_staff(UserRole.HELPDESK)


@pytest.fixture
def colleague():
    return factories.make_staff(UserRole.HELPDESK)


def ask(database, user, *, at=NOON, **changed):
    said = {"reason": Reason.SUPPORT, "reference": "T-88213", "hours": 2, **changed}
    return granting.ask(database_id=database.pk, user=user, actor=cast.actor(user), at=at, **said)


def approved(database, user, colleague, *, at=NOON, **changed):
    grant = ask(database, user, at=at, **changed)
    return granting.approve(grant_id=grant.pk, actor=cast.actor(colleague), at=at)


def opened(database, user, colleague, *, at=NOON):
    grant = approved(database, user, colleague, at=at)
    password = granting.open_access(grant_id=grant.pk, user=user, actor=cast.actor(user), at=at)
    cast.run(database, at=at)
    return grant, {"database": database.name, "user": grant.role_name, "password": password}


@pytest.mark.promise("P033")
@pytest.mark.parametrize("said", [{"reason": ""}, {"reason": "CURIOUS"}, {"reference": " "}, {"hours": 0}, {"hours": 9}])
def test_without_a_reason_a_reference_and_an_end_there_is_none(database, agent, said):
    with pytest.raises((granting.NoReason, granting.TooLong)):
        ask(database, agent, **said)
    assert not AccessGrant.objects.exists()


@pytest.mark.promise("P008")
def test_no_card_number_is_a_reference(database, agent):
    assert ask(database, agent, reference="4111-1111-1111-1111").reference == "••••-••••-••••-1111"


@pytest.mark.parametrize("reason", list(Reason))
def test_each_of_the_four_reasons_is_one(database, agent, reason):
    assert ask(database, agent, reason=reason).reason == reason


def test_nobody_approves_their_own(database, agent):
    grant = ask(database, agent)
    with pytest.raises(granting.OwnApproval):
        granting.approve(grant_id=grant.pk, actor=cast.actor(agent), at=NOON)


@pytest.mark.promise("P124")
def test_the_database_itself_refuses_what_stands(database, agent, colleague):
    grant = ask(database, agent)
    rows = AccessGrant.objects.filter(pk=grant.pk)
    good = {"approved_by": colleague.pk, "approved_at": NOON, "ends_at": NOON + HOUR}
    for wrong, named in (
        ({**good, "approved_by": agent.pk}, "approved_by_another"),
        ({**good, "ends_at": None}, "has_an_end"),
        ({**good, "ends_at": NOON}, "has_an_end"),
        ({**good, "ends_at": NOON + timedelta(hours=24, seconds=1)}, "has_an_end"),
        ({"reason": "CURIOUS"}, "has_a_reason"),
        ({"opened_at": NOON}, "opened_while_it_stands"),
        ({**good, "opened_at": NOON + HOUR}, "opened_while_it_stands"),
    ):
        with pytest.raises(IntegrityError, match=named), transaction.atomic():
            rows.update(**wrong)
    assert rows.update(**good) == 1


@pytest.mark.promise("P033")
def test_a_colleague_reads_changes_nothing_and_is_out_when_it_ends(database, agent, colleague):
    boss = cast.selectors.administrators_of(database.company).get()
    cast.fill(database, cast.give_password(database, boss))
    now = timezone.now()  # the server itself looks at the clock
    grant, who = opened(database, agent, colleague, at=now)

    within = cast.connect(**who)
    assert cast.ask("SELECT count(*) FROM own.orders", **who) == [(100,)]
    for forbidden in ("DELETE FROM people", "CREATE TABLE x (a int)", "DROP TABLE people"):
        with pytest.raises(psycopg2.Error, match=r"permission denied|must be owner"):
            cast.ask(forbidden, **who)

    cast.sweep(at=now + 2 * HOUR)
    cast.run(database, at=now + 2 * HOUR)
    grant.refresh_from_db()
    assert (grant.ended_by, grant.ended_at) == ("TIME", now + 2 * HOUR)
    with pytest.raises(psycopg2.Error), within.cursor() as cursor:
        cursor.execute("SELECT 1")
    with pytest.raises(psycopg2.OperationalError):
        cast.connect(**who)
    assert cast.roles(grant.role_name) == 0
    assert cast.is_there(database.name)


def test_it_is_not_over_a_second_early(database, agent, colleague):
    grant = approved(database, agent, colleague)
    cast.sweep(at=NOON + 2 * HOUR - timedelta(seconds=1))
    grant.refresh_from_db()
    assert grant.ended_at is None


@pytest.mark.parametrize("by", [None, AccessGrant.EndedBy.CUSTOMER])
def test_it_ended_at_its_limit_whenever_that_is_noticed_and_whoever_presses_after_it(database, agent, colleague, by):
    grant = approved(database, agent, colleague)
    limit, noticed = grant.ends_at, NOON + 46 * HOUR
    if by is None:
        cast.sweep(at=noticed)
    else:
        granting.end(grant_id=grant.pk, by=by, actor=cast.actor(colleague), at=noticed)
    grant.refresh_from_db()
    assert (grant.ended_at, grant.ended_by) == (limit, "TIME")


def test_only_its_holder_opens_it_and_only_after_approval_and_before_its_end(database, agent, colleague):
    grant = ask(database, agent)
    for user, at, is_approved in ((agent, NOON, False), (colleague, NOON, True), (agent, NOON + 2 * HOUR, True)):
        if is_approved and grant.approved_at is None:
            grant = granting.approve(grant_id=grant.pk, actor=cast.actor(colleague), at=NOON)
        with pytest.raises(granting.NotOpen):
            granting.open_access(grant_id=grant.pk, user=user, actor=cast.actor(user), at=at)


@pytest.mark.parametrize("by", [AccessGrant.EndedBy.CUSTOMER, AccessGrant.EndedBy.STAFF])
def test_the_customer_and_staff_end_it_early(database, agent, colleague, by):
    grant, who = opened(database, agent, colleague)
    boss = cast.selectors.administrators_of(database.company).get()

    granting.end(grant_id=grant.pk, by=by, actor=cast.actor(boss), at=NOON)
    cast.run(database, at=NOON)

    with pytest.raises(psycopg2.OperationalError):
        cast.connect(**who)
    assert database.instructions.filter(kind="END_ACCESS").exists() == (by == AccessGrant.EndedBy.CUSTOMER)


def test_cancelling_ends_every_access(database, agent, colleague):
    grant, _who = opened(database, agent, colleague)
    boss = cast.selectors.administrators_of(database.company).get()
    services.cancel(database_id=database.pk, is_switching=False, actor=cast.actor(boss), at=NOON)
    cast.run(database, at=NOON)

    grant.refresh_from_db()
    assert grant.ended_at == NOON
    assert cast.roles(grant.role_name) == 0
    with pytest.raises(Gone):
        ask(database, agent)


@pytest.mark.promise("P091")
def test_every_event_names_entity_country_and_reason(database, agent, colleague):
    opened(database, agent, colleague)

    events = Event.objects.filter(about=database.about, action__startswith="customer_access.").order_by("pk")
    assert [event.action for event in events] == ["customer_access.asked", "customer_access.approved", "customer_access.opened"]
    for event in events:
        assert (event.actor_entity, event.actor_country) == ("Oxygis Partners", "BE")
        assert (event.details["reason"], event.details["country"]) == ("SUPPORT", "BE")


BOUND = {"clauses_signed_on": date(2025, 1, 1), "clauses_valid_until": date(2026, 3, 2), "assessed_on": date(2025, 1, 1)}


@pytest.mark.promise("P092")
@pytest.mark.parametrize(
    ("register", "is_let"),
    [
        (None, False),
        ({}, False),
        (BOUND, True),
        ({**BOUND, "clauses_valid_until": None}, True),
        ({**BOUND, "assessed_on": None}, False),
        ({**BOUND, "clauses_signed_on": date(2026, 3, 3)}, False),
        ({**BOUND, "clauses_valid_until": date(2026, 3, 1)}, False),
    ],
)
def test_a_third_country_gets_nothing_without_live_clauses(database, register, is_let):
    abroad = factories.make_staff(UserRole.HELPDESK, entity="Oxygis Tunis", country="TN")
    if register is not None:
        Subsidiary.objects.create(entity="Oxygis Tunis", country="TN", **register)
    if is_let:
        assert ask(database, abroad).staff_country == "TN"
        return
    with pytest.raises(granting.NotBound):
        ask(database, abroad)


@pytest.mark.promise("P124")
def test_clauses_that_run_out_end_what_stands_and_open_nothing(database, colleague):
    abroad = factories.make_staff(UserRole.HELPDESK, entity="Oxygis Tunis", country="TN")
    place = Subsidiary.objects.create(entity="Oxygis Tunis", country="TN", **BOUND)
    grant = approved(database, abroad, colleague)
    Subsidiary.objects.filter(pk=place.pk).update(clauses_valid_until=date(2026, 3, 1))

    with pytest.raises(granting.NotBound):
        granting.open_access(grant_id=grant.pk, user=abroad, actor=cast.actor(abroad), at=NOON)
    cast.sweep(at=NOON)
    grant.refresh_from_db()
    assert grant.ended_at == NOON


def test_a_belgian_entity_does_not_cover_a_desk_elsewhere(database):
    abroad = factories.make_staff(UserRole.HELPDESK, country="US")
    with pytest.raises(granting.NotBound):
        ask(database, abroad)
