"""The boards: what everybody and what staff are shown, from what was last seen and from nothing else."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation

from accounts.enums import UserRole
from datamap import promises as checks
from datamap.promises import Age, Count, Fact, Share, State, Verdict
from policy.models import PromiseWatch
from policy.promises import all_promises, board, facts, looking
from policy.promises.facts import Reader
from tests.accounts.factories import make_staff, sign_in

pytestmark = pytest.mark.django_db

PAGE, DESK = "/policy/promises/", "/desk/promises/"
#: No rule of retention names it, and nobody must decide about it.
PROMISE = "P051"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The only check there is finds this."""

    def found(state: State, *told: Fact) -> None:
        monkeypatch.setattr(checks, "watched", lambda: frozenset({PROMISE}))
        monkeypatch.setattr(checks, "look", lambda _promise, *, at: Verdict(state, told))

    return found


@pytest.fixture
def desk(client) -> Client:
    return sign_in(Client(), make_staff(UserRole.HELPDESK))


def words_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


class TestFacts:
    @pytest.mark.parametrize(
        ("figure", "staff", "public"),
        [
            (Count(0), "0", "0"),
            (Count(9), "9", "fewer than 10"),
            (Count(10), "10", "10"),
            (Count(1234), "1,234", "1,234"),
            (Share(0, 0), "none so far", "none so far"),
            (Share(132, 132), "100 % of 132", "100 % of 132"),
            (Share(131, 132), "99 % of 132", "nearly all of 132"),
            (Share(9, 9), "100 % of 9", "all of a few"),
            (Share(8, 9), "88 % of 9", "not all of a few"),
            (Share(100, 132), "75 % of 132", "75 % of 132"),
            (Age(361), "361 days", "11 months"),
            (Age(1), "1 day", "less than a month"),
            (Age(1100), "1,100 days", "3 years"),
            (7, "7", "7"),
            (date(2027, 3, 3), "3 March 2027", "3 March 2027"),
            (datetime(2027, 3, 3, 22, 30, tzinfo=timezone.get_fixed_timezone(0)), "3 March 2027, 23:30", "3 March 2027"),
            (relativedelta(months=12), "1 year", "1 year"),
            (relativedelta(days=21), "21 days", "21 days"),
            ("Visits", "Visits", "Visits"),
        ],
    )
    def test_a_figure_is_told_to_the_letter_to_staff_and_without_small_numbers_to_the_public(self, figure, staff, public):
        kept = facts.stored([Fact("%(it)s", {"it": figure})])
        assert facts.said(kept, reader=Reader.STAFF) == [staff]
        assert facts.said(kept, reader=Reader.PUBLIC) == [public]

    def test_some_facts_are_for_staff_alone(self):
        kept = facts.stored([Fact("One."), Fact("Two.", for_staff=True)])
        assert facts.said(kept, reader=Reader.PUBLIC) == ["One."]
        assert facts.said(kept, reader=Reader.STAFF) == ["One.", "Two."]

    def test_evidence_is_read_in_the_language_of_the_reader_whoever_looked(self):
        fact = Fact("Past their limit and not deleted yet: %(count)s.", {"count": Count(12), "label": State.BROKEN.label})
        with translation.override("nl"):
            kept = facts.stored([fact])
        assert kept[0]["figures"]["label"] == {"label": "Not kept"}
        told = set()
        for language in ("en", "fr", "nl"):
            with translation.override(language):
                told |= set(facts.said(kept, reader=Reader.STAFF))
        assert len(told) == 3


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", ["kept", "being watched", "not seen lately", "not kept", "for decision"], []),
        (
            "fr",
            ["tenue", "suivie", "pas vue récemment", "non tenue", "à décider"],
            ["tenues", "suivies", "pas vues récemment", "non tenues", "à décider"],
        ),
        (
            "nl",
            ["nagekomen", "wordt gevolgd", "niet recent gezien", "niet nagekomen", "te beslissen"],
            ["nagekomen", "worden gevolgd", "niet recent gezien", "niet nagekomen", "te beslissen"],
        ),
    ],
)
def test_the_words_of_states_agree_with_how_many_promises_they_are_of(language, one, many):
    with translation.override(language):
        assert [board.counted(state, 1) for state in board.ORDER] == one
        assert [board.counted(state, 15) for state in board.ORDER] == (many or one)


class TestPublic:
    def test_it_says_of_each_promise_how_it_stands_and_since_when(self, client, finds, now):
        finds(State.KEPT, Fact("Answered in time: %(share)s.", {"share": Share(131, 132)}))
        looking.look(at=now)
        said = words_of(client.get(PAGE))
        for promise in all_promises().values():
            assert str(promise.text) in said
        assert "Answered in time: nearly all of 132." in said
        assert "131" not in said
        assert f"Kept since {facts.day(timezone.localdate(now))}." in said

    @pytest.mark.parametrize(
        ("state", "word"),
        [(State.WATCHED, "Being watched since"), (State.BROKEN, "Not kept since"), (State.UNKNOWN, "Being watched since")],
    )
    def test_what_is_not_kept_is_said_and_what_is_not_seen_is_being_watched(self, client, finds, now, state, word):
        finds(State.KEPT)
        looking.look(at=now)
        PromiseWatch.objects.filter(pk=PROMISE).update(state=state, is_checked=True)
        entry = words_of(client.get(PAGE)).partition(str(all_promises()[PROMISE].how))[0].rpartition(str(all_promises()[PROMISE].text))[2]
        assert word in entry
        assert "Not seen lately" not in words_of(client.get(PAGE))

    def test_before_the_first_look_it_says_so(self, client):
        assert "Nobody has looked yet" in words_of(client.get(PAGE))

    @pytest.mark.parametrize("language", ["", "/fr", "/nl"])
    def test_every_language_has_its_own_words_and_version(self, client, finds, now, language):
        finds(State.KEPT)
        looking.look(at=now)
        page = client.get(f"{language}{PAGE}")
        with translation.override(language.strip("/") or "en"):
            assert str(all_promises()["P074"].text) in words_of(page).replace("&#x27;", "'")
        tags = {client.get(f"{prefix}{PAGE}").headers["ETag"] for prefix in ("", "/fr", "/nl")}
        assert len(tags) == 3

    def test_a_second_time_nothing_is_made_and_whoever_has_it_gets_nothing(self, client, finds, now, django_assert_num_queries):
        finds(State.KEPT)
        looking.look(at=now)
        with django_assert_num_queries(3):
            first = client.get(PAGE)
        with django_assert_num_queries(2):
            assert client.get(PAGE).content == first.content
        with django_assert_num_queries(1):
            again = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_a_look_and_a_look_that_never_comes_make_another_version(self, finds, now):
        finds(State.KEPT)
        looking.look(at=now)
        versions = [board.version(language="en", at=now + minutes * timedelta(minutes=1)) for minutes in (0, 179, 180)]
        assert versions[0] == versions[1] != versions[2]
        looking.look(at=now + HOUR)
        assert board.version(language="en", at=now) not in versions

    def test_opening_it_runs_no_check(self, client, finds, now, monkeypatch):
        finds(State.KEPT)
        looking.look(at=now)
        asked: list[str] = []
        monkeypatch.setattr(checks, "look", lambda promise, **_at: asked.append(promise))
        client.get(PAGE)
        assert asked == []

    def test_it_sets_no_cookie(self, client, finds, now):
        finds(State.KEPT)
        looking.look(at=now)
        assert not client.get(PAGE).cookies


class TestDesk:
    def test_staff_see_figures_to_the_letter_and_what_needs_a_person_first(self, desk, finds, now):
        finds(State.WATCHED, Fact("Answered in time: %(share)s.", {"share": Share(131, 132)}))
        looking.look(at=now)
        page = desk.get(DESK)
        said = words_of(page)
        assert "Needs a person" in said
        assert "Answered in time: 99 % of 132." in said
        assert said.index("Answered in time") < said.index("All, by section")
        assert [
            len(page.context["shown"] or []) for page in (desk.get(f"{DESK}?show={name}") for name in ("watched", "decide", "nothing"))
        ] == [
            1,
            14,
            0,
        ]

    def test_changed_this_week_leaves_the_first_look_out(self, desk, finds, now):
        finds(State.KEPT)
        looking.look(at=now - timedelta(days=3))
        assert desk.get(f"{DESK}?show=week").context["shown"] == []
        finds(State.WATCHED)
        looking.look(at=now)
        assert [row.promise.id for row in desk.get(f"{DESK}?show=week").context["shown"]] == [PROMISE]

    def test_one_promise_shows_its_tests_rules_evidence_and_days(self, desk, finds, now):
        finds(State.KEPT)
        looking.look(at=now)
        said = words_of(desk.get(f"{DESK}P074/"))
        assert str(all_promises()["P074"].how) in said
        assert "tests/browsing/test_personal_data.py::test_a_visit_is_kept_to_the_last_second_of_month_twelve_and_gone_after" in said
        assert "browsing.visits." in said
        assert "HOSTING.keep_backups_months" in words_of(desk.get(f"{DESK}P083/"))

    @pytest.mark.parametrize("number", ["P000", "P125", "nothing"])
    def test_there_is_no_other(self, desk, number):
        assert desk.get(f"{DESK}{number}/").status_code == 404

    def test_a_day_is_as_bad_as_its_worst_state_and_a_state_lasts(self, finds, now):
        noon = now.replace(hour=11, minute=0)
        promise = all_promises()[PROMISE]
        for days, state in ((4, State.KEPT), (2, State.WATCHED), (1, State.KEPT)):
            finds(state)
            looking.look(at=noon - timedelta(days=days))
        shown = board.days_of(promise, at=noon)
        assert [day.word for day in shown[-6:]] == ["", "Kept", "Kept", "Being watched", "Being watched", "Kept"]
        assert len({day.height for day in shown[-6:]}) == 3, "a chart is read by its heights too"

    @pytest.mark.parametrize("looks", [1, 6])
    def test_the_number_of_queries_does_not_grow(self, desk, finds, now, looks, django_assert_max_num_queries):
        finds(State.KEPT)
        for number in range(looks):
            looking.look(at=now - number * HOUR)
        with django_assert_max_num_queries(8):
            desk.get(DESK)
        with django_assert_max_num_queries(10):
            desk.get(f"{DESK}{PROMISE}/")


class TestHealth:
    def test_it_is_well_while_all_is_kept_and_alarms_when_nobody_looks(self, client, finds, now, time_machine):
        finds(State.KEPT)
        assert client.get("/health/promises/").status_code == 503, "nobody has ever looked"
        looking.look(at=now)
        assert client.get("/health/promises/").json() == {"status": "ok"}
        officer = make_staff(UserRole.PRIVACY_OFFICER)
        time_machine.move_to(now + timedelta(hours=3))
        assert [client.get("/health/promises/").status_code for _turn in range(2)] == [503, 503]
        from letters.models import Letter

        assert Letter.objects.get(event="promise_alarm").recipient == officer.email.lower()
