"""The admin of the rooms beneath: who sees it, and what can be done there."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit import sealing, signing
from audit.actor import Actor
from audit.models import Event, Leaf, Seal
from audit.services import record
from datamap.models import Disclosure, FlowRecipient, PolicyVersion, Processor, StatutoryPeriod
from datamap.services import publish_policy
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import ImportBlock, LegalHold, Objection, Restriction, Subject, Tombstone
from tests.accounts.factories import make_staff, sign_in
from tests.datamap.passing import passed
from tests.typing_in import carried

pytestmark = pytest.mark.django_db

READ_ONLY = [Event, Seal, Leaf, Subject, Restriction, Objection, Tombstone, ImportBlock, PolicyVersion, Disclosure]
KEPT = [Processor, FlowRecipient, StatutoryPeriod, LegalHold]
ACTOR = Actor.system("test")


@pytest.fixture
def filled(at, tmp_path, monkeypatch):
    """A row of every kind."""
    monkeypatch.setattr(signing, "folder", lambda: tmp_path)
    nora = subjects.subject_for(identifiers=[(IdentifierKind.EMAIL, "nora@firm.example")], method=IdentityMethod.MAILBOX, at=at)
    subjects.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at)
    subjects.hold(subject_id=nora.pk, ground="LITIGATION", owner_id="u", review_on=at.date(), actor=ACTOR, at=at)
    subjects.bury(source="a.b", part="c", row_keys=[nora.pk], about="R-1", at=at)
    subjects.block_import(values=["nora@firm.example"], at=at)
    publish_policy(body="Text.", language="en", effective_on=date(2026, 1, 1), title="Policy", actor=ACTOR, at=at)
    passed("calendly", at=at, email="nora@firm.example")
    subjects.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    sealing.seal_all(at=at)
    return nora


@pytest.fixture
def officer(client):
    return sign_in(client, make_staff(UserRole.PRIVACY_OFFICER))


def ahead(days: int) -> str:
    return str(timezone.localdate() + timedelta(days=days))


def url(model, page, *arguments: object) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=arguments)


@pytest.mark.parametrize(("model", "role"), list(itertools.product(READ_ONLY + KEPT, [UserRole.ADMIN, UserRole.PRIVACY_OFFICER])))
def test_list_and_page_open_for_those_who_keep_the_register(client, filled, model, role):
    sign_in(client, make_staff(role))

    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize(("model", "role"), list(itertools.product(READ_ONLY + KEPT, [UserRole.HELPDESK, UserRole.HR, UserRole.CUSTOMER])))
def test_nobody_else_gets_in(client, filled, model, role):
    sign_in(client, make_staff(role))

    assert client.get(url(model, "changelist")).status_code in {302, 403, 404}


@pytest.mark.parametrize("model", READ_ONLY)
def test_evidence_and_people_are_looked_at_and_never_changed(officer, filled, model):
    row = model.objects.first()

    assert officer.get(url(model, "add")).status_code == 403
    assert officer.post(url(model, "change", row.pk), {}).status_code == 403
    assert officer.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_no_list_shows_an_address(officer, filled):
    for model in READ_ONLY + KEPT:
        assert "nora@firm.example" not in officer.get(url(model, "changelist")).content.decode()


def test_a_hold_is_set_and_released_through_its_services(officer, filled):
    data = {"subject": str(filled.pk), "source": "accounts.contacts", "ground": "STATUTE"}
    assert officer.post(url(LegalHold, "add"), data | {"review_on": ahead(0)}).status_code == 200
    assert officer.post(url(LegalHold, "add"), data | {"review_on": ahead(30)}).status_code == 302

    hold = LegalHold.objects.get(source="accounts.contacts")
    event = Event.objects.filter(action="subject.held").latest("id")
    assert (event.actor_role, hold.owner_id, hold.released_at) == ("PRIVACY_OFFICER", event.actor_id, None)
    answer = officer.post(url(LegalHold, "changelist"), {"action": "release", "_selected_action": [str(hold.pk)]})
    assert answer.status_code == 302
    hold.refresh_from_db()
    assert hold.released_at is not None
    assert Event.objects.filter(action="subject.released", details__hold=str(hold.pk)).count() == 1


def test_a_hold_is_narrowed_to_a_field_and_a_time(officer, filled):
    data = {"subject": str(filled.pk), "ground": "STATUTE", "review_on": ahead(30), "field": "accounts.contacts/contacts.email"}
    since, until = ({f"{name}_0": "2026-01-31", f"{name}_1": clock} for name, clock in (("starts_at", "23:30:00"), ("until", "23:30:01")))
    for wrong in (
        {"source": "accounts.messages"},
        {"field": "accounts.contacts/contacts.nothing"},
        {"until_1": "23:30:00"},
        {"source": "accounts.nothing"},
    ):
        assert officer.post(url(LegalHold, "add"), data | since | until | wrong).status_code == 200, wrong
    assert not LegalHold.objects.filter(source="accounts.contacts").exists()

    page = officer.get(url(LegalHold, "add")).content.decode()
    assert '<optgroup label="Customer contacts (accounts.contacts)">' in page
    assert officer.post(url(LegalHold, "add"), data | since | until).status_code == 302
    hold = LegalHold.objects.get(source="accounts.contacts")
    assert (hold.field, hold.until - hold.starts_at) == ("contacts.email", timedelta(seconds=1))
    assert timezone.localtime(hold.starts_at).isoformat() == "2026-01-31T23:30:00+01:00"


def test_a_hold_that_was_reviewed_goes_on_until_a_day_to_come_for_a_reason(officer, filled):
    hold = LegalHold.objects.get()
    asked = {"action": "review", "_selected_action": [str(hold.pk)]}
    for lacking in ({}, {"review_on": ahead(30)}, {"reason": "CLAIM_OPEN"}, {"review_on": ahead(0), "reason": "CLAIM_OPEN"}):
        officer.post(url(LegalHold, "changelist"), asked | lacking)
        assert LegalHold.objects.get().review_on == hold.review_on

    officer.post(url(LegalHold, "changelist"), asked | {"review_on": ahead(30), "reason": "CLAIM_OPEN"})
    assert str(LegalHold.objects.get().review_on) == ahead(30)
    event = Event.objects.get(action="subject.hold_reviewed")
    assert (event.actor_role, event.about) == ("PRIVACY_OFFICER", f"subjects.subject:{filled.pk}")
    assert event.details == {"hold": str(hold.pk), "reason": "CLAIM_OPEN", "review_on": ahead(30)}


def test_of_several_holds_all_go_on_or_none(officer, filled, at):
    hold = LegalHold.objects.get()
    over = subjects.hold(subject_id=filled.pk, ground="STATUTE", owner_id="u", review_on=at.date(), actor=ACTOR, at=at)
    subjects.release(hold_id=over.pk, actor=ACTOR, at=at)
    asked = {"action": "review", "_selected_action": [str(hold.pk), str(over.pk)], "review_on": ahead(30), "reason": "CLAIM_OPEN"}
    officer.post(url(LegalHold, "changelist"), asked)

    assert set(LegalHold.objects.values_list("review_on", flat=True)) == {hold.review_on, over.review_on}
    assert not Event.objects.filter(action="subject.hold_reviewed").exists()


def test_only_who_may_hold_may_review(client, filled):
    hold = LegalHold.objects.get()
    sign_in(client, make_staff(UserRole.HELPDESK))
    asked = {"action": "review", "_selected_action": [str(hold.pk)], "review_on": ahead(30), "reason": "CLAIM_OPEN"}

    assert client.post(url(LegalHold, "changelist"), asked).status_code in {302, 403, 404}
    assert LegalHold.objects.get().review_on == hold.review_on


def test_a_hold_that_stands_cannot_be_edited_or_deleted(officer, filled):
    hold = LegalHold.objects.first()

    assert officer.post(url(LegalHold, "change", hold.pk), {}).status_code == 403
    assert officer.post(url(LegalHold, "delete", hold.pk), {"post": "yes"}).status_code == 403


def test_the_register_of_processors_is_kept_with_an_event(officer):
    data = {
        "name": "Calendly Inc.",
        "role": "PROCESSOR",
        "objective": "x",
        "shared_data": "x",
        "region": "x",
        "safeguard": "",
        "terms_url": "",
    }
    page = url(Processor, "change", "calendly")
    assert officer.post(page, data | {"code": "other"} | carried(officer, page)).status_code == 302

    assert Processor.objects.get(code="calendly").name == "Calendly Inc."
    assert Event.objects.get(action="register.changed").about == "datamap.processor:calendly"
    assert officer.post(url(Processor, "add"), data | {"code": "new"}).status_code == 302
    assert Event.objects.get(action="register.added").about == "datamap.processor:new"
    assert officer.post(url(Processor, "delete", "new"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_events_takes_the_same_queries_for_many_rows(officer, rows, django_assert_num_queries):
    for number in range(rows):
        record(action="a.b", about=f"R-{number}", actor=ACTOR, at=timezone.now())
    officer.get(url(Event, "changelist"))

    with django_assert_num_queries(4):
        officer.get(url(Event, "changelist"))
