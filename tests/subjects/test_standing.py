from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit.actor import Actor
from audit.selectors import events_about
from subjects import holds, selectors, services
from subjects.enums import HoldGround, IdentifierKind, IdentityMethod, RestrictionGround
from subjects.models import LegalHold
from subjects.standing import HoldsNothing, NotInformed
from tests.subjects import lifting

pytestmark = pytest.mark.django_db

ACTOR = Actor.system("test")


@pytest.fixture
def nora(at):
    return services.subject_for(identifiers=[(IdentifierKind.EMAIL, "nora@firm.example")], method=IdentityMethod.MAILBOX, at=at)


@pytest.fixture
def jan(at):
    return services.subject_for(identifiers=[(IdentifierKind.EMAIL, "jan@firm.example")], method=IdentityMethod.MAILBOX, at=at)


def actions(subject):
    return [event.action for event in events_about(f"subjects.subject:{subject.pk}").order_by("id")]


def hold(subject, at, **narrowed):
    return services.hold(
        subject_id=subject.pk, ground=HoldGround.LITIGATION, owner_id="u", review_on=at.date(), actor=ACTOR, at=at, **narrowed
    )


def test_restrict_once_and_lift_after_telling(nora, at):
    first = services.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    again = services.restrict(subject_id=nora.pk, ground=RestrictionGround.ACCURACY, actor=ACTOR, at=at)
    assert first == again
    assert selectors.restrictions_of(nora).exists()

    with pytest.raises(NotInformed):
        services.lift(restriction_id=first.pk, told_at=at + timedelta(seconds=1), actor=ACTOR, at=at)
    assert selectors.restrictions_of(nora).exists()

    lifting.lift(first.pk, told_at=at, at=at)
    lifting.lift(first.pk, told_at=at, at=at)
    assert not selectors.restrictions_of(nora).exists()
    assert actions(nora) == ["subject.restricted", "subject.restriction_lifted"]


def test_object_once(nora, at):
    first = services.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at)

    assert services.object_to(subject_id=nora.pk, purpose="marketing", actor=ACTOR, at=at) == first
    assert list(selectors.objections_of(nora)) == [first]
    assert actions(nora) == ["subject.objected"]


def test_hold_covers_its_source_until_it_is_released(nora, jan, at):
    made = hold(nora, at, source="accounts.contacts")

    assert selectors.is_held(subject=nora, source="accounts.contacts")
    assert not selectors.is_held(subject=nora, source="accounts.messages")
    assert not selectors.is_held(subject=jan, source="accounts.contacts")
    assert holds.held_sources(nora.pk, at) == {"accounts.contacts"}
    assert holds.held_sources(nora.pk, at - timedelta(seconds=1)) == frozenset()

    services.release(hold_id=made.pk, actor=ACTOR, at=at)
    services.release(hold_id=made.pk, actor=ACTOR, at=at)
    assert not selectors.is_held(subject=nora, source="accounts.contacts")
    assert holds.held_sources(nora.pk, at) == frozenset()
    assert actions(nora) == ["subject.held", "subject.released"]


def test_a_hold_without_a_source_covers_all_of_them(nora, at):
    hold(nora, at)

    assert selectors.is_held(subject=nora, source="whatever.there")
    assert holds.held_sources(nora.pk, at) is holds.ALL
    assert "whatever.there" in holds.ALL
    assert bool(holds.ALL)


@pytest.mark.parametrize(
    "narrowed",
    [
        {"source": "accounts.contact"},
        {"field": "contacts.email"},
        {"source": "accounts.contacts", "field": "contacts.nothing"},
        {"starts_at": timedelta(), "until": timedelta()},
        {"starts_at": timedelta(seconds=1), "until": timedelta()},
    ],
    ids=["no such category", "a field of none", "no such field", "no time", "ends before it begins"],
)
def test_a_hold_that_would_keep_nothing_is_refused(nora, at, narrowed):
    typed = {name: at + value if isinstance(value, timedelta) else value for name, value in narrowed.items()}
    with pytest.raises(HoldsNothing, match="would keep nothing"):
        hold(nora, at, **typed)
    assert not LegalHold.objects.exists()


def test_a_narrow_hold_says_in_its_event_what_it_is_on(nora, at):
    hold(nora, at, source="accounts.contacts", field="contacts.email", starts_at=at - timedelta(days=1), until=at)

    (event,) = events_about(f"subjects.subject:{nora.pk}")
    assert {name: event.details[name] for name in ("source", "field", "from", "until")} == {
        "source": "accounts.contacts",
        "field": "contacts.email",
        "from": (at - timedelta(days=1)).isoformat(),
        "until": at.isoformat(),
    }


@pytest.mark.parametrize(
    "wrong",
    [{"field": "contacts.email", "source": ""}, {"until": None}, {"until": timedelta(seconds=-1)}, {"ground": ""}, {"owner_id": ""}],
)
def test_the_database_refuses_a_hold_on_nothing_too(nora, at, wrong):
    made = hold(nora, at, source="accounts.contacts", starts_at=at)
    until = wrong.get("until", timedelta(days=1))
    values = {"until": at + (until or timedelta())} | {name: value for name, value in wrong.items() if name != "until"}
    with pytest.raises(IntegrityError, match="subjects_hold_"), transaction.atomic():
        LegalHold.objects.filter(pk=made.pk).update(**values)


def test_an_erasure_leaves_the_whole_category_of_which_anything_is_held(nora, at):
    hold(nora, at, source="accounts.contacts", field="contacts.email", starts_at=at - timedelta(days=1), until=at)

    assert selectors.is_held(subject=nora, source="accounts.contacts")
    assert holds.held_sources(nora.pk, at) == {"accounts.contacts"}
    # Whoever says nothing of what it would take leaves the person's rows alone as well.
    assert list(selectors.kept_values(kind=IdentifierKind.EMAIL, source="accounts.contacts")) == ["nora@firm.example"]


@pytest.mark.parametrize("kind", ["hold", "restriction"])
def test_kept_values_names_those_whom_no_purge_may_touch(nora, jan, at, kind):
    kept = selectors.kept_values(kind=IdentifierKind.EMAIL, source="accounts.contacts")
    assert list(kept.all()) == []
    if kind == "hold":
        made = hold(nora, at, source="accounts.contacts")
        hold(jan, at, source="accounts.messages")
    else:
        made = services.restrict(subject_id=nora.pk, ground=RestrictionGround.CLAIMS, actor=ACTOR, at=at)
    assert list(kept.all()) == ["nora@firm.example"]

    if kind == "hold":
        services.release(hold_id=made.pk, actor=ACTOR, at=at)
    else:
        lifting.lift(made.pk, told_at=at, at=at)
    assert list(kept.all()) == []
