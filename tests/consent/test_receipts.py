"""Receipts, what somebody keeps with their account, what the gate and the company's back ends are told, the figures."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from consent import catalog, counting, kept, receipts, selectors
from consent.counting import Cell
from consent.models import AccountLink, Category, ChoiceCount, FormScore, Notice, Record, Site
from consent.services import linking, scoring
from datamap import gate
from datamap.purposes import WEB_ADVERTISING, WEB_ANALYTICS
from datamap.services import publish_policy
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from tests.accounts import factories
from tests.consent import cast
from tests.consent.cast import ALL, NONE, record
from tests.consent.test_publishing import publish

pytestmark = pytest.mark.django_db

#: What the technical specification asks of a record and its receipt.
HEADER = {"schema_version", "record_id", "pii_principal_id", "receipt_id"}
PROCESSING = {"privacy_notice", "language", "purposes", "jurisdiction", "withdrawal_method", "privacy_rights", "collection_method"}
PURPOSE = {"purpose", "pii_information", "pii_controllers", "recipient_third_parties", "lawful_basis"}
PARTY = {"party_id", "party_name", "party_role", "storage_locations"}
EVENT = {"event_time", "validity_until", "entity_id", "event_type", "event_state"}


HISTORY = "Earlier and later choices of this browser"


def shown(row: Record, client: Client | None = None) -> Client:
    """A browser that came from the preference centre, where it said by what number it is known."""
    client = client or Client()
    response = client.get(f"/consent/receipts/{row.pk}/?browser={row.consent_id}")
    assert (response.status_code, response["Location"]) == (302, f"/consent/receipts/{row.pk}/")
    assert response["Referrer-Policy"] == "no-referrer"
    return client


def holding(row: Record) -> Client:
    """A browser that chose on our own pages."""
    client = Client()
    answers = {"preferences": kept.Answer(is_allowed=True, version=1, on=timezone.now().date())}
    client.cookies[kept.COOKIE] = kept.written(kept.Kept(answers=answers, consent_id=row.consent_id, receipt=row.pk))
    return client


def receipt_of(row: Record, client: Client | None = None, language: str = "") -> str:
    response = (client or Client()).get(f"{language}/consent/receipts/{row.pk}/")
    assert response.status_code == 200
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    return str(response.content.decode())


@pytest.mark.promise("P107")
def test_a_receipt_shows_what_was_asked_and_chosen_word_for_word():
    row = record(signal="gpc")
    page = receipt_of(row)

    assert row.notice.digest in page
    assert "Historique d’interaction" in page
    assert page.count("Refused") == 3
    assert page.count("Allowed") == 1
    assert "Global Privacy Control" in page


def test_a_receipt_that_is_none_is_nowhere():
    for path in ("", "receipt.json"):
        assert Client().get(f"/consent/receipts/{uuid4()}/{path}").status_code == 404


def test_a_receipt_as_json_has_the_fields_of_the_specification():
    row = record()
    told = Client().get(f"/fr/consent/receipts/{row.pk}/receipt.json").json()

    assert told.keys() >= HEADER
    assert told["pii_processing"].keys() >= PROCESSING
    assert [purpose["purpose_code"] for purpose in told["pii_processing"]["purposes"]] == list(cast.CODES)
    for purpose in told["pii_processing"]["purposes"]:
        assert purpose.keys() >= PURPOSE
        assert purpose["consent"] == ("given" if purpose["purpose_code"] == "analytics" else "refused")
        assert all(info["pii_type"] and info["retention_period"] for info in purpose["pii_information"])
    assert all(party.keys() >= PARTY for party in told["party_identification"])
    named = {vendor for purpose in told["pii_processing"]["purposes"] for vendor in purpose["recipient_third_parties"]}
    assert named == {party["party_id"] for party in told["party_identification"]} - {"controller"}
    controller = told["party_identification"][0]
    assert controller["party_address"] == "Eikelenbergstraat 20, 1700 Dilbeek, BE"
    assert controller["storage_locations"] == ["Union européenne (Pays-Bas, France, Belgique, Allemagne, Irlande)"]
    assert told["event"][0].keys() >= EVENT
    assert told["event"][0]["event_state"] == "consent given"
    assert told["pii_principal_id"] == told["receipt_id"] == str(row.pk)


@pytest.mark.promise("P001", "P118")
@pytest.mark.parametrize(
    ("minute", "version"),
    [(datetime(2026, 6, 30, 21, 59, tzinfo=UTC), "2026-01-05"), (datetime(2026, 6, 30, 22, tzinfo=UTC), "2026-07-01")],
)
def test_a_receipt_names_the_policy_in_force_which_changes_at_midnight_in_brussels(minute, version):
    row = record()
    for day in (date(2026, 1, 5), date(2026, 7, 1)):
        publish_policy(
            body=f"Text of {day}.", language=row.notice.language, effective_on=day, title="Policy", actor=Actor.system("test"), at=minute
        )
    row.at = minute

    assert receipts.as_json(row, at=minute, withdraw_url="")["pii_processing"]["privacy_policy"]["version"] == version


def test_whoever_is_shown_a_receipt_does_not_learn_by_what_number_the_browser_is_known():
    row = record()
    later = record(consent_id=str(row.consent_id), method="withdrawal", choices=NONE)
    for one in (row, later):
        assert str(row.consent_id) not in receipt_of(one)
        assert str(row.consent_id) not in Client().get(f"/consent/receipts/{one.pk}/receipt.json").content.decode()


def test_the_address_of_a_receipt_that_is_shared_shows_that_choice_and_no_other():
    first = record(site="oxygis.be")
    other = record(site="oxygis.fr", consent_id=str(first.consent_id), method="withdrawal", choices=NONE)
    stranger = record()
    strangers = [Client(), holding(stranger), shown(stranger), factories.sign_in(Client(), factories.make_user())]
    for client in strangers:
        page = receipt_of(first, client)
        assert HISTORY not in page
        assert "oxygis.fr" not in page
        assert "shows one choice and no other" in page
    for client in (shown(first), holding(first), holding(other)):
        assert HISTORY in receipt_of(first, client)
        assert "oxygis.fr, Withdrawn" in receipt_of(first, client)
    assert HISTORY not in receipt_of(other, shown(first)), "each receipt is shown for itself"


@pytest.mark.parametrize("number", ["", "None", "x", "\x00", "7f9c4c36-5a0e-4d55-9d6c-0a3f8e1b2c4d", "a" * 5000])
def test_a_number_that_is_not_that_of_the_browser_shows_nothing_more_and_keeps_no_session(number):
    row = record()
    record(consent_id=str(row.consent_id))
    refusal = record(method="refuse_all", choices=NONE, consent_id=None)
    for one in (row, refusal):
        client = Client()
        response = client.get(f"/consent/receipts/{one.pk}/", {"browser": number})
        assert (response.status_code, response["Location"]) == (302, f"/consent/receipts/{one.pk}/")
        assert not client.cookies
        assert HISTORY not in receipt_of(one, client)


def test_the_session_does_not_know_by_what_number_the_browser_is_known():
    row = record()
    client = shown(row)
    assert str(row.consent_id) not in json.dumps(dict(client.session.items()))
    for _time in range(12):
        shown(record(), client)
    assert len(client.session["receipts_shown"]) == 10


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"method": "refuse_all", "choices": NONE, "consent_id": None}, "consent refused"),
        ({"method": "withdrawal", "choices": NONE}, "consent withdrawn"),
        ({"method": "accept_all", "choices": ALL}, "consent given"),
    ],
)
def test_a_receipt_says_what_it_was(changes, state):
    row = record(**changes)
    assert Client().get(f"/consent/receipts/{row.pk}/receipt.json").json()["event"][0]["event_state"] == state


# Kept with an account: by the person, and by nobody else.
def test_only_whoever_is_signed_in_and_wants_it_keeps_a_choice():
    row = record()
    path = f"/consent/receipts/{row.pk}/keep/"
    assert "/account/login/" in Client().post(path)["Location"]
    assert "sign in" in receipt_of(row, shown(row))
    user = factories.make_user()
    client = factories.sign_in(Client(), user)
    assert client.post(path).status_code == 404, "whoever was given the address keeps nothing of it"
    assert "Keep with my account" not in receipt_of(row, client)
    assert "Keep with my account" in receipt_of(row, shown(row, client))
    assert client.get(path).status_code == 405
    assert not AccountLink.objects.exists(), "looking links nothing"

    for _time in range(2):
        assert client.post(path)["Location"] == "/account/choices/"
    assert AccountLink.objects.get().account_id == user.pk
    assert str(row.pk) in client.get("/account/choices/").content.decode()
    assert "kept with your account" in receipt_of(row, client)
    record(consent_id=str(row.consent_id))
    again = factories.sign_in(Client(), user)
    assert HISTORY in receipt_of(row, again), "what is kept with an account is its owner's everywhere"


def test_a_link_is_cut_by_its_owner_alone():
    row, user = record(), factories.make_user()
    link = linking.keep(receipt=row.pk, account_id=user.pk, actor=cast.ACTOR, at=timezone.now())
    path = f"/account/choices/{link.pk}/let-go/"
    stranger = factories.sign_in(Client(), factories.make_user())
    assert str(row.pk) not in stranger.get("/account/choices/").content.decode()
    assert "kept with your account" not in receipt_of(row, stranger)
    stranger.post(path)
    assert AccountLink.objects.exists()
    factories.sign_in(Client(), user).post(path)
    assert not AccountLink.objects.exists()
    assert Record.objects.filter(pk=row.pk).exists()


def test_a_refusal_belongs_to_nobody():
    row = record(method="refuse_all", choices=NONE, consent_id=None)
    client = factories.sign_in(Client(), factories.make_user())
    for held in (client, factories.sign_in(holding(row), factories.make_user())):
        assert held.post(f"/consent/receipts/{row.pk}/keep/").status_code == 404
        assert "with my account" not in receipt_of(row, held)


# The gate, and the company's back ends.
@pytest.fixture
def noor():
    user = factories.make_user("noor@customer.example")
    at = timezone.now()
    subject = subjects.subject_for(identifiers=[(IdentifierKind.ACCOUNT, str(user.pk))], method=IdentityMethod.SIGNED_IN, at=at)
    return user, subject


def allowed(subject) -> set[str]:
    return {purpose.code for purpose in (WEB_ANALYTICS, WEB_ADVERTISING) if gate.may_process(subject=subject, purpose=purpose)}


@pytest.mark.promise("P034")
def test_the_gate_says_no_where_consent_is_missing_withdrawn_over_or_of_another_text(noor):
    user, subject = noor
    assert gate.may_process(subject=subject, purpose=WEB_ANALYTICS).reasons == (gate.NO_CONSENT,)
    row = record()
    assert allowed(subject) == set(), "a choice that nobody kept is nobody's"
    linking.keep(receipt=row.pk, account_id=user.pk, actor=cast.ACTOR, at=timezone.now())
    assert allowed(subject) == {"web-analytics"}

    Category.objects.filter(code="analytics").update(text_en="Something else.")
    publish()
    assert allowed(subject) == set()
    record(consent_id=str(row.consent_id))
    assert allowed(subject) == {"web-analytics"}
    record(consent_id=str(row.consent_id), method="withdrawal", choices=NONE)
    assert allowed(subject) == set()


def test_a_choice_that_has_run_out_allows_nothing():
    row = record()
    asked = {"consent_id": row.consent_id, "site": cast.SITE, "category": "analytics"}
    assert selectors.standing(**asked, at=row.valid_until - timedelta(seconds=1)).is_allowed
    assert not selectors.standing(**asked, at=row.valid_until).is_allowed


# Scores.
@pytest.mark.promise("P030")
def test_a_score_is_a_number_and_nothing_else_and_only_where_a_site_still_asks():
    scoring.note(site="oxygis.be", score=0.7, day=date(2026, 11, 27))
    row = FormScore.objects.get()
    assert float(row.score) == 0.7
    assert {field.name for field in FormScore._meta.get_fields()} == {"id", "site", "score", "day"}
    for site, score in (("ours", 0.7), ("oxygis.be", 1.1), ("oxygis.be", -0.1)):
        with pytest.raises(scoring.NoScore):
            scoring.note(site=site, score=score, day=date(2026, 11, 27))
    Site.objects.filter(code="oxygis.be").update(has_scores=False)
    with pytest.raises(scoring.NoScore):
        scoring.note(site="oxygis.be", score=0.7, day=date(2026, 11, 27))
    assert FormScore.objects.count() == 1


@pytest.mark.parametrize("score", [1.1, -0.1])
def test_the_database_takes_no_other_score(score):
    site = Site.objects.get(code="oxygis.be")
    with pytest.raises(IntegrityError, match="consent_score_range"), transaction.atomic():
        FormScore.objects.create(site=site, score=score, day=date(2026, 11, 27))


# Figures.
@pytest.mark.parametrize("figures", [(10, 4, None), (10, None, 6), (None, 4, 6)])
def test_the_database_takes_no_count_by_half(figures):
    """From a total and one of the two anybody reckons the other."""
    told = dict(zip(("total", "allowed", "refused"), figures, strict=True))
    with pytest.raises(IntegrityError, match="consent_count_whole"), transaction.atomic():
        ChoiceCount.objects.create(day=date(2026, 11, 1), notice=Notice.objects.first(), category="analytics", **told)


@pytest.mark.parametrize(
    ("total", "allowed_number", "told"),
    [
        (9, 5, (None, None, None)),
        (10, 10, (10, 10, 0)),
        (10, 0, (10, 0, 10)),
        (30, 9, (30, None, None)),
        (30, 21, (30, None, None)),
        (20, 10, (20, 10, 10)),
    ],
)
def test_no_cell_of_few_is_stored_and_none_can_be_reckoned(total, allowed_number, told):
    [row] = counting.rows(date(2026, 11, 1), [Cell(uuid4(), "analytics", total, allowed_number)], fewest=10)
    assert (row.total, row.allowed, row.refused) == told


def test_days_are_counted_once_by_notice_and_category():
    yesterday = timezone.now() - timedelta(days=1)
    for number in range(12):
        record(at=yesterday, choices={**NONE, "analytics": number < 11})
    record(at=yesterday, language="nl")
    record()
    assert counting.count_days(at=timezone.now()) == 1
    assert counting.count_days(at=timezone.now()) == 0

    rows = {(row.notice.language, row.category): (row.total, row.allowed) for row in ChoiceCount.objects.select_related("notice")}
    assert rows["fr", "analytics"] == (12, None), "one alone refused"
    assert rows["fr", "marketing"] == (12, 0)
    assert rows["nl", "analytics"] == (None, None)


def test_the_desk_sees_figures_and_no_cell_of_few(django_assert_max_num_queries):
    day = timezone.localdate() - timedelta(days=1)
    for notice in Notice.objects.filter(site__code__in=["oxygis.be", "oxygis.fr"], number=1):
        cells = [Cell(notice.pk, "analytics", 100, 40), Cell(notice.pk, "marketing", 100, 3)]
        ChoiceCount.objects.bulk_create(counting.rows(day, cells, fewest=10))
    client = factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))
    client.get("/desk/choices/")
    with django_assert_max_num_queries(25):
        page = client.get("/desk/choices/").content.decode()
    assert "600" in page
    assert "240" in page
    assert "6 figures are left out" in page
    one = client.get("/desk/choices/?site=oxygis.be&language=fr&notice=1&days=365").content.decode()
    assert "100" in one
    assert "600" not in one
    assert client.get("/desk/choices/?site=nowhere&days=x").status_code == 200


@pytest.mark.promise("P018")
def test_no_form_of_ours_asks_google_for_anything():
    """Every page that anybody can open, and every one that has a form: nothing of Google's, no script of another host."""
    from tests.addresses import every_address, is_in_admin

    clients = [
        Client(),
        factories.sign_in(Client(), factories.make_user()),
        factories.sign_in(Client(), factories.make_staff(UserRole.HELPDESK)),
    ]
    forms = 0
    for address in (address for address in every_address() if not is_in_admin(address)):
        for client in clients:
            response = client.get(address.path())
            if not response.get("Content-Type", "").startswith("text/html"):
                continue
            page = response.content.decode().lower()
            forms += "<form" in page
            for word in ("recaptcha/api", "google.com/recaptcha", "gstatic", "grecaptcha", "hcaptcha", "turnstile"):
                assert word not in page, (address.name, word)
            assert 'src="http' not in page, address.name
    assert forms > 40


def test_the_catalogue_lets_go_of_an_origin_that_is_taken_away():
    assert cast.send(cast.body()).status_code == 201
    Site.objects.filter(code=cast.SITE).update(origins=["https://oxygis.be"])
    catalog.forget()
    response = cast.send(cast.body())
    assert (response.status_code, json.loads(response.content)["code"]) == (403, "wrong-origin")
