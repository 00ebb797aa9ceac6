"""What the privacy officer sees of periods, and changes from there: no page counts a table, and two people stand behind each change."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit import sealing
from audit.actor import Actor
from datamap.models import PeriodChange
from retention import certificates, services
from retention.enums import RunStatus
from retention.models import Release, Run
from tests.accounts.factories import make_staff, sign_in
from tests.retention.house import RULE, VISITS, ask_period, block_rule, make_blocks, stopped

pytestmark = pytest.mark.django_db

OVERVIEW = reverse("desk_retention")
RUNS = reverse("desk_retention_runs")


@pytest.fixture
def officer():
    return sign_in(Client(), make_staff(UserRole.PRIVACY_OFFICER))


@pytest.fixture
def administrator():
    return sign_in(Client(), make_staff(UserRole.ADMIN, name="Ruth Claes"))


def page_of(run) -> str:
    return reverse("desk_retention_run", kwargs={"run_id": run.pk})


def text(response) -> str:
    return " ".join(response.content.decode().split())


def ended(number: int, *codes: str) -> list[Run]:
    """Runs that deleted something, of as many rules, or of these."""
    at = timezone.now()
    plain = {"fingerprint": "0" * 64, "digest": "0" * 64, "at": at, "status": RunStatus.DONE, "started_at": at, "finished_at": at}
    rules = codes or [rule.code for _source, rule in services.rules()]
    return Run.objects.bulk_create(
        Run(rule=rules[turn % len(rules)], planned=turn + 1, deleted=turn + 1, **plain) for turn in range(number)
    )


def test_one_asks_and_another_approves_from_the_page(officer, administrator, at):
    source, run = stopped(at)
    assert "nothing was deleted" in text(officer.get(page_of(run)))
    assert officer.post(page_of(run), {"step": "ask", "reason": " "}).status_code == 422

    officer.post(page_of(run), {"step": "ask", "reason": "As counted by hand, card 4111 1111 1111 1111"})
    assert "4111" not in Release.objects.get().reason
    response = officer.post(page_of(run), {"step": "approve"})
    assert (response.status_code, "a second person" in text(response)) == (422, True)
    assert "disabled" in text(officer.get(page_of(run)))

    assert administrator.post(page_of(run), {"step": "approve"}).status_code == 302
    assert services.keep_rule(source=source, rule=RULE, at=at) == 501


def test_a_plan_is_given_up_from_the_page_and_only_once(officer, at):
    source, run = stopped(at)
    assert officer.post(page_of(run), {"step": "give_up"}).status_code == 302
    assert officer.post(page_of(run), {"step": "give_up"}).status_code == 422
    assert officer.post(page_of(run), {"step": "ask", "reason": "R"}).status_code == 422
    assert officer.post(page_of(run), {"step": "nothing"}).status_code == 422
    assert len(source.rows) == 501


def test_of_two_who_ask_at_once_the_second_is_told_so(officer, administrator, at):
    _source, run = stopped(at)
    officer.post(page_of(run), {"step": "ask", "reason": "Mine"})
    response = administrator.post(page_of(run), {"step": "ask", "reason": "Mine too"})
    assert (response.status_code, "A colleague has asked" in text(response)) == (422, True)
    assert Release.objects.get().reason == "Mine"


def test_a_running_plan_shows_how_far_it_is_and_looks_again(officer, at):
    _source, run = stopped(at, rows=600)
    Run.objects.filter(pk=run.pk).delete()
    run = Run.objects.create(
        rule=RULE.code, fingerprint="0" * 64, digest="0" * 64, at=at, status=RunStatus.APPLYING, planned=600, deleted=200, started_at=at
    )
    page = text(officer.get(page_of(run)))
    assert "200 of 600 rows are through" in page
    assert 'hx-trigger="every 5s"' in page


def test_the_overview_says_in_words_from_when_each_rule_counts(officer):
    page = text(officer.get(OVERVIEW))
    for source, rule in services.rules():
        assert str(source.counted_from(rule)) in page
        assert f"<code>{rule.trigger}</code>" not in page
    rule = text(officer.get(reverse("desk_retention_rule", kwargs={"code": "accounts.contacts.quiet"})))
    assert 'Your last act <span class="note"><code>last_act_at</code></span>' in rule


def test_what_was_never_counted_is_not_called_none(officer, at):
    page = text(officer.get(OVERVIEW))
    assert page.count("not counted yet") == len(list(services.rules())) + 1
    assert page.index("that has not happened yet") < page.index("<table")

    services.watch(at=at)
    page = text(officer.get(OVERVIEW))
    assert "not counted yet" not in page
    assert page.index("the oldest of these looks was") < page.index("<table")


def test_a_certificate_is_shown_checked_and_checks_offline(officer, transactional_db, tmp_path):
    make_blocks(3)
    source, rule = block_rule()
    services.keep_rule(source=source, rule=rule, at=timezone.now())
    run = Run.objects.get(rule=rule.code)
    page = reverse("desk_retention_certificate", kwargs={"run_id": run.pk})
    file = reverse("desk_retention_certificate_file", kwargs={"run_id": run.pk})
    assert "Not sealed yet" in text(officer.get(page))
    assert officer.get(file).status_code == 404
    sealing.seal_all(at=timezone.now())

    assert "the sealed evidence says the same" in text(officer.get(page))
    response = officer.get(file)
    assert "attachment" in response.headers["Content-Disposition"]
    shown = certificates.check(json.loads(response.content))
    assert shown.event["details"]["deleted"] == 3


def test_a_run_without_rows_has_no_certificate(officer, at):
    _source, run = stopped(at)
    assert officer.get(reverse("desk_retention_certificate", kwargs={"run_id": run.pk})).status_code == 404


@pytest.mark.parametrize(
    ("rows", "page", "queries"), [(rows, page, queries) for rows in (1, 40) for page, queries in ((OVERVIEW, 13), (RUNS, 4))]
)
def test_the_lists_ask_as_little_of_many_runs_as_of_one(officer, django_assert_num_queries, rows, page, queries):
    ended(rows)
    services.watch(at=timezone.now())
    officer.get(page)
    with django_assert_num_queries(queries) as asked:
        assert officer.get(page).status_code == 200
    assert not [one for one in asked.captured_queries if 'browsing_visit"' in one["sql"] and "COUNT" in one["sql"]]


@pytest.mark.parametrize("changes", [1, 15])
def test_the_page_of_a_rule_asks_as_little_of_many_changes_as_of_one(officer, django_assert_num_queries, changes):
    for turn in range(changes):
        services.withdraw_period(
            change_id=ask_period(at=timezone.now(), months=turn % 6 + 2).pk, actor=Actor.system("test"), at=timezone.now()
        )
    page = reverse("desk_retention_rule", kwargs={"code": VISITS})
    officer.get(page)
    with django_assert_num_queries(8):
        assert officer.get(page).status_code == 200


@pytest.mark.parametrize("rows", [1, 40])
def test_the_page_of_a_stopped_run_asks_as_little_of_many_runs_as_of_one(officer, administrator, django_assert_num_queries, at, rows):
    _source, run = stopped(at)
    ended(rows, run.rule)
    officer.post(page_of(run), {"step": "ask", "reason": "As counted by hand"})
    administrator.get(page_of(run))
    with django_assert_num_queries(5) as asked:
        assert b"As counted by hand" in administrator.get(page_of(run)).content
    assert not [one for one in asked.captured_queries if "COUNT" in one["sql"]]


@pytest.mark.parametrize("rows", [1, 40])
def test_a_certificate_asks_as_little_of_many_rows_as_of_one(officer, transactional_db, django_assert_num_queries, rows):
    make_blocks(rows)
    source, rule = block_rule()
    services.keep_rule(source=source, rule=rule, at=timezone.now())
    sealing.seal_all(at=timezone.now())
    page = reverse("desk_retention_certificate", kwargs={"run_id": Run.objects.get(rule=rule.code).pk})
    officer.get(page)
    with django_assert_num_queries(6):
        assert "the sealed evidence says the same" in text(officer.get(page))


@pytest.mark.parametrize("changes", [1, 5])
def test_a_period_and_its_change_ask_as_little_of_many_changes_as_of_one(officer, administrator, django_assert_num_queries, changes):
    for turn in range(changes):
        now = timezone.now()
        change = ask_period(at=now, months=turn % 6 + 2)
        if turn < changes - 1:
            services.withdraw_period(change_id=change.pk, actor=Actor.system("test"), at=now)
    period = reverse("desk_retention_period", kwargs={"code": VISITS})
    here = reverse("desk_retention_change", kwargs={"change_id": change.pk})
    for page, queries in ((period, 5), (here, 10)):
        officer.get(page)
        with django_assert_num_queries(queries):
            assert officer.get(page).status_code == 200


def test_a_period_is_asked_for_with_its_effect_and_holds_once_another_approves(officer, administrator):
    page = reverse("desk_retention_period", kwargs={"code": VISITS})
    today = timezone.localdate().isoformat()
    typed = {"number": "6", "unit": "months", "starts_on": today, "reason": "As the authority asks"}
    assert "the next plan would remove 0 rows" in text(officer.post(page, {**typed, "step": "preview"}))
    assert not PeriodChange.objects.exists()

    assert officer.post(page, {**typed, "step": "ask"}).status_code == 302
    change = PeriodChange.objects.get()
    here = reverse("desk_retention_change", kwargs={"change_id": change.pk})
    assert "a second person" in text(officer.post(here, {"step": "approve"}))
    assert officer.post(page, {**typed, "number": "7", "step": "ask"}).status_code == 422
    assert administrator.post(here, {"step": "approve"}).status_code == 302
    assert "6 months" in text(administrator.get(reverse("desk_retention_rule", kwargs={"code": VISITS})))
    assert administrator.post(here, {"step": "withdraw"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "13"}, "The policy allows no longer period"),
        ({"number": "3", "unit": "days"}, "So short a period"),
        ({"number": "12"}, "This is the period that is in force"),
        ({"starts_on": "2020-01-01"}, "from today on"),
        ({"reason": ""}, "required"),
    ],
)
def test_a_period_that_cannot_be_is_refused_with_the_reason(officer, changes, words):
    typed = {"number": "6", "unit": "months", "starts_on": timezone.localdate().isoformat(), "reason": "R", "step": "ask"}
    response = officer.post(reverse("desk_retention_period", kwargs={"code": VISITS}), {**typed, **changes})
    assert (response.status_code, words in text(response)) == (422, True), text(response)[:4000]
    assert not PeriodChange.objects.exists()


def test_what_law_fixes_offers_no_change(officer):
    code = next(rule.code for _source, rule in services.rules() if rule.code.startswith("accounts.invoices"))
    assert "nobody shortens it here" in text(officer.get(reverse("desk_retention_rule", kwargs={"code": code})))
    page = reverse("desk_retention_period", kwargs={"code": code})
    typed = {"number": "1", "unit": "months", "starts_on": timezone.localdate().isoformat(), "reason": "R", "step": "ask"}
    assert officer.post(page, typed).status_code == 422


def test_does_it_run_is_answered_at_a_glance(officer, at):
    now = timezone.now()
    services.beat(at=now - timedelta(hours=2, seconds=1))
    assert "It does not run: no round has begun for two hours." in text(officer.get(OVERVIEW))
    make_staff(UserRole.ADMIN)
    services.beat(at=now)
    services.keep_periods(at=now)
    services.watch(at=now)
    assert "It runs, and every rule is kept." in text(officer.get(OVERVIEW))
    services.beat(at=now - timedelta(hours=2, seconds=1))
    assert "It does not run" in text(officer.get(OVERVIEW))


def test_a_chart_of_a_rule_has_its_table_and_shows_what_is_past(officer):
    make_blocks(2)
    _source, rule = block_rule()
    services.watch(at=timezone.now())
    page = text(officer.get(reverse("desk_retention_rule", kwargs={"code": rule.code})))
    assert "Nothing becomes due in the next 30 days" in page
    page = text(officer.get(reverse("desk_retention_rule", kwargs={"code": VISITS})))
    assert "The same as a table" in page
    assert "past it" in page
