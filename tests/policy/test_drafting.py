"""The next text: one person writes, another publishes, never for a day that is past; and customers are told once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from datamap import selectors
from datamap.models import PolicyVersion
from datamap.promises import State
from letters.models import Letter
from policy import facts, services
from policy.models import DraftText, PolicyDraft
from policy.promises import checks
from policy.services import telling
from tests.accounts import factories
from tests.retention.house import set_period

pytestmark = pytest.mark.django_db

WRITER, EDITOR, PUBLISHER = (Actor(kind=ActorKind.STAFF, id=number) for number in ("81", "82", "83"))
LANGUAGES = ("en", "fr", "nl")
TEXTS = {language: (f"Policy {language}", f"Kept for {{period:accounts.contacts.quiet}} ({language}).") for language in LANGUAGES}


@pytest.fixture
def now():
    return timezone.now()


def begin(now, *, days=10) -> PolicyDraft:
    return services.begin(effective_on=timezone.localdate(now) + timedelta(days=days), reason="A new period", actor=WRITER, at=now)


def write(draft, now, texts=TEXTS, *, days=10, actor=WRITER) -> PolicyDraft:
    day = timezone.localdate(now) + timedelta(days=days)
    return services.write(draft_id=draft.pk, texts=texts, effective_on=day, reason="A new period", actor=actor, at=now)


def submitted(now, **more) -> PolicyDraft:
    draft = write(begin(now), now, **more)
    return services.submit(draft_id=draft.pk, actor=WRITER, at=now)


def publish(draft, now):
    return services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=now)


@pytest.mark.promise("P117")
@pytest.mark.promise("P118")
def test_a_text_is_written_submitted_published_and_in_force_from_its_day(now):
    draft = submitted(now)
    versions = services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=now)

    assert {version.language for version in versions} == set(LANGUAGES)
    french = PolicyVersion.objects.get(language="fr")
    assert (french.body, french.source) == ("Kept for 3 ans (fr).", TEXTS["fr"][1])
    day = draft.effective_on
    assert selectors.policy_in_force(on=day - timedelta(days=1), language="fr") is None
    assert selectors.policy_in_force(on=day, language="fr") == french
    actions = set(Event.objects.filter(about=f"policy.draft:{draft.pk}").values_list("action", flat=True))
    assert actions == {"policy.begun", "policy.written", "policy.submitted", "policy.approved"}


@pytest.mark.promise("P117")
@pytest.mark.parametrize("actor", [WRITER, EDITOR])
def test_whoever_wrote_or_submitted_it_does_not_publish_it(now, actor):
    draft = submitted(now, actor=EDITOR)

    with pytest.raises(services.SamePerson):
        services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=actor, at=now)
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize("publisher", ["81", "82"])
def test_the_database_takes_no_publisher_who_wrote_or_submitted(now, publisher):
    draft = submitted(now, actor=EDITOR)

    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        PolicyDraft.objects.filter(pk=draft.pk).update(published_by=publisher, published_at=now)


@pytest.mark.parametrize("values", [{"published_by": "83"}, {"published_by": "", "submitted_by": ""}, {"written_by": ""}])
def test_the_database_takes_no_half_publication(now, values):
    draft = submitted(now)

    with pytest.raises(IntegrityError, match="policy_draft_"), transaction.atomic():
        PolicyDraft.objects.filter(pk=draft.pk).update(
            **{"published_at": now, **values} if "published_by" not in values or not values["published_by"] else values
        )


@pytest.mark.promise("P118")
def test_no_text_comes_into_force_on_a_day_that_is_past(now):
    with pytest.raises(services.InThePast):
        begin(now, days=-1)
    draft = begin(now)
    with pytest.raises(services.InThePast):
        write(draft, now, days=-1)
    draft = write(draft, now, days=0)
    later = now + timedelta(days=1)
    with pytest.raises(services.InThePast):
        services.submit(draft_id=draft.pk, actor=WRITER, at=later)
    draft = services.submit(draft_id=draft.pk, actor=WRITER, at=now)
    with pytest.raises(services.InThePast):
        services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=later)
    assert services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=now)


def test_there_is_one_draft_at_a_time(now):
    draft = begin(now)

    with pytest.raises(services.DraftWaiting):
        begin(now)
    services.drop(draft_id=draft.pk, actor=WRITER, at=now)
    assert begin(now).pk != draft.pk


def test_a_draft_begins_with_the_newest_text_and_its_places(now):
    publish(submitted(now), now)

    draft = begin(now, days=20)

    assert {text.language: text.body for text in draft.texts.all()} == {language: body for language, (_title, body) in TEXTS.items()}


def test_what_was_submitted_does_not_change(now):
    draft = submitted(now)

    with pytest.raises(services.NotOpen):
        write(draft, now)
    for act in (
        lambda: draft.texts.update(body="Another text"),
        lambda: draft.texts.all().delete(),
        lambda: DraftText.objects.create(draft=draft, language="de", title="x", body="y"),
    ):
        with pytest.raises(DatabaseError, match="what was submitted does not change"), transaction.atomic():
            act()
    services.take_back(draft_id=draft.pk, actor=WRITER, at=now)
    assert write(draft, now).is_writable


def test_what_is_over_stays_as_it_is(now):
    draft = submitted(now)
    services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=now)

    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        PolicyDraft.objects.filter(pk=draft.pk).update(reason="Something else")
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        PolicyDraft.objects.filter(pk=draft.pk).delete()
    with pytest.raises(services.NotOpen):
        services.drop(draft_id=draft.pk, actor=WRITER, at=now)
    other = begin(now, days=20)
    services.drop(draft_id=other.pk, actor=WRITER, at=now)
    with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
        PolicyDraft.objects.filter(pk=other.pk).update(dropped_at=None)


def test_a_language_without_words_is_not_submitted(now):
    draft = write(begin(now), now, {**TEXTS, "nl": ("Beleid", "  ")})

    with pytest.raises(services.TextMissing):
        services.submit(draft_id=draft.pk, actor=WRITER, at=now)


def test_the_same_text_again_is_not_submitted(now):
    publish(submitted(now), now)
    draft = begin(now, days=20)

    with pytest.raises(services.NothingChanged):
        services.submit(draft_id=draft.pk, actor=WRITER, at=now)


def test_a_place_that_names_nothing_is_not_kept(now):
    draft = write(begin(now), now)

    with pytest.raises(facts.UnknownFact, match="Line 1"):
        write(draft, now, {**TEXTS, "en": ("Policy", "{period:gone}")})
    assert draft.texts.get(language="en").body == TEXTS["en"][1]


def test_a_day_that_has_a_text_is_refused_and_nothing_is_published(now):
    publish(submitted(now), now)
    texts = {language: (title, body + " More.") for language, (title, body) in TEXTS.items()}
    draft = write(begin(now), now, texts)
    draft = services.submit(draft_id=draft.pk, actor=WRITER, at=now)

    with pytest.raises(services.DayTaken):
        services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=now)
    assert PolicyVersion.objects.count() == len(LANGUAGES)


@pytest.mark.promise("P117")
def test_a_published_text_stays_and_says_when_a_fact_has_moved_on(now):
    publish(write_for_today(now), now)
    assert services.drifted(at=now) == []

    set_period(at=now, code="accounts.contacts.quiet", months=24)

    later = timezone.now()
    assert {(drift.version.language, drift.now) for drift in services.drifted(at=later)} == {
        ("en", "Kept for 2 years (en)."),
        ("fr", "Kept for 2 ans (fr)."),
        ("nl", "Kept for 2 jaar (nl)."),
    }
    assert PolicyVersion.objects.get(language="en").body == "Kept for 3 years (en)."


def write_for_today(now) -> PolicyDraft:
    draft = write(begin(now), now, days=0)
    return services.submit(draft_id=draft.pk, actor=WRITER, at=now)


@pytest.mark.promise("P117")
def test_every_customer_is_told_once_in_their_language(now, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 2)
    customers = [factories.make_user(language=language, name="Noor Vermeulen") for language in LANGUAGES]
    factories.make_user(is_active=False)
    factories.make_user(joined_at=now + timedelta(hours=1))
    factories.make_staff(UserRole.HELPDESK)
    draft = submitted(now)
    assert services.tell_customers(at=now) == 0
    services.publish(draft_id=draft.pk, submitted_at=draft.submitted_at, actor=PUBLISHER, at=now)

    assert services.tell_customers(at=now) == len(customers)
    assert services.tell_customers(at=now) == 0

    letters = Letter.objects.filter(event="policy_changed")
    assert {letter.recipient: letter.language for letter in letters} == {user.email: user.language for user in customers}
    draft.refresh_from_db()
    assert draft.told_at == now
    french = letters.get(language="fr")
    assert f"/fr/policy/{draft.effective_on.isoformat()}/changes/" in str(french.body)


def test_a_telling_that_was_cut_off_goes_on_where_it_stopped(now, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 1)
    for _number in range(3):
        factories.make_user()
    publish(submitted(now), now)
    telling._tell_some(at=now)
    assert Letter.objects.filter(event="policy_changed").count() == 1

    assert services.tell_customers(at=now) == 2
    assert Letter.objects.filter(event="policy_changed").values("recipient").distinct().count() == 3


@pytest.mark.promise("P117")
def test_the_board_watches_a_text_whose_facts_have_moved_on(now):
    publish(write_for_today(now), now)
    assert checks.says_what_we_do(now).state == State.KEPT

    set_period(at=now, code="accounts.contacts.quiet", months=24)

    assert checks.says_what_we_do(timezone.now()).state == State.WATCHED
