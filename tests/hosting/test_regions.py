"""The five regions: the nearest by default, another one on request with a reasoned answer, a zone for copies."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from hosting import rules, services
from hosting.enums import Region, RegionAnswer
from hosting.models import RegionRequest, Server
from hosting.services import regions
from hosting.workflow import Gone
from letters.models import Letter
from tests.accounts import factories
from tests.hosting import cast
from tests.hosting.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss():
    return cast.make_administrator()


@pytest.mark.promise("P087")
@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("BE", "BE"),
        ("be", "BE"),
        ("LU", "BE"),
        ("FR", "FR"),
        ("ES", "FR"),
        ("NL", "NL"),
        ("DE", "DE"),
        ("PL", "DE"),
        ("IE", "IE"),
        ("GB", "IE"),
    ],
)
def test_the_default_is_the_region_nearest_to_the_customer(country, region):
    assert rules.nearest_region(country, on=date(2026, 3, 2)) == region


@pytest.mark.parametrize("country", ["BR", "JP", "", "XX"])
def test_every_other_country_has_one_of_the_five_too(country):
    assert rules.nearest_region(country, on=date(2026, 3, 2)) in Region


def test_a_later_table_counts_from_its_day(monkeypatch):
    later = rules.Nearest(since=date(2027, 1, 1), by_country={"LU": Region.DE}, elsewhere=Region.IE)
    monkeypatch.setattr(rules, "NEAREST", (*rules.NEAREST, later))
    assert rules.nearest_region("LU", on=date(2026, 12, 31)) == Region.BE
    assert rules.nearest_region("LU", on=date(2027, 1, 1)) == Region.DE


@pytest.mark.promise("P058")
def test_the_customer_chooses_the_region_of_a_new_database(boss):
    for region in Region:
        cast.make_server(region)
    made = {region: services.order(company=boss.company, label=region, region=region, actor=cast.actor(boss), at=NOON) for region in Region}
    assert {region: database.server.region for region, database in made.items()} == {region: region.value for region in Region}
    assert services.order(company=boss.company, label="x", actor=cast.actor(boss), at=NOON).server.region == Region.BE


def test_where_there_is_no_room_nothing_is_ordered(boss):
    cast.make_server(is_open=False)
    with pytest.raises(services.NoRoom):
        services.order(company=boss.company, label="x", actor=cast.actor(boss), at=NOON)


def ask(database, boss, region="IE", *, at=NOON):
    return regions.ask(database_id=database.pk, region=region, actor=cast.actor(boss), at=at)


def answer(request, *, is_accepted, reasons="There is no room before May."):
    clerk = factories.make_staff()
    return regions.answer(request_id=request.pk, is_accepted=is_accepted, reasons=reasons, actor=cast.actor(clerk), at=NOON)


@pytest.mark.promise("P088")
@pytest.mark.parametrize("region", ["US", "GB", "XX", ""])
def test_any_other_region_is_refused(boss, region):
    database = cast.order(boss)
    with pytest.raises(regions.NoSuchRegion):
        ask(database, boss, region)
    if region:
        with pytest.raises(regions.NoSuchRegion):
            regions.replicate(database_id=database.pk, region=region, actor=cast.actor(boss), at=NOON)


@pytest.mark.promise("P088")
def test_no_is_answered_with_reasons_that_every_administrator_reads(boss):
    second = cast.make_administrator(boss.company)
    request = ask(cast.order(boss), boss)
    with pytest.raises(regions.ReasonsMissing):
        answer(request, is_accepted=False, reasons="  ")

    answered = answer(request, is_accepted=False)

    assert answered.status == RegionAnswer.REFUSED
    letters = Letter.objects.filter(event="region_answered")
    assert {letter.recipient for letter in letters} == {boss.email, second.email}
    assert all("no room before May" in str(letter.body) for letter in letters)
    with pytest.raises(regions.AnsweredAlready):
        answer(request, is_accepted=False)


@pytest.mark.promise("P008")
def test_no_card_number_stands_in_the_reasons(boss):
    request = answer(ask(cast.order(boss), boss), is_accepted=False, reasons="Refund to 4111 1111 1111 1111")

    assert request.answer == "Refund to •••• •••• •••• 1111"
    assert "4111" not in str(Letter.objects.get(event="region_answered").body)


def test_yes_is_said_when_it_stands_there_and_not_before(boss):
    database = cast.order(boss)
    request = ask(database, boss)
    with pytest.raises(regions.NotMoved):
        answer(request, is_accepted=True)

    type(database).objects.filter(pk=database.pk).update(server=cast.make_server(Region.IE))
    backup = cast.make_backup(database, at=NOON)
    assert answer(request, is_accepted=True).status == RegionAnswer.ACCEPTED
    assert set(backup.replicas.filter(stored_at=None).values_list("place", flat=True)) == {"ie-1", "ie-2"}


def test_one_request_at_a_time_and_none_for_where_it_stands(boss):
    database = cast.order(boss)
    with pytest.raises(regions.ThereAlready):
        ask(database, boss, "BE")
    ask(database, boss)
    with pytest.raises(regions.AskedAlready):
        ask(database, boss, "NL")
    with pytest.raises(IntegrityError), transaction.atomic():
        RegionRequest.objects.create(database=database, region="NL", asked_at=NOON)


def test_the_zone_of_copies_is_kept_with_its_instruction(boss):
    database = cast.order(boss)
    for region in ("DE", "DE", ""):
        regions.replicate(database_id=database.pk, region=region, actor=cast.actor(boss), at=NOON)
    assert list(database.instructions.filter(kind="REPLICATE").values_list("details", flat=True)) == [{"region": "DE"}, {"region": ""}]


def test_nothing_is_chosen_for_what_is_gone(boss):
    database = cast.order(boss)
    type(database).objects.filter(pk=database.pk).update(cancelled_at=NOON - timedelta(days=21))
    with pytest.raises(Gone):
        ask(database, boss)


def test_a_server_is_registered_by_the_name_of_its_secret_alone():
    from django.core.exceptions import ValidationError

    for text in ("postgresql://u:p@h/d", "DATABASE_URL", "HOSTING_URL_x", "SECRET_KEY"):
        with pytest.raises(ValidationError):
            Server(code="x", region="BE", secret=text).clean()
    Server(code="x", region="BE", secret="HOSTING_URL_FR").clean()
