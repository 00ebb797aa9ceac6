from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from accounts.personal_data.flows import PLANNING
from audit.actor import Actor
from audit.models import Event
from datamap import disclosing, selectors, services
from datamap.models import Disclosure, PolicyVersion, Processor
from subjects import services as subjects
from subjects.enums import IdentifierKind, IdentityMethod
from subjects.models import Subject
from tests.datamap.passing import open_way

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("test")


def publish(at, *, body="One", language="en", on=date(2026, 1, 1)):
    return services.publish_policy(body=body, language=language, effective_on=on, title="Privacy", actor=ACTOR, at=at)


@pytest.mark.promise("P001")
def test_publish_keeps_the_text_with_its_day_language_and_digest(at):
    version, is_new = publish(at, body="Élan")

    stored = PolicyVersion.objects.get(pk=version.pk)
    assert is_new
    assert (stored.body, stored.digest) == ("Élan", hashlib.sha256("Élan".encode()).hexdigest())
    assert (stored.published_at, stored.expires_at) == (at, at + relativedelta(years=30))
    assert Event.objects.get(action="policy.published").about == f"datamap.policyversion:{version.pk}"


@pytest.mark.promise("P001")
def test_the_same_text_again_changes_nothing_and_another_is_refused(at):
    version, _is_new = publish(at)

    assert publish(at + timedelta(days=1)) == (version, False)
    with pytest.raises(services.AlreadyPublished):
        publish(at, body="Two")
    assert PolicyVersion.objects.get().body == "One"
    assert Event.objects.count() == 1


@pytest.mark.promise("P001")
@pytest.mark.promise("P117")
def test_a_second_version_leaves_the_first_in_force_for_its_time(at):
    first, _is_new = publish(at, on=date(2022, 8, 18))
    second, _is_new = publish(at, body="Two", on=date(2026, 3, 1))

    def in_force(on) -> PolicyVersion | None:
        return selectors.policy_in_force(on=on, language="en")

    assert in_force(date(2022, 8, 17)) is None
    assert [in_force(date(2022, 8, 18)), in_force(date(2026, 2, 28))] == [first, first]
    assert [in_force(date(2026, 3, 1)), in_force(date(2030, 1, 1))] == [second, second]


def test_policy_in_force_falls_back_to_english(at):
    english, _is_new = publish(at)
    dutch, _is_new = publish(at, body="Een", language="nl", on=date(2026, 2, 1))

    assert selectors.policy_in_force(on=date(2026, 1, 15), language="nl") == english
    assert selectors.policy_in_force(on=date(2026, 2, 15), language="nl") == dutch
    assert selectors.policy_in_force(on=date(2026, 2, 15), language="fr") == english


def test_disclosures_are_found_under_every_address_of_the_person_alone(at):
    open_way("calendly")

    def person(*emails: str) -> Subject:
        found = [(IdentifierKind.EMAIL, email) for email in emails]
        return subjects.subject_for(identifiers=found, method=IdentityMethod.MAILBOX, at=at)

    nora, jan = person("nora@firm.example", "nora@home.example"), person("jan@firm.example")

    def disclose(**who: Any) -> Disclosure:
        return disclosing.disclose(flow=PLANNING, recipient="calendly", fields=["name"], actor=ACTOR, at=at, **who)

    theirs = [disclose(subject=nora), disclose(email="NORA@home.example"), disclose(subject=nora, email="nora@firm.example")]
    disclose(email="jan@firm.example")

    assert sorted(selectors.disclosures_of(nora), key=str) == sorted(theirs, key=str)
    assert selectors.disclosures_of(jan).count() == 1
    assert theirs[0].expires_at == at + relativedelta(years=5)
    event = Event.objects.filter(about=f"datamap.disclosure:{theirs[1].pk}").get()
    assert event.details == {"recipient": "calendly", "flow": "accounts.planning", "of": None}


def test_the_register_names_everyone_whom_the_policy_names():
    codes = set(Processor.objects.values_list("code", flat=True))

    assert {
        "azure",
        "aws",
        "kinsta",
        "recaptcha",
        "calendly",
        "cloudflare",
        "mailchimp",
        "google-analytics",
        "payment",
        "mail-provider",
    } <= codes
