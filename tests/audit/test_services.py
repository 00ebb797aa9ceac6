from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dateutil.relativedelta import relativedelta

from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from audit.selectors import events_about
from audit.services import FreeText, record

pytestmark = pytest.mark.django_db

ACTOR = Actor(kind=ActorKind.STAFF, id="0199", role="HELPDESK", entity="Oxygis Partners", country="BE")


def test_record_writes_who_what_when_and_for_how_long(at):
    event = record(action="rights_request.answer", about="R-7KQ4-M2", actor=ACTOR, at=at, rows=12, source="accounts.profile", late=False)

    stored = Event.objects.get(pk=event.pk)
    assert (stored.action, stored.about, stored.at) == ("rights_request.answer", "R-7KQ4-M2", at)
    assert (stored.actor_kind, stored.actor_id, stored.actor_role) == ("STAFF", "0199", "HELPDESK")
    assert (stored.actor_entity, stored.actor_country) == ("Oxygis Partners", "BE")
    assert stored.details == {"rows": 12, "source": "accounts.profile", "late": False}
    assert stored.expires_at == at + relativedelta(years=6)


@pytest.mark.parametrize(
    "words",
    ["Nora Vermeulen", "nora@firm.example", "two\nlines", "-leading", "é", "x" * 81, 1.5, ["a"], {"a": 1}],
)
def test_record_refuses_free_text_in_details(at, words):
    with pytest.raises(FreeText) as refused:
        record(action="a.b", about="R-1", actor=ACTOR, at=at, note=words)

    assert str(words) not in str(refused.value)
    assert not Event.objects.exists()


@pytest.mark.parametrize("about", ["Nora Vermeulen", "nora@firm.example"])
def test_record_refuses_a_person_as_reference(at, about):
    with pytest.raises(FreeText):
        record(action="a.b", about=about, actor=ACTOR, at=at)


@pytest.mark.parametrize("action", ["answered", "Request.answered", "request answered", "request.answered.twice"])
def test_record_refuses_an_action_that_is_no_thing_and_verb(at, action):
    with pytest.raises(FreeText):
        record(action=action, about="R-1", actor=ACTOR, at=at)


@pytest.mark.parametrize("value", ["", None, True, 0, -3, "2026-03-02T09:30:00+01:00", "accounts.user:0199-ab", "rule:a.b-c"])
def test_record_takes_codes(at, value):
    assert record(action="a.b", about="R-1", actor=ACTOR, at=at, value=value).details == {"value": value}


def test_events_about_gives_one_thing_oldest_first(at):
    later = record(action="a.second", about="R-1", actor=ACTOR, at=at)
    first = record(action="a.first", about="R-1", actor=ACTOR, at=datetime(2025, 1, 1, tzinfo=UTC))
    record(action="a.other", about="R-2", actor=ACTOR, at=at)

    assert list(events_about("R-1")) == [first, later]
