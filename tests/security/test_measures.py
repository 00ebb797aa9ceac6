"""The register of measures: what we say we do, who saw it last, and the security policy for whoever asks (P054, P055)."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.enums import UserRole
from audit.models import Event
from datamap import measures
from letters.models import Letter
from letters.sealing import unseal
from security import services, tokens
from security.models import Evidence, Measure
from tests.accounts import factories
from tests.security.cast import officer
from tests.typing_in import carried

pytestmark = pytest.mark.django_db

PAGE = reverse("security")
POLICY = reverse("security_policy")


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def seen(at, *, days: int = 182, code: str = "") -> None:
    """Every measure, or one, is seen at work today, and again so many days later."""
    today = timezone.localdate(at)
    for measure in Measure.objects.filter(code=code) if code else Measure.objects.all():
        services.add_evidence(
            measure_id=measure.pk, seen_on=today, review_on=today + timedelta(days=days), what="A test.", actor=officer(), at=at
        )


def test_the_register_says_each_measure_in_three_languages():
    assert Measure.objects.count() >= 10
    for measure in Measure.objects.all():
        said = set()
        for language in ("en", "fr", "nl"):
            with translation.override(language):
                said |= {(measure.label, measure.text)}
        assert len(said) == 3, measure.code


@pytest.mark.promise("P054")
def test_a_measure_that_nobody_saw_at_work_raises_an_alarm_each_day_until_somebody_does(at):
    reader = factories.make_staff(UserRole.PRIVACY_OFFICER, language="fr")
    factories.make_staff(UserRole.HELPDESK)
    assert services.alarm_evidence(at=at) == 1
    assert services.alarm_evidence(at=at + timedelta(hours=1)) == 0
    assert (Letter.objects.get().recipient, Letter.objects.get().language) == (reader.email, "fr")
    seen(at, days=30)
    last = at + timedelta(days=30)
    assert services.alarm_evidence(at=last) == 0
    assert services.alarm_evidence(at=last + timedelta(days=1)) == 1
    assert str(Measure.objects.count()) in Letter.objects.order_by("-written_at")[0].subject
    Measure.objects.update(is_taken=False)
    assert services.alarm_evidence(at=last + timedelta(days=3)) == 0


@pytest.mark.promise("P054")
def test_the_check_and_the_record_of_processing_know_the_evidence(at):
    today = timezone.now()
    seen(today, days=1, code="backups")
    assert "security.W001" in {found.id for found in run_checks(databases=["default"])}
    seen(today)
    assert "security.W001" not in {found.id for found in run_checks(databases=["default"])}
    declared = {measure.code: measure for measure in measures.in_force(on=timezone.localdate(today))}
    assert set(declared) == set(Measure.objects.values_list("code", flat=True))
    assert declared["backups"].shown_on == timezone.localdate(today)
    assert declared["backups"].review_on == timezone.localdate(today) + timedelta(days=182)


def test_evidence_is_never_rewritten_and_goes_after_six_years_but_for_the_last(at):
    seen(at, code="backups")
    for change in (lambda: Evidence.objects.update(what="Other"), Evidence.objects.all().delete):
        with pytest.raises(DatabaseError, match="not rewritten"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE security_evidence")
    seen(at - timedelta(days=2500), code="backups")
    seen(at - timedelta(days=2500), code="suppliers")
    services.alarm_evidence(at=at)
    assert sorted(Evidence.objects.values_list("measure__code", "recorded_at")) == [
        ("backups", at),
        ("suppliers", at - timedelta(days=2500)),
    ]


def test_evidence_is_added_at_the_desk():
    client = factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))
    assert "Never seen" in text(client.get(reverse("desk_measures")))
    page = reverse("desk_measure", kwargs={"code": "backups"})
    today = timezone.localdate()
    good = {"what": "A restore of 4111 1111 1111 1111", "seen_on": today, "review_on": today + timedelta(days=90)}
    for wrong in ({"what": ""}, {"seen_on": today + timedelta(days=1)}, {"review_on": today}, {"review_on": today + timedelta(days=400)}):
        assert client.post(page, good | wrong).status_code == 422
    assert client.post(page, good).status_code == 302
    assert ("4111" in Evidence.objects.get().what, "Seen at work" in text(client.get(page))) == (False, True)
    assert client.get(reverse("desk_measure", kwargs={"code": "nothing"})).status_code == 404


def test_what_is_said_of_a_measure_changes_with_an_event():
    client = factories.sign_in(Client(), factories.make_staff(UserRole.PRIVACY_OFFICER))
    measure = Measure.objects.get(code="backups")
    said = {field.name: getattr(measure, field.name) for field in Measure._meta.fields if field.editable}
    page = reverse("admin:security_measure_change", args=[measure.pk])
    assert client.post(page, said | {"text_en": "Backups are taken every hour."} | carried(client, page)).status_code == 302
    event = Event.objects.get(action="measure.changed")
    assert (event.about, event.actor_role) == ("measure:backups", "PRIVACY_OFFICER")
    assert client.post(reverse("admin:security_measure_add"), said | {"code": "other"}).status_code == 302
    assert Event.objects.get(action="measure.added").about == "measure:other"


@pytest.mark.promise("P055")
def test_whoever_is_signed_in_reads_the_policy_and_it_is_on_record(client):
    assert client.get(POLICY).status_code == 302
    user = factories.make_user()
    factories.sign_in(client, user)
    response = client.get(POLICY)
    assert (response.status_code, "Restoring is rehearsed" in text(response)) == (200, True)
    event = Event.objects.get(action="security_policy.read")
    assert (event.actor_id, event.details) == (str(user.pk), {"way": "signed_in"})


@pytest.mark.promise("P055")
def test_a_visitor_asks_for_the_policy_and_reads_it_by_a_link(client):
    assert "Restoring is rehearsed" in text(client.get(PAGE))
    assert client.post(PAGE, {"email": "nobody"}).status_code == 422
    client.post(PAGE, {"email": "machine@spam.example", "website": "x"})
    assert Letter.objects.count() == 0
    assert client.post(PAGE, {"email": "Anna@visitor.example"}).status_code == 302
    letter = Letter.objects.get()
    assert (letter.event, letter.is_unverified) == ("security_policy", True)
    link = unseal(bytes(letter.sealed))["link"]
    path = "/" + link.split("/", 3)[3]
    assert "Restoring is rehearsed" not in text(client.get(path))
    assert Event.objects.filter(action="security_policy.read").count() == 0
    assert "Restoring is rehearsed" in text(client.post(path))
    assert Event.objects.get(action="security_policy.read").details == {"way": "by_link"}
    assert "anna" not in str(list(Event.objects.values_list("details", "about"))).lower()


def test_a_link_opens_for_seven_days_and_nothing_that_was_changed_opens(at, client):
    token = tokens.policy_token(at=at)
    assert tokens.is_good(token, at=at + timedelta(days=7, seconds=-1))
    assert not tokens.is_good(token, at=at + timedelta(days=7))
    for wrong in (f"9{token}", token[:-1], "", "x.y", token.replace("~", "")):
        assert not tokens.is_good(wrong, at=at)
    old = reverse("security_policy_link", kwargs={"token": token})
    assert [client.get(old).status_code, client.post(old).status_code] == [404, 404]


def test_somebody_who_asks_again_and_again_is_asked_to_wait(client):
    for _number in range(5):
        assert client.post(PAGE, {"email": "anna@visitor.example"}).status_code == 302
    assert client.post(PAGE, {"email": "anna@visitor.example"}).status_code == 422


def test_a_measure_of_a_day_without_evidence_is_declared_all_the_same():
    assert {measure.shown_on for measure in measures.in_force(on=date(2026, 1, 1))} == {None}
