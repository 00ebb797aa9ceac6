"""From the tables to what visitors see: words as they stand, versions that rise only where something is new, and two people."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from consent import catalog, notices, promises
from consent.models import Category, CookieDeclaration, Notice, NoticeDraft, Site, Vendor, Wording
from consent.services import publishing
from datamap.models import Processor
from datamap.promises import State
from tests.accounts import factories
from tests.consent import cast

pytestmark = pytest.mark.django_db

ONE = Actor(kind=ActorKind.STAFF, id="11111111-1111-4111-8111-111111111111", role="PRIVACY_OFFICER")
TWO = Actor(kind=ActorKind.STAFF, id="22222222-2222-4222-8222-222222222222", role="ADMIN")
FOUR = ("oxygis.eu", "oxygis.com", "oxygis.be", "oxygis.fr")


def site(code: str = cast.SITE) -> Site:
    return Site.objects.get(code=code)


def publish(code: str = cast.SITE) -> list[Notice]:
    draft = publishing.prepare(site_id=site(code).pk, actor=ONE, at=timezone.now())
    made = publishing.publish(draft_id=draft.pk, actor=TWO, at=timezone.now())
    catalog.forget()
    return made


def versions(made: list[Notice]) -> dict[str, int]:
    return {category["code"]: category["version"] for category in json.loads(made[0].body)["categories"]}


def served(code: str = cast.SITE, language: str = "fr"):
    return Client().get(f"/consent/v1/{code}/{language}.json", HTTP_ORIGIN=cast.ORIGIN)


@pytest.mark.promise("P102")
@pytest.mark.parametrize("code", [*FOUR, "ours"])
@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_every_site_has_a_notice_in_every_language_from_the_start(code, language):
    told = served(code, language).json()

    assert (told["v"], told["site"], told["language"], told["months"], told["gpc"]) == (1, code, language, 6, False)
    digest = told.pop("notice")
    assert hashlib.sha256(notices.canonical(told).encode()).hexdigest() == digest
    assert set(told["texts"]) == set(notices.initial_texts("en"))
    assert all(text.strip() for text in told["texts"].values())
    expected = ["session", "preferences", "history", "marketing", "analytics"]
    assert [category["code"] for category in told["categories"]] == (expected if code != "ours" else expected[:2])


@pytest.mark.promise("P106")
@pytest.mark.promise("P109")
def test_only_session_and_safety_is_locked_and_never_asked_about():
    for code in (*FOUR, "ours"):
        told = served(code).json()
        assert [category["code"] for category in told["categories"] if category["locked"]] == ["session"]
    for notice in catalog.current().known.values():
        assert "session" not in notice.asked


@pytest.mark.promise("P112")
@pytest.mark.promise("P114")
def test_signals_and_lifetimes_are_those_of_the_categories():
    told = {category["code"]: category for category in served().json()["categories"]}

    assert told["marketing"]["signals"] == ["ad_storage", "ad_user_data", "ad_personalization"]
    assert told["analytics"]["signals"] == ["analytics_storage"]
    assert [category for category in told.values() if "analytics_storage" in category["signals"]] == [told["analytics"]]
    assert {cookie["lifetime"] for cookie in told["analytics"]["cookies"]} == {"13 mois"}


@pytest.mark.promise("P065")
def test_cloudflare_is_essential_for_security_alone():
    told = served().json()["categories"]
    found = {(category["code"], cookie["name"]) for category in told for cookie in category["cookies"] if cookie["vendor"] == "cloudflare"}
    assert found == {("session", "__cf_bm")}


@pytest.mark.promise("P063")
@pytest.mark.promise("P101")
def test_every_vendor_stands_in_the_register_of_recipients(client):
    """In the public list too: that is where the text of the policy sends its readers."""
    assert Vendor.objects.count() >= 5
    found = set(Vendor.objects.values_list("processor", flat=True))
    assert found <= set(Processor.objects.values_list("code", flat=True))
    page = client.get("/processors/").content.decode()
    assert [code for code in found if f'id="{code}"' not in page] == []
    assert "Google Analytics" in page
    assert Vendor.objects.get(code="recaptcha").processor.shared_data
    recaptcha = CookieDeclaration.objects.get(vendor__code="recaptcha")
    assert not recaptcha.category.is_locked, "reCAPTCHA waits for consent"


@pytest.mark.promise("P101")
def test_with_a_company_that_we_name_no_more_no_notice_is_published_and_the_board_says_so():
    now = timezone.now()
    analytics = Processor.objects.filter(code=Vendor.objects.get(code="google-analytics").processor_id)
    assert promises.named(now).state == State.KEPT
    Wording.objects.create(site=site(), language="fr", key="banner.title", text="Chez nous")
    draft = publishing.prepare(site_id=site().pk, actor=ONE, at=now)
    analytics.update(until=timezone.localdate(now) - timedelta(days=1))

    assert promises.named(now).state == State.BROKEN
    for step in (
        lambda: publishing.publish(draft_id=draft.pk, actor=TWO, at=now),
        lambda: publishing.prepare(site_id=site().pk, actor=ONE, at=now),
    ):
        with pytest.raises(publishing.NotNamed, match="not in force in the register"):
            step()
    analytics.update(until=timezone.localdate(now))
    assert promises.named(now).state == State.KEPT
    assert publishing.publish(draft_id=draft.pk, actor=TWO, at=now)


def test_every_cookie_says_what_it_is_for_and_how_long_in_every_language():
    for cookie in CookieDeclaration.objects.all():
        for language in notices.LANGUAGES:
            assert getattr(cookie, f"purpose_{language}").strip()
            assert getattr(cookie, f"lifetime_{language}").strip()


def test_the_notice_is_public_stored_and_readable_by_the_exact_origin():
    response = served()

    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Access-Control-Allow-Origin"] == cast.ORIGIN
    assert "Access-Control-Allow-Credentials" not in response
    assert response["ETag"] == f'"{response.json()["notice"]}"'
    again = Client().get("/consent/v1/oxygis.be/fr.json", HTTP_IF_NONE_MATCH=response["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    foreign = Client().get("/consent/v1/oxygis.be/fr.json", HTTP_ORIGIN="https://evil.example")
    assert foreign.content == response.content
    assert "Access-Control-Allow-Origin" not in foreign
    assert {served("oxygis.example").status_code, served(language="de").status_code} == {404}


def test_a_notice_costs_no_query(django_assert_num_queries):
    served()
    with django_assert_num_queries(0):
        assert served().status_code == 200


# Versions.
def test_nothing_new_is_nothing_to_publish():
    with pytest.raises(publishing.NothingChanged):
        publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now())
    assert not NoticeDraft.objects.exists()


@pytest.mark.promise("P108")
def test_a_text_of_one_category_raises_its_version_and_no_other():
    Category.objects.filter(code="history").update(text_nl="Anders.")
    made = publish()

    assert versions(made) == {"session": 1, "preferences": 1, "history": 2, "marketing": 1, "analytics": 1}
    assert {notice.number for notice in made} == {2}
    assert served(language="nl").json()["categories"][2]["text"] == "Anders."
    assert versions(publish("oxygis.fr")) == versions(made), "another site goes on from its own notice"


def test_a_new_vendor_raises_its_category():
    vendor = Vendor.objects.create(code="azure", name="Azure", terms_url="https://x.example/", processor_id="azure")
    cookie = CookieDeclaration.objects.get(name="oxy_history")
    cookie.vendor = vendor
    cookie.save()
    assert versions(publish())["history"] == 2


def test_terms_of_a_vendor_raise_the_vendor_too():
    Vendor.objects.filter(code="google-analytics").update(terms_url="https://x.example/new")
    made = publish()
    analytics = json.loads(made[0].body)["categories"][4]
    assert (analytics["version"], analytics["vendors"][0]["version"]) == (2, 2)


def test_a_word_of_the_banner_raises_no_category():
    Wording.objects.filter(key="banner.title", language="en").update(text="Cookies")
    made = publish()
    assert set(versions(made).values()) == {1}
    assert served(language="en").json()["texts"]["banner.title"] == "Cookies"


def test_a_site_has_words_of_its_own():
    Wording.objects.create(site=site(), language="fr", key="banner.title", text="Chez nous")
    publish()
    assert served().json()["texts"]["banner.title"] == "Chez nous"
    assert served("oxygis.fr").json()["texts"]["banner.title"] != "Chez nous"
    ours, theirs = (served(code).json()["categories"][1]["text"] for code in ("ours", "oxygis.fr"))
    assert ours != theirs


def test_a_missing_text_stops_it():
    Wording.objects.filter(key="banner.refuse", language="nl").delete()
    with pytest.raises(notices.TextMissing, match=r"banner\.refuse"):
        publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now())


# Two people.
def test_whoever_prepared_it_does_not_publish_it():
    Category.objects.filter(code="history").update(text_nl="Anders.")
    draft = publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now())
    with pytest.raises(publishing.SamePerson):
        publishing.publish(draft_id=draft.pk, actor=ONE, at=timezone.now())
    assert Notice.objects.filter(number=2).count() == 0


@pytest.mark.parametrize(("prepared_by", "approved_by"), [("a", "a"), ("", "b"), ("a", ""), (None, "b"), ("a", None)])
def test_the_database_publishes_nothing_of_one_person(prepared_by, approved_by):
    first = Notice.objects.first()
    row = {"site_id": first.site_id, "language": "en", "number": 99, "layout": "1", "body": "{}", "digest": "0" * 64}
    row |= {"published_at": timezone.now(), "expires_at": timezone.now(), "prepared_by": prepared_by, "approved_by": approved_by}
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(**row)


@pytest.mark.parametrize("change", ["bodies = '{}'", "prepared_by = 'x'", "number = 7", "published_at = NULL"])
def test_what_was_prepared_and_published_is_not_rewritten(change):
    Category.objects.filter(code="history").update(text_nl="Anders.")
    publish()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE consent_noticedraft SET {change}")


@pytest.mark.parametrize(
    ("change", "refused_by"),
    [
        ("bodies = '{}'", "never rewritten"),
        ("prepared_by = 'x'", "never rewritten"),
        ("prepared_at = now()", "never rewritten"),
        ("number = 7", "never rewritten"),
        ("published_at = now(), dropped_at = now()", "consent_draft_ends_once"),
    ],
)
def test_what_waits_to_be_published_is_not_rewritten_and_ends_once(change, refused_by):
    """Or whoever publishes would publish their own words under a colleague's name."""
    Category.objects.filter(code="history").update(text_nl="Anders.")
    publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now())
    with pytest.raises(DatabaseError, match=refused_by), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE consent_noticedraft SET {change}")


@pytest.mark.parametrize("prepared_by", ["", None])
def test_nobody_prepares_namelessly(prepared_by):
    with pytest.raises(IntegrityError, match=r"consent_draft_owned|prepared_by"), transaction.atomic():
        NoticeDraft.objects.create(site=site(), number=9, bodies={}, prepared_by=prepared_by, prepared_at=timezone.now())


@pytest.mark.parametrize("months", [0, 14])
def test_no_site_asks_again_later_than_the_authority_knows(months):
    with pytest.raises(IntegrityError, match="consent_site_months"), transaction.atomic():
        Site.objects.filter(code=cast.SITE).update(months=months)
    assert Site.objects.filter(code=cast.SITE).update(months=13) == 1


def test_what_is_published_is_what_was_prepared_whatever_changed_since():
    Category.objects.filter(code="history").update(text_nl="Anders.")
    draft = publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now())
    Category.objects.filter(code="history").update(text_nl="Nog anders.")
    publishing.publish(draft_id=draft.pk, actor=TWO, at=timezone.now())
    catalog.forget()
    assert served(language="nl").json()["categories"][2]["text"] == "Anders."
    assert list(Event.objects.filter(action__startswith="notice.").values_list("action", flat=True)) == [
        "notice.prepared",
        "notice.published",
    ]


def test_a_draft_ends_once():
    Category.objects.filter(code="history").update(text_nl="Anders.")
    one, other = (publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now()) for _time in range(2))
    publishing.publish(draft_id=one.pk, actor=TWO, at=timezone.now())
    for act in (publishing.publish, publishing.drop):
        with pytest.raises(publishing.NotOpen):
            act(draft_id=one.pk, actor=TWO, at=timezone.now())
    with pytest.raises(publishing.NotOpen):
        publishing.publish(draft_id=other.pk, actor=TWO, at=timezone.now())


def test_a_superseded_notice_is_still_answered_for_thirty_days():
    before = cast.notice_of()
    Category.objects.filter(code="history").update(text_nl="Anders.")
    publish()
    assert cast.send(cast.body(notice=before)).status_code == 201
    known = catalog.current().known[before]
    assert known.until is not None


# In the admin.
@pytest.fixture
def staff():
    return [factories.sign_in(Client(), factories.make_staff(role)) for role in (UserRole.PRIVACY_OFFICER, UserRole.ADMIN)]


def test_the_admin_prepares_previews_and_publishes_by_two(staff):
    officer, admin = staff
    Category.objects.filter(code="history").update(text_nl="Heel anders.")
    officer.post("/admin/consent/site/", {"action": "prepare", "_selected_action": [str(site().pk)]})
    draft = NoticeDraft.objects.get()
    page = officer.get(f"/admin/consent/noticedraft/{draft.pk}/change/").content.decode()
    assert "Heel anders." in page
    assert re.search(r"<dt>nl, history</dt><dd>[^<]+ → [^<]+: Heel anders\.</dd>", page)
    assert "<dt>nl, history, version</dt><dd>1 → 2</dd>" in page
    assert page.count(" → ") == 4, "and nothing else changes: the version in three languages, the words in one"
    act = {"action": "publish", "_selected_action": [str(draft.pk)]}

    officer.post("/admin/consent/noticedraft/", act)
    assert not Notice.objects.filter(number=2).exists()
    admin.post("/admin/consent/noticedraft/", act)
    assert Notice.objects.filter(number=2).count() == 3


def test_whoever_publishes_sees_a_signal_that_begins_to_count_and_how_long_a_choice_holds(staff):
    officer, _admin = staff
    Site.objects.filter(code=cast.SITE).update(is_gpc_refusal=True, months=12)
    draft = publishing.prepare(site_id=site().pk, actor=ONE, at=timezone.now())
    page = officer.get(f"/admin/consent/noticedraft/{draft.pk}/change/").content.decode()
    for told in ("<dt>fr, gpc</dt><dd>False → True</dd>", "<dt>fr, months</dt><dd>6 → 12</dd>"):
        assert told in page
    publishing.publish(draft_id=draft.pk, actor=TWO, at=timezone.now())
    assert " → " not in officer.get(f"/admin/consent/noticedraft/{draft.pk}/change/").content.decode()


@pytest.mark.parametrize("model", ["site", "category", "vendor", "cookiedeclaration", "wording", "noticedraft", "notice", "record", "accountlink",
                                   "subscription", "choicecount", "formscore"])  # fmt: skip
def test_every_record_can_be_looked_at(staff, model):
    cast.record()
    cast.subscription()
    for client in staff:
        page = client.get(f"/admin/consent/{model}/")
        assert page.status_code == 200
        assert "noor@customer.example" not in page.content.decode()


def test_an_origin_is_one_or_is_refused():
    for origin in ("www.oxygis.be", "https://www.oxygis.be/", "https://*.oxygis.be", "https://user@oxygis.be", "null"):
        found = site()
        found.origins = [origin]
        with pytest.raises(Exception, match="is no origin"):
            found.full_clean()
