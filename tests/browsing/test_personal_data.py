"""Visits and link cases as rights requests and the purge meet them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.utils import timezone

from browsing import selectors, services, weeks
from browsing.enums import HoldGround, LinkGround
from browsing.models import LinkCase, Visit, VisitHold
from browsing.personal_data import Links, Visits
from datamap import registry
from datamap.declaration import NotRectifiable
from datamap.enums import Category, Ground, Origin
from retention.services import keep_rule
from subjects.enums import HoldGround as LegalHoldGround
from subjects.enums import RestrictionGround
from subjects.standing import hold as hold_person
from subjects.standing import restrict
from tests.browsing.cast import ASKS, ELSEWHERE, make_case, make_hold, make_person, make_visit, utc

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
VISITS, LINKS = Visits(), Links()
TWELVE_MONTHS, HOLDS_RELEASED = VISITS.retention
(ENDED,) = LINKS.retention


@pytest.fixture
def noor():
    return make_person()


@pytest.fixture
def visit():
    """A visit of the address and the time that ``make_case`` covers."""
    return make_visit()


def keys(outcome):
    return {part: list(found) for part, found in outcome.erased.items()}


# Who is who.


@pytest.mark.promise("P016")
def test_the_source_declares_what_the_policy_names_as_observed_for_security_and_statistics():
    recorded = {
        field.name: (field.origin, {purpose.code for purpose in field.purposes})
        for field in VISITS.fields
        if field.name.startswith("visits.") and field.name not in {"visits.language", "visits.country"}
    }
    both = (Origin.OBSERVED, {"security", "statistics"})
    assert recorded == {f"visits.{name}": both for name in ("at", "ip", "browser", "platform", "referrer")}
    assert VISITS.category == Category.NAVIGATION


@pytest.mark.promise("P031")
def test_visits_are_nobodys_without_a_link_case(noor, visit):
    assert VISITS.count(noor) == {}
    assert list(VISITS.export(noor)) == []
    assert VISITS.preview(noor, at=timezone.now()).erased == {}
    assert VISITS.erase(noor, at=timezone.now()).erased == {}
    assert Visit.objects.count() == 1


@pytest.mark.promise("P031")
@pytest.mark.parametrize("ground", LinkGround)
def test_visits_of_an_open_case_are_in_the_persons_copy_and_in_nobody_elses(noor, visit, ground):
    stranger = make_person("lucas@customer.example")
    make_case(noor, ground=ground)
    make_visit(ip=ELSEWHERE)
    make_visit(timezone.now() - timedelta(days=8))

    assert VISITS.count(noor) == {"visits": 1}
    (part,) = VISITS.export(noor)
    (row,) = part.rows
    assert [name for name, _label in part.columns] == ["id", "at", "ip", "browser", "platform", "referrer", "language", "country"]
    assert row == (str(visit.pk), visit.at, visit.ip, "Firefox 128", "Linux", "", "", "")
    assert VISITS.count(stranger) == {}
    assert list(VISITS.export(stranger)) == []


@pytest.mark.promise("P031")
def test_the_case_itself_is_in_the_persons_copy_as_long_as_it_is_kept(noor):
    case = make_case(noor)
    services.end_link(case_id=case.pk, actor=ASKS, at=timezone.now())

    (part,) = LINKS.export(noor)
    (row,) = part.rows
    shown = dict(zip([name for name, _label in part.columns], row, strict=True))
    assert (shown["ground"], shown["ip"]) == ("SECURITY", case.ip)
    assert shown["approved_at"] is not None
    assert LINKS.count(make_person("lucas@customer.example")) == {}


@pytest.mark.parametrize("change", ["asked", "ended", "over"])
def test_a_case_that_is_not_open_links_nothing(noor, visit, change):
    now = timezone.now()
    if change == "asked":
        make_case(noor, is_approved=False)
    elif change == "ended":
        services.end_link(case_id=make_case(noor).pk, actor=ASKS, at=now)
    else:
        make_case(noor, at=now - timedelta(days=31))

    assert VISITS.count(noor) == {}
    assert list(VISITS.export(noor)) == []


def test_the_stretch_of_a_case_begins_with_its_first_instant_and_ends_before_its_last(noor):
    start = (timezone.now() - timedelta(days=2)).replace(microsecond=0)
    end = start + timedelta(hours=1)
    inside = {make_visit(start).pk, make_visit(end - SECOND).pk}
    make_visit(start - SECOND)
    make_visit(end)
    make_case(noor, starts_at=start, until=end)

    (part,) = VISITS.export(noor)
    assert {row[0] for row in part.rows} == {str(key) for key in inside}


def test_two_cases_over_one_visit_give_it_once(noor, visit):
    make_case(noor)
    make_case(noor, ground=LinkGround.LAW)

    assert VISITS.count(noor) == {"visits": 1}


def test_what_happened_is_not_corrected(noor, visit):
    make_case(noor)
    with pytest.raises(NotRectifiable):
        VISITS.value_of(noor, part="visits", row_key=str(visit.pk), field="ip")
    with pytest.raises(NotRectifiable):
        VISITS.rectify(noor, part="visits", row_key=str(visit.pk), field="browser", value="Lynx", at=timezone.now())


# Erasing.


def test_what_the_persons_own_request_found_is_erased_and_a_second_time_nothing(noor, visit):
    make_case(noor, ground=LinkGround.OWN_REQUEST)
    other = make_visit(ip=ELSEWHERE)
    now = timezone.now()

    assert keys(VISITS.preview(noor, at=now)) == {"visits": [visit.pk]}
    assert keys(VISITS.erase(noor, at=now)) == {"visits": [visit.pk]}
    assert keys(VISITS.erase(noor, at=now)) == {}
    assert list(Visit.objects.all()) == [other]


def test_what_nobody_approved_to_erase_is_spared(noor, visit):
    make_case(noor, ground=LinkGround.OWN_REQUEST)
    later = make_visit()

    erased = VISITS.erase(noor, at=timezone.now(), sparing={"visits": [later.pk]})

    assert keys(erased) == {"visits": [visit.pk]}
    assert list(Visit.objects.all()) == [later]


@pytest.mark.parametrize(
    ("ground", "why", "article"),
    [
        (LinkGround.LAW, Ground.LEGAL_OBLIGATION, "Art. 17(3)(b) GDPR"),
        (LinkGround.BREACH, Ground.LEGAL_CLAIMS, "Art. 17(3)(e) GDPR"),
        (LinkGround.SECURITY, Ground.NO_ERASURE_GROUND, "Art. 17(1)(c) GDPR"),
    ],
)
def test_what_another_ground_needs_is_kept_with_it(noor, visit, ground, why, article):
    make_case(noor, ground=ground)
    make_case(noor, ground=LinkGround.OWN_REQUEST)

    (kept,) = VISITS.preview(noor, at=timezone.now()).kept
    assert (kept.part, kept.rows, kept.ground, kept.article) == ("visits", 1, why, article)
    assert VISITS.erase(noor, at=timezone.now()).kept == (kept,)
    assert Visit.objects.count() == 1


def test_what_a_hold_keeps_is_counted_once_by_its_ground(noor, visit):
    make_case(noor, ground=LinkGround.OWN_REQUEST)
    make_case(noor)
    make_hold(ground=HoldGround.LAW, ip=visit.ip)
    make_hold()

    outcome = VISITS.erase(noor, at=timezone.now())

    assert outcome.erased == {}
    assert [(kept.part, kept.rows, kept.ground) for kept in outcome.kept] == [
        ("visits", 1, Ground.LEGAL_OBLIGATION),
        ("holds", 1, Ground.LEGAL_OBLIGATION),
    ]


def test_a_legal_hold_on_the_person_keeps_everything(noor, visit):
    make_case(noor, ground=LinkGround.OWN_REQUEST)
    now = timezone.now()
    hold_person(subject_id=noor.pk, ground=LegalHoldGround.LITIGATION, owner_id="1", review_on=now.date(), actor=ASKS, at=now)

    for source in (VISITS, LINKS):
        outcome = source.erase(noor, at=now)
        assert outcome.erased == {}
        assert [kept.ground for kept in outcome.kept] == [Ground.LEGAL_CLAIMS]
    assert Visit.objects.count() == LinkCase.objects.count() == 1


def test_an_ended_case_is_erased_and_an_open_one_kept_until_it_ends(noor):
    ended, still = make_case(noor), make_case(noor)
    services.end_link(case_id=ended.pk, actor=ASKS, at=timezone.now())

    outcome = LINKS.erase(noor, at=timezone.now())

    assert keys(outcome) == {"links": [ended.pk]}
    assert [(kept.rows, kept.ground) for kept in outcome.kept] == [(1, Ground.LEGAL_CLAIMS)]
    assert list(LinkCase.objects.all()) == [still]


# Time.


LIMITS = [
    (utc(2024, 6, 15, 12), utc(2025, 6, 15, 12)),
    (utc(2024, 1, 31, 12), utc(2025, 1, 31, 12)),
    (utc(2024, 2, 28, 12), utc(2025, 2, 28, 12)),
    # 29 February has no year: it goes with the end of the 28th's hour.
    (utc(2024, 2, 29, 12), utc(2025, 2, 28, 12)),
    (utc(2023, 2, 28, 12), utc(2024, 2, 28, 12)),
    (utc(2024, 12, 31, 22, 59, 59), utc(2025, 12, 31, 22, 59, 59)),
    # By the clock of Brussels: summer had not begun then, and has now; and the other way round.
    (utc(2020, 3, 28, 12), utc(2021, 3, 28, 11)),
    (utc(2020, 10, 31, 12), utc(2021, 10, 31, 12)),
    (utc(2020, 10, 24, 12), utc(2021, 10, 24, 12)),
    (utc(2021, 10, 30, 12), utc(2022, 10, 30, 13)),
]


@pytest.mark.promise("P074")
@pytest.mark.parametrize(("at", "ends"), LIMITS)
def test_a_visit_is_kept_to_the_last_second_of_month_twelve_and_gone_after(at, ends):
    visit = make_visit(at)

    assert VISITS.due(TWELVE_MONTHS, at=ends - SECOND, limit=10).keys == ()
    plan = VISITS.due(TWELVE_MONTHS, at=ends, limit=10)
    assert plan.keys == (visit.pk,)
    assert VISITS.due(TWELVE_MONTHS, at=ends + SECOND, limit=10).keys == (visit.pk,)
    # The deed asks again: with the clock a second back it takes nothing.
    assert VISITS.destroy(plan, at=ends - SECOND) == 0
    assert VISITS.destroy(plan, at=ends) == 1
    assert VISITS.destroy(plan, at=ends) == 0
    assert not Visit.objects.exists()


@pytest.mark.promise("P074")
def test_the_database_and_the_importer_end_a_period_at_the_same_instant():
    from browsing import rules

    start = utc(2023, 2, 20, 1, 30)
    times = [start + timedelta(hours=7 * number) for number in range(1200)]
    weeks.make({weeks.week_of(at) for at in times})
    Visit.objects.bulk_create(Visit(at=at, ip="192.0.2.1") for at in times)
    for now in (utc(2024, 2, 28, 11), utc(2024, 2, 29, 23, 30), utc(2024, 3, 31, 0, 30), utc(2024, 10, 27, 1, 15)):
        found = set(selectors.over(Visit.objects.all(), keep_for=relativedelta(months=12), at=now).values_list("at", flat=True))
        assert found == {at for at in times if rules.is_over(at, keep_for=relativedelta(months=12), now=now)}
        assert found


def test_the_purge_takes_batches_until_nothing_is_due_and_leaves_the_rest(settings):
    settings.RETENTION = settings.RETENTION | {"few": 2500}
    old, young = utc(2024, 1, 10), timezone.now() - timedelta(days=300)
    weeks.make({weeks.week_of(old), weeks.week_of(young)})
    Visit.objects.bulk_create(Visit(at=old + SECOND * number, ip="192.0.2.1") for number in range(2500))
    kept = make_visit(young)

    assert keep_rule(source=VISITS, rule=TWELVE_MONTHS, at=timezone.now()) == 2500
    assert list(Visit.objects.all()) == [kept]


def test_oldest_is_the_time_of_the_first_visit():
    assert VISITS.oldest(TWELVE_MONTHS) is None
    make_visit()
    first = make_visit(utc(2024, 1, 10, 3))

    assert VISITS.oldest(TWELVE_MONTHS) == first.at


@pytest.mark.promise("P075")
@pytest.mark.parametrize("ip", ["", "192.0.2.77"])
def test_held_visits_outlive_their_period_and_go_when_the_hold_is_released(ip):
    at = utc(2024, 1, 10, 12)
    inside, after = make_visit(at), make_visit(at + timedelta(hours=2))
    other = make_visit(at, ip=ELSEWHERE)
    hold = make_hold(ip=ip, starts_at=at, until=at + timedelta(hours=1))
    now = timezone.now()

    first = VISITS.due(TWELVE_MONTHS, at=now, limit=10)
    assert set(first.keys) == {after.pk} | ({other.pk} if ip else set())
    # A hold that came between plan and deed is met by the deed.
    everything = type(first)(rule=first.rule, at=now, keys=(inside.pk, after.pk, other.pk))
    assert VISITS.destroy(everything, at=now) == len(first.keys)
    services.release(hold_id=hold.pk, actor=ASKS, at=now)
    assert keep_rule(source=VISITS, rule=TWELVE_MONTHS, at=now) == 3 - len(first.keys)


@pytest.mark.promise("P075")
@pytest.mark.parametrize("lacking", [{"review_on": None}, {"owner_id": ""}, {"ground": ""}, {"about": ""}, {"until": utc(2020, 1, 1)}])
def test_a_hold_without_ground_owner_review_date_or_scope_is_refused_by_the_database(lacking):
    now = timezone.now()
    whole = {
        "ground": HoldGround.SECURITY,
        "about": "INC-7",
        "starts_at": now - timedelta(days=1),
        "until": now,
        "owner_id": "1",
        "since": now,
        "review_on": date(2030, 1, 1),
    }
    VisitHold.objects.create(**whole)
    with pytest.raises(IntegrityError), transaction.atomic():
        VisitHold.objects.create(**{**whole, **lacking})


@pytest.mark.promise("P075")
@pytest.mark.parametrize("order", ["hold", "restriction"])
def test_visits_linked_with_somebody_under_a_hold_or_a_restriction_stay(noor, order):
    at = utc(2024, 1, 10, 12)
    make_visit(at)
    make_visit(at, ip=ELSEWHERE)
    make_case(noor, starts_at=at, until=at + timedelta(hours=1))
    now = timezone.now()
    if order == "hold":
        hold_person(subject_id=noor.pk, ground=LegalHoldGround.LITIGATION, owner_id="1", review_on=now.date(), actor=ASKS, at=now)
    else:
        restrict(subject_id=noor.pk, ground=RestrictionGround.ACCURACY, actor=ASKS, at=now)

    assert keep_rule(source=VISITS, rule=TWELVE_MONTHS, at=now) == 1
    assert Visit.objects.get().ip != ELSEWHERE


def test_overdue_visits_of_a_person_are_told_with_their_day(noor):
    at = utc(2024, 1, 10, 12)
    make_visit(at)
    make_visit(at + timedelta(minutes=1))
    assert list(VISITS.overdue(noor, at=timezone.now())) == []
    make_case(noor, starts_at=at, until=at + timedelta(hours=1))

    (over,) = VISITS.overdue(noor, at=timezone.now())
    assert (over.rule, over.rows, over.since) == (TWELVE_MONTHS.code, 2, date(2025, 1, 10))


@pytest.mark.parametrize("source_and_rule", [(VISITS, HOLDS_RELEASED), (LINKS, ENDED)], ids=["holds", "links"])
def test_released_holds_and_ended_cases_go_a_year_later(noor, source_and_rule):
    source, rule = source_and_rule
    end = datetime(2026, 2, 28, 12, tzinfo=UTC)
    if rule is HOLDS_RELEASED:
        row = services.release(hold_id=make_hold().pk, actor=ASKS, at=end)
        make_hold()
    else:
        row = services.end_link(case_id=make_case(noor).pk, actor=ASKS, at=end)
        make_case(noor)
    over = datetime(2027, 2, 28, 12, tzinfo=UTC)

    assert source.due(rule, at=over - SECOND, limit=10).keys == ()
    plan = source.due(rule, at=over, limit=10)
    assert plan.keys == (row.pk,)
    assert source.destroy(plan, at=over - SECOND) == 0
    assert source.destroy(plan, at=over) == 1
    assert source.oldest(rule) is None


def test_both_sources_are_declared():
    assert {type(registry.get(key)) for key in ("browsing.visits", "browsing.links")} == {Visits, Links}
