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
from tests.elsewhere import while_it_waits
from tests.typing_in import boxes, carried

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
    kept = writer.post(page, typed(step="write") | carried(writer, page), follow=True)
    assert "<ins>Kept for 3 ans.</ins>" in kept.content.decode()

    assert writer.post(page, typed(step="submit") | carried(writer, page)).status_code == 302
    mine = writer.get(page).content.decode()
    assert 'value="publish" disabled' in mine
    assert writer.post(page, boxes(writer.get(page)) | {"step": "publish"}).status_code == 422
    assert publisher.post(page, boxes(publisher.get(page)) | {"step": "publish"}).headers["Location"] == "/desk/policy/"

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

    answer = writer.post(page, typed(step="write", body_en="A long text of an hour.") | carried(writer, page) | change)

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

    writer.post(page, typed(step="write", body_en="4111 1111 1111 1111") | carried(writer, page))

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


@pytest.fixture
def page() -> str:
    begun = signed_in().post("/desk/policy/", {"effective_on": typed()["effective_on"], "reason": "A new period"})
    return begun.headers["Location"]


def test_a_text_is_not_written_over_what_a_colleague_wrote_meanwhile(page):
    first, second = signed_in(), signed_in(UserRole.ADMIN)
    opened = boxes(second.get(page))
    first.post(page, typed(step="write", body_fr="Two years.") | carried(first, page))

    refused = second.post(page, opened | typed(step="write", body_nl="Ten years.", title_fr=opened["title_fr"][0]))
    assert refused.status_code == 422
    words = refused.content.decode()
    assert "Nothing was saved: somebody else changed this meanwhile." in words
    assert "What yours would change of it: Français" in words
    assert PolicyDraft.objects.get().texts.get(language="fr").body == "Two years."
    shown = boxes(refused)
    assert (shown["body_nl"], shown["title_fr"]) == (["Ten years."], ["Policy fr"])

    second.post(page, shown | {"step": "write", "body_fr": "Two years."})
    texts = {text.language: text.body for text in PolicyDraft.objects.get().texts.all()}
    assert (texts["fr"], texts["nl"]) == ("Two years.", "Ten years.")


def test_what_is_written_while_a_colleague_submits_the_draft_stays_on_the_page(page):
    first, second = signed_in(), signed_in(UserRole.ADMIN)
    first.post(page, typed(step="write") | carried(first, page))
    opened = boxes(second.get(page)) | {"step": "write"}
    first.post(page, boxes(first.get(page)) | {"step": "submit"})

    refused = second.post(page, opened | {"body_nl": "Words of an hour."})
    assert refused.status_code == 422
    assert "Words of an hour." in refused.content.decode()


def test_nobody_publishes_a_text_that_they_have_not_read(page):
    writer, publisher = signed_in(), signed_in(UserRole.ADMIN)
    writer.post(page, typed(step="submit") | carried(writer, page))
    opened = boxes(publisher.get(page)) | {"step": "publish"}
    writer.post(page, {"step": "take_back"})
    writer.post(page, typed(step="submit", body_en="For ever.") | carried(writer, page))

    for read in (opened, {"step": "publish"}, {"step": "publish", "submitted_at": "2026-13-01T00:00:00+01:00"}):
        refused = publisher.post(page, read)
        assert (refused.status_code, "submitted anew since you opened the page" in refused.content.decode()) == (422, True)
    assert not PolicyVersion.objects.exists()
    assert publisher.post(page, boxes(refused) | {"step": "publish"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_while_a_colleague_is_writing_is_told(page):
    writer, draft = signed_in(), PolicyDraft.objects.get()
    sent = boxes(writer.get(page)) | typed(step="write")

    def theirs() -> None:
        PolicyDraft.objects.select_for_update().get(pk=draft.pk)
        draft.texts.filter(language="en").update(body="Theirs.")

    assert while_it_waits(theirs, lambda: writer.post(page, sent).status_code) == 422
    assert draft.texts.get(language="en").body == "Theirs."
