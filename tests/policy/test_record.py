"""The record of processing activities (Art. 30), drawn from the declarations: as page, CSV and tagged PDF."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from accounts.enums import UserRole
from accounts.personal_data.flows import PLANNING
from datamap import measures, periods, processing, registry
from datamap.enums import PEOPLE, Category, PaperKind, Role
from datamap.models import FlowRecipient, Processor
from policy import record
from tests.accounts import factories
from tests.datamap.passing import allow
from tests.datamap.register_cast import give_paper
from tests.policy import cast
from tests.policy.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(monkeypatch):
    """One measure, of a room of its own."""
    monkeypatch.setattr(measures, "_givers", [])
    measures.register(lambda on: [measures.Measure("Backups are tried", "A restore a month.", shown_on=date(2026, 2, 1))])


def test_every_source_stands_in_the_record_of_its_role_with_all_that_the_law_asks(django_assert_num_queries):
    with django_assert_num_queries(12):
        found = processing.read(at=NOON)

    sources = {source.key: source for source in registry.all_sources()}
    told = [*found.as_controller, *found.as_processor]
    assert {one.key for one in told} == set(sources)
    assert len(told) == len(sources)
    assert {one.key for one in found.as_processor} == {key for key, source in sources.items() if source.role == Role.PROCESSOR}
    for one in told:
        source = sources[one.key]
        assert one.people == str(PEOPLE[source.category])
        assert one.purposes
        assert all(purpose and basis for purpose, basis in one.purposes)
        assert one.fields
        assert one.recipients
        assert len(one.periods) == len(source.retention)
        lengths = [periods.in_words(rule.keep_for) for rule in source.rules(at=NOON)]
        assert all(length in words for length, (words, _ground) in zip(lengths, one.periods, strict=True))


def test_whose_data_it_is_is_said_of_every_category():
    assert set(PEOPLE) == set(Category)


@pytest.mark.promise("P061")
def test_who_hosts_the_website_is_named_with_the_cloud_beneath():
    (visits,) = [one for one in processing.read(at=NOON).as_controller if one.key == "browsing.visits"]

    assert {"Kinsta", "Google Cloud Platform"} <= set(visits.recipients)


@pytest.mark.promise("P061")
def test_who_works_for_us_by_the_register_is_named_however_far_down_and_who_has_ended_is_not():
    """Also who was declared by hand to get fields by a way out, and the countries in which each works."""
    kinsta, cloud = Processor.objects.get(pk="kinsta"), Processor.objects.get(pk="google-cloud")
    cloud.sub_processors.add("cloudflare", kinsta)
    allow("google-ads", flow=PLANNING.code, fields=PLANNING.fields)

    def told() -> dict[str, processing.Activity]:
        return {one.key: one for one in processing.read(at=NOON).as_controller}

    visits = told()["browsing.visits"]
    assert {"Kinsta", "Google Cloud Platform", "Cloudflare"} <= set(visits.recipients)
    assert len(visits.recipients) == len(set(visits.recipients))
    assert "Cloudflare: United States" in visits.transfers
    assert "Google Ads" in told()["accounts.contacts"].recipients
    FlowRecipient.objects.filter(recipient="google-ads").update(until=NOON.date() - timedelta(days=1))
    Processor.objects.filter(pk="google-cloud").update(until=NOON.date() - timedelta(days=1))
    assert "Google Ads" not in told()["accounts.contacts"].recipients
    assert not {"Google Cloud Platform", "Cloudflare"} & set(told()["browsing.visits"].recipients)


@pytest.mark.promise("P093")
def test_transfers_are_told_with_their_reason():
    give_paper("calendly", PaperKind.CLAUSES)
    places = {place.name: place.basis for place in processing.read(at=NOON).transfers}

    assert places["Calendly"] == "Standard contractual clauses (Art. 46)"
    assert places["Cloudflare"] == "No reason that the law knows: nothing goes there"
    assert "Microsoft Azure" not in places


def test_the_page_the_file_and_the_pdf_say_the_same(client, sealed):
    company, _boss = cast.make_customer()
    company.street, company.postcode, company.city = "Kaai 1", "9000", "Gent"
    company.save()
    reached = f"{company}, Kaai 1, 9000 Gent, Belgium"
    factories.sign_in(client, factories.make_staff(UserRole.PRIVACY_OFFICER))
    page = client.get("/desk/registers/processing/").content.decode()
    for words in ("Backups are tried", "A restore a month.", reached, "Oxygis Partners", "As processor"):
        assert words in page, words

    leads = re.findall(r'<li><a href="#([a-z]+-\d+)">', page)
    assert len(leads) > len(list(registry.all_sources()))
    assert all(f'<h3 id="{place}">' in page for place in leads)

    rows = list(csv.DictReader(io.StringIO(client.get("/desk/registers/processing/csv/").content.decode("utf-8-sig"))))
    assert len(rows) == len(list(registry.all_sources()))
    assert {row["Security measures"] for row in rows} == {"Backups are tried"}
    assert {row["On behalf of"] for row in rows if row["Our role"] == "Processor"} == {reached}
    assert all(row["Activity"] in page for row in rows)

    answer = client.get("/desk/registers/processing/pdf/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_the_pdf_is_tagged_and_claims_pdf_ua(language, sealed):
    cast.make_customer()
    with translation.override(language):
        made = record.as_pdf(processing.read(at=NOON), at=NOON)

    assert b"pdfuaid:part" in made
    assert b"/StructTreeRoot" in made
    assert f"({language}".encode() in made or f"/Lang({language}".encode() in made or language.encode() in made
