"""Releases: counted by the rooms, hidden before they are kept, released by two people, once, and never rewritten."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from browsing.models import Visit
from datamap import trends as counted
from datamap.purposes import STATISTICS
from datamap.trends import Cell, Dimension, Provider
from rights_requests.enums import Status
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import Objection, Restriction
from tests.accounts import factories
from tests.database_rows import refuses_copy, refuses_update
from tests.rights_requests import desk_cast
from tests.security.cast import officer
from trends import services
from trends.models import Figure, Release

pytestmark = pytest.mark.django_db

HOME = ZoneInfo("Europe/Brussels")
QUARTER, NEXT = date(2026, 7, 1), date(2026, 10, 1)
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=HOME)


@pytest.fixture
def provider(monkeypatch) -> list[Cell]:
    """Figures of a test, which may put other cells in."""
    cells = [Cell(("a",), 4, 4), Cell(("b",), 33, 33), Cell(("=c",), 61, 61)]
    made = Provider(
        code="test",
        label="Test figures",
        unit="Things",
        dimensions=(Dimension("kind", "Kind", said=str),),
        read=lambda _from, _until: cells,
    )
    monkeypatch.setitem(counted._providers, "test", made)
    return cells


def prepared(**said):
    return services.prepare(**{"provider": "test", "quarter": QUARTER, "actor": officer(), "at": NOW} | said)


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# Two people, once.


@pytest.mark.promise("P095")
def test_figures_are_read_by_nobody_before_a_second_person_released_them(provider, client):
    release = prepared()
    file = reverse("trends_file", kwargs={"release_id": release.pk})
    assert ("Test figures" in text(client.get(reverse("trends"))), client.get(file).status_code) == (False, 404)
    with pytest.raises(services.SamePerson):
        services.approve(release_id=release.pk, actor=officer(), at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.update(approved_at=NOW, approved_by=officer().id)
    services.approve(release_id=release.pk, actor=officer(2), at=NOW)
    page = text(client.get(reverse("trends")))
    assert ("Test figures" in page, "under 10" in page, "Quarter 3 of 2026" in page) == (True, True, True)
    lines = client.get(file).content.decode().splitlines()
    assert lines == ["Kind,Things", "'=c,60", "a,under 10", "b,under 10"]
    with pytest.raises(services.NotWaiting):
        services.approve(release_id=release.pk, actor=officer(3), at=NOW)
    with pytest.raises(services.NotWaiting):
        services.withdraw(release_id=release.pk, actor=officer(3), at=NOW)


@pytest.mark.promise("P095")
def test_a_quarter_is_never_released_twice_with_other_figures(provider):
    first = prepared()
    provider.append(Cell(("d",), 40, 40))
    with pytest.raises(services.AlreadyThere):
        prepared()
    services.withdraw(release_id=first.pk, actor=officer(), at=NOW)
    second = prepared()
    services.approve(release_id=second.pk, actor=officer(2), at=NOW)
    with pytest.raises(services.AlreadyThere):
        prepared(at=NOW + timedelta(days=1))


def test_only_a_quarter_that_is_over_and_of_stocks_only_the_last_one(provider, monkeypatch):
    for quarter in (NEXT, date(2026, 8, 1), date(2027, 1, 1)):
        with pytest.raises(services.NotOver):
            prepared(quarter=quarter)
    with pytest.raises(services.TooLate):
        prepared(provider="customers", quarter=date(2026, 4, 1))
    assert prepared(quarter=date(2026, 4, 1))


def test_nothing_is_prepared_where_too_few_are_behind_it_and_of_what_nobody_counts(provider):
    provider[:] = [Cell(("a",), 9, 9), Cell(("b",), 400, 3)]
    with pytest.raises(services.NothingToTell):
        prepared()
    with pytest.raises(counted.UnknownProvider):
        prepared(provider="nothing-such")
    assert Release.objects.count() == 0


# The database's own word.


@pytest.mark.promise("P024")
def test_a_release_holds_no_key_no_hash_and_no_cell_of_few(provider):
    release = prepared()
    assert {field.name for field in Figure._meta.concrete_fields} == {"id", "release", "values", "count"}
    assert dict(Figure.objects.values_list("values__0", "count")) == {"a": None, "b": None, "=c": 60}
    assert release.total == 100
    for count in (1, 9):
        with pytest.raises(DatabaseError, match="threshold"), transaction.atomic():
            Figure.objects.create(release=release, values=["d"], count=count)
    assert Figure.objects.create(release=release, values=["e"], count=10)


REWRITTEN = {
    "total": lambda: Release.objects.update(total=500),
    "provider": lambda: Release.objects.update(provider="other"),
    "unreleased": lambda: Release.objects.update(approved_at=None, approved_by=""),
    "withdrawn": lambda: Release.objects.update(withdrawn_at=NOW),
    "figure": lambda: Figure.objects.update(count=500),
    "deleted": lambda: Figure.objects.all().delete(),
    "release deleted": lambda: Release.objects.all()._raw_delete("default"),
    "added": lambda: Figure.objects.create(release=Release.objects.get(), values=["z"], count=500),
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_a_release_is_never_rewritten(provider, how):
    services.approve(release_id=prepared().pk, actor=officer(2), at=NOW)
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        REWRITTEN[how]()


@pytest.mark.parametrize("table", ["release", "figure"])
def test_no_table_of_figures_is_truncated(provider, table):
    prepared()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE trends_{table} CASCADE")


def test_no_release_arrives_approved_or_with_a_threshold_of_nearly_none(provider):
    told = {"provider": "x", "starts_on": QUARTER, "ends_on": NEXT, "round_to": 5, "prepared_at": NOW, "prepared_by": "a"}
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        Release.objects.create(fewest=10, approved_at=NOW, approved_by="b", **told)
    for wrong in ({"fewest": 4}, {"fewest": 10, "total": 9}, {"fewest": 10, "starts_on": date(2026, 8, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Release.objects.create(**told | wrong)


def test_the_database_takes_no_release_that_two_people_could_not_have_made(provider):
    release = prepared()
    month = timedelta(days=30)
    for change in ({"starts_on": date(2026, 8, 1)}, {"starts_on": date(2026, 4, 2)}, {"ends_on": release.starts_on}):
        refuses_copy(release, "trends_release_quarter", **{"provider": "another", **change})
    for change in ({"fewest": 4}, {"round_to": 0}):
        refuses_copy(release, "trends_release_threshold", provider="another", **change)
    refuses_copy(release, "trends_release_total", provider="another", total=release.fewest - 1)
    refuses_copy(release, "trends_release_once")
    refuses_copy(release.figures.first(), "trends_figure_once")
    refuses_copy(release, "trends_release_approved", provider="another", approved_by="b")
    refuses_update(release, "trends_four_eyes", approved_at=NOW, approved_by=release.prepared_by)
    refuses_update(release, "trends_release_approved", approved_at=NOW - month, approved_by="b")
    refuses_update(release, "trends_release_approved", approved_at=NOW, approved_by="")


# What the rooms count, and whom they leave out.


def read(code: str) -> dict[tuple[str, ...], tuple[int, int]]:
    starts_at, ends_at = (datetime(day.year, day.month, 1, tzinfo=HOME) for day in (QUARTER, NEXT))
    return {cell.values: (cell.count, cell.people) for cell in counted.provider_of(code).read(starts_at, ends_at)}


def person(email: str):
    return subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, email)], method=IdentityMethod.MAILBOX, at=NOW)


def say_no(subject, how: str) -> None:
    if how == "objected":
        Objection.objects.create(subject=subject, purpose=STATISTICS.code, since=NOW)
    else:
        Restriction.objects.create(subject=subject, ground=RestrictionGround.ACCURACY, since=NOW)


@pytest.mark.promise("P024")
@pytest.mark.parametrize("how", ["objected", "restricted"])
def test_requests_are_counted_by_the_person_without_those_who_said_no(how):
    first, second, spared = (person(f"{name}@customer.example") for name in ("one", "two", "three"))
    at = datetime(2026, 7, 31, 23, 59, 59, tzinfo=HOME)
    for subject in (first, first, second, spared):
        desk_cast.make_case(subject=subject, received_at=at, identity_confirmed_at=at)
    desk_cast.make_case(subject=first, received_at=at + timedelta(seconds=1), identity_confirmed_at=at)
    desk_cast.make_case(subject=first, received_at=datetime(2026, 10, 1, tzinfo=HOME), identity_confirmed_at=at)
    desk_cast.make_case(Status.AWAITING_IDENTITY, received_at=at, identity_confirmed_at=None)
    say_no(spared, how)
    assert read("requests") == {("ACCESS", "2026-07"): (3, 2), ("ACCESS", "2026-08"): (1, 1)}


@pytest.mark.promise("P024")
@pytest.mark.parametrize("how", ["objected", "restricted"])
def test_customers_are_counted_without_those_whose_people_said_no(how):
    for sector in ("Printing", "Printing", "Land"):
        factories.make_company(sector=sector, country="FR")
    company = factories.make_company(sector="Land", country="FR")
    factories.make_user("maria@customer.example", company=company)
    assert read("customers")["FR", "Land"] == (2, 2)
    say_no(person("maria@customer.example"), how)
    assert read("customers") == {("FR", "Printing"): (2, 2), ("FR", "Land"): (1, 1)}


@pytest.mark.promise("P024")
def test_visits_are_counted_by_truncated_networks():
    at = timezone.now()
    Visit.objects.bulk_create(
        Visit(at=at, ip=ip, language=language)
        for ip, language in (("192.0.2.7", "nl-BE"), ("192.0.2.99", "nl"), ("198.51.100.4", "nl"), ("198.51.100.4", "fr"))
    )
    found = list(counted.provider_of("visits").read(at, at + timedelta(seconds=1)))
    assert {cell.values[1]: (cell.count, cell.people) for cell in found} == {"nl": (3, 2), "fr": (1, 1)}
    assert not any(re.search(r"[\d.]{4,}\.|:", value) for cell in found for value in cell.values)


# At the desk.


def test_one_prepares_at_the_desk_and_another_releases(provider):
    maker, other = (factories.sign_in(Client(), factories.make_staff(role)) for role in (UserRole.PRIVACY_OFFICER, UserRole.ADMIN))
    offered = maker.get(reverse("desk_trends")).context["form"].fields["quarter"].choices[0][0]
    said = {"provider": "test", "quarter": offered}
    response = maker.post(reverse("desk_trends"), said)
    release = Release.objects.get()
    page = reverse("desk_trend", kwargs={"release_id": release.pk})
    assert (response.status_code, response.headers["Location"]) == (302, page)
    again = maker.post(reverse("desk_trends"), said)
    assert (again.status_code, "never made twice" in text(again)) == (422, True)
    refused = maker.post(page, {"step": "approve"})
    assert (refused.status_code, "a second person" in text(refused)) == (422, True)
    assert "disabled" in maker.get(page).content.decode()
    assert other.post(page, {"step": "nothing"}).status_code == 422
    assert other.post(page, {"step": "approve"}).status_code == 302
    assert other.post(page, {"step": "withdraw"}).status_code == 422
    assert "Released" in text(other.get(page))


def test_figures_that_nobody_counts_any_more_stay_readable(provider, client, monkeypatch):
    services.approve(release_id=prepared().pk, actor=officer(2), at=NOW)
    monkeypatch.delitem(counted._providers, "test")
    assert "under 10" in text(client.get(reverse("trends")))


def test_the_public_page_asks_as_little_about_many_as_about_one(provider, client, django_assert_num_queries):
    for number in range(8):
        year, quarter = 2024 + number // 4, number % 4
        release = prepared(quarter=date(year, 3 * quarter + 1, 1))
        services.approve(release_id=release.pk, actor=officer(2), at=NOW)
    with django_assert_num_queries(3):
        client.get(reverse("trends"))
