"""The desk's pages of policy texts, and the public page of what a text changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import UserRole
from datamap.models import PolicyVersion
from policy.models import PolicyDraft
from tests.accounts import factories

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "fr", "nl")


def signed_in(role=UserRole.PRIVACY_OFFICER) -> Client:
    return factories.sign_in(Client(), factories.make_staff(role))


def typed(*, days=5, body="Kept for {period:accounts.contacts.quiet}.", **more) -> dict[str, str]:
    day = (timezone.localdate() + timedelta(days=days)).isoformat()
    words = {f"title_{language}": f"Policy {language}" for language in LANGUAGES} | {f"body_{language}": body for language in LANGUAGES}
    return {"effective_on": day, "reason": "A new period", **words, **more}


@pytest.mark.promise("P117")
def test_two_people_bring_a_text_out(client):
    writer, publisher = signed_in(), signed_in(UserRole.ADMIN)
    begun = writer.post("/desk/policy/", {"effective_on": typed()["effective_on"], "reason": "A new period"})
    page = begun.headers["Location"]
    kept = writer.post(page, typed(step="write"), follow=True)
    assert "<ins>Kept for 3 ans.</ins>" in kept.content.decode()

    assert writer.post(page, typed(step="submit")).status_code == 302
    mine = writer.get(page).content.decode()
    assert 'value="publish" disabled' in mine
    assert writer.post(page, {"step": "publish"}).status_code == 422
    assert publisher.post(page, {"step": "publish"}).headers["Location"] == "/desk/policy/"

    assert PolicyVersion.objects.count() == len(LANGUAGES)
    public = client.get(f"/fr/policy/{typed()['effective_on']}/").content.decode()
    assert "Kept for 3 ans." in public


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"body_fr": "One\nTwo {period:gone}"}, "Line 2: {period:gone} names no fact that we know."),
        ({"title_nl": ""}, "required"),
        ({"effective_on": "2020-01-01"}, "comes into force today or later"),
        ({"effective_on": "tomorrow"}, "valid date"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(change, message):
    writer = signed_in()
    page = writer.post("/desk/policy/", {"effective_on": typed()["effective_on"], "reason": "A new period"}).headers["Location"]

    answer = writer.post(page, typed(step="write", body_en="A long text of an hour.") | change)

    assert answer.status_code == 422
    shown = answer.content.decode()
    assert message in shown
    assert "A long text of an hour." in shown
    assert not PolicyDraft.objects.get().texts.filter(body__contains="long text").exists()


def test_a_second_draft_is_refused_with_a_sentence():
    writer = signed_in()
    begin = {"effective_on": typed()["effective_on"], "reason": "A new period"}
    writer.post("/desk/policy/", begin)

    answer = writer.post("/desk/policy/", begin)

    assert answer.status_code == 422
    assert PolicyDraft.objects.count() == 1


def test_a_card_number_in_a_text_is_masked():
    writer = signed_in()
    page = writer.post("/desk/policy/", {"effective_on": typed()["effective_on"], "reason": "4111 1111 1111 1111"}).headers["Location"]

    writer.post(page, typed(step="write", body_en="4111 1111 1111 1111"))

    draft = PolicyDraft.objects.get()
    assert "4111" not in draft.reason
    assert "4111" not in draft.texts.get(language="en").body


@pytest.mark.promise("P117")
def test_everybody_reads_what_a_text_changes(client):
    today = timezone.localdate()
    for number, words in ((10, "We keep it for three years."), (0, "We keep it for two years.")):
        PolicyVersion.objects.create(
            language="en",
            effective_on=today - timedelta(days=number),
            title="Privacy policy",
            body=words,
            digest=str(number),
            published_at=timezone.now(),
            expires_at=timezone.now(),
        )

    page = client.get(f"/policy/{today}/changes/").content.decode()

    assert "<del>three</del><ins>two</ins>" in page
    assert f'href="/policy/{today}/changes/"' in client.get("/policy/").content.decode()
    assert client.get(f"/policy/{today - timedelta(days=10)}/changes/").status_code == 404
    assert client.get("/policy/2001-01-01/changes/").status_code == 404


def test_the_list_asks_the_database_a_fixed_number_of_times(django_assert_num_queries):
    writer = signed_in()
    for number in range(12):
        PolicyVersion.objects.create(
            language=LANGUAGES[number % 3],
            effective_on=timezone.localdate() - timedelta(days=number // 3),
            title="Privacy policy",
            body="x",
            digest=str(number),
            published_at=timezone.now(),
            expires_at=timezone.now(),
        )
    writer.get("/desk/policy/")

    with django_assert_num_queries(13):
        assert writer.get("/desk/policy/").status_code == 200
