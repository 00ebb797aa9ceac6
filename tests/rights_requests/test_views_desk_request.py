"""The page of one request, and every deed on it: done, refused in words, never twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import UserRole
from audit.actor import Actor
from audit.enums import ActorKind
from audit.models import Event
from letters.models import Letter
from rights_requests import services
from rights_requests.enums import ClaimStatus, Right, Status, TaskStatus, Verb
from rights_requests.models import ErasurePreview, IdentityClaim, Message, RightsRequest, Withholding
from rights_requests.views.desk_deeds import DEEDS
from tests.accounts import factories
from tests.rights_requests import cast, desk_cast
from tests.typing_in import boxes

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import User

pytestmark = pytest.mark.django_db

#: Session, user, request, tasks, agents, events, claims, withheld values, pauses, letters, messages, files, repeats, and the two figures
#: of the side list, and breaches reported about the case.
QUERIES = 17


@pytest.fixture
def agent() -> User:
    return factories.make_staff(name="Anaïs Lambert")


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    return factories.sign_in(client, agent)


@pytest.fixture
def colleague() -> User:
    return factories.make_staff(name="Karim Benali")


def open_page(desk: Client, case: RightsRequest) -> str:
    response = desk.get(reverse("desk_request_open", args=[case.reference]))
    assert response.status_code == 200
    return response.content.decode()


def act(desk: Client, case: RightsRequest, action: str, **data: str):
    return desk.post(reverse("desk_request_action", args=[case.reference, action]), data)


def looked_at(case: RightsRequest) -> dict[str, str]:
    return {"prepared_at": ErasurePreview.objects.get(request=case).prepared_at.isoformat()}


def status_of(case: RightsRequest) -> str:
    return RightsRequest.objects.get(pk=case.pk).status


def prepared(case: RightsRequest, by: User) -> ErasurePreview:
    services.propose_erasure(request_id=case.pk, agent_id=by.pk, actor=Actor(kind=ActorKind.STAFF, id=str(by.pk)), at=timezone.now())
    return ErasurePreview.objects.get(request=case)


# The page


@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("status", list(Status))
def test_the_page_opens_in_every_state(desk: Client, right: Right, status: Status) -> None:
    case = desk_cast.make_case(status, right)
    desk_cast.make_task(case)
    page = open_page(desk, case)
    assert case.reference in page
    assert str(status.label) in page


def test_the_name_is_masked_until_asked_for_and_asking_is_recorded(desk: Client, agent: User) -> None:
    case = desk_cast.make_case(email="nathalie@proximus.example")
    page = open_page(desk, case)
    assert "N•••• V••••" in page
    assert "Nathalie Vermeulen" not in page
    assert not Event.objects.filter(action="rights_request.name_shown").exists()
    shown = desk.post(reverse("desk_request_name", args=[case.reference]))
    assert "Nathalie Vermeulen" in shown.content.decode()
    assert "nathalie@proximus.example" in shown.content.decode()
    event = Event.objects.get(action="rights_request.name_shown")
    assert (event.about, event.actor_id) == (case.reference, str(agent.pk))
    assert "Name shown" in open_page(desk, case)
    assert desk.get(reverse("desk_request_name", args=[case.reference])).status_code == 405


def test_sources_show_counts_states_and_a_way_in(desk: Client) -> None:
    case = desk_cast.make_case()
    desk_cast.make_task(case, "accounts.contacts", result={"counts": {"contacts": 1204}})
    desk_cast.make_task(case, "accounts.invoices", result={"counts": {}})
    desk_cast.make_task(case, "accounts.messages", status=TaskStatus.WAITING, result={}, finished_at=None)
    page = open_page(desk, case)
    assert "1,204" in page
    assert "2 of 3 have answered" in page
    for words in ("Answered", "Being asked", "1 source found nothing"):
        assert words in page
    folded = page[page.index("1 source found nothing") :]
    assert "Invoices" in folded[: folded.index("</details>")]
    assert reverse("desk_request_source", args=[case.reference, "accounts.contacts"]) in page
    assert reverse("desk_request_source", args=[case.reference, "accounts.invoices"]) not in page


def test_the_due_date_is_shown_as_a_sum(desk: Client) -> None:
    case = desk_cast.make_case(days_ago=60)
    page = open_page(desk, case)
    assert re.search(r'class="sum sum-late"', page)
    assert "Was due" in page
    assert "days overdue" in page


def test_while_sources_answer_the_page_refreshes_that_part_and_then_itself(desk: Client) -> None:
    case = desk_cast.make_case(Status.COLLECTING)
    url = reverse("desk_request_open", args=[case.reference])
    assert f'hx-get="{url}"' in open_page(desk, case)
    assert "HX-Refresh" not in desk.get(url, headers={"hx-request": "true"}).headers
    RightsRequest.objects.filter(pk=case.pk).update(status=Status.IN_REVIEW)
    assert desk.get(url, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
    assert "hx-get" not in open_page(desk, case)


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_takes_the_same_queries_for_one_of_everything_and_for_thirty(
    desk: Client, agent: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    case = desk_cast.make_case()
    for number in range(count):
        desk_cast.make_task(case, f"gone.source{number}")
        Message.objects.create(request=case, author=agent, is_from_person=False, text="Hello", at=timezone.now())
        IdentityClaim.objects.create(request=case, value=f"C-{number}", made_at=timezone.now())
        Withholding.objects.create(
            request=case, source="accounts.contacts", part="contacts", row_key=str(number), column="name", by=agent, at=timezone.now()
        )
    open_page(desk, case)  # the session gets its form token once
    with django_assert_num_queries(QUERIES):
        open_page(desk, case)


# Deeds


def test_one_agent_answers_an_access_request(desk: Client) -> None:
    case = desk_cast.make_case()
    assert "One person may answer." in open_page(desk, case)
    response = act(desk, case, "answer")
    assert response.status_code == 302
    assert status_of(case) in {Status.CARRYING_OUT, Status.ANSWERED}


def test_the_second_of_two_agents_is_told_and_nothing_happens_twice(desk: Client) -> None:
    case = desk_cast.make_case()
    act(desk, case, "answer")
    now = status_of(case)
    response = act(desk, case, "answer")
    assert response.status_code == 422
    assert "The request has moved on" in response.content.decode()
    assert status_of(case) == now
    assert Event.objects.filter(action="rights_request.answer").count() == 1


def test_an_erasure_is_prepared_after_a_look_at_what_it_would_do(desk: Client, agent: User) -> None:
    factories.make_contact(email="gone@customer.example")
    case = desk_cast.make_case(right=Right.ERASURE, email="gone@customer.example")
    asked = desk.get(reverse("desk_request_action", args=[case.reference, "propose"]))
    assert "Nothing has been erased." in asked.content.decode()
    assert "Contacts" in asked.content.decode()
    assert status_of(case) == Status.IN_REVIEW
    assert desk.post(asked.request["PATH_INFO"], boxes(asked) | {"ground": "NOT_NECESSARY"}).status_code == 302
    assert status_of(case) == Status.AWAITING_APPROVAL
    assert ErasurePreview.objects.get(request=case).prepared_by == agent


def test_who_prepared_an_erasure_is_told_that_someone_else_approves(desk: Client, agent: User) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    prepared(case, agent)
    page = open_page(desk, case)
    assert "someone else approves" in page
    assert reverse("desk_request_action", args=[case.reference, "approve"]) not in page
    response = act(desk, case, "approve", **looked_at(case))
    assert response.status_code == 422
    assert "somebody other than the person who prepared it" in response.content.decode()
    assert status_of(case) == Status.AWAITING_APPROVAL


def test_a_colleague_approves_and_the_person_is_told_first(desk: Client, agent: User, colleague: User) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    prepared(case, colleague)
    page = open_page(desk, case)
    assert "Prepared by Karim Benali" in page
    assert reverse("desk_request_action", args=[case.reference, "approve"]) in page
    assert act(desk, case, "approve", **looked_at(case)).status_code == 302
    assert status_of(case) == Status.GRACE
    assert ErasurePreview.objects.get(request=case).approved_by == agent
    assert Letter.objects.filter(about=case.reference, event="erasure_notice").exists()
    page = open_page(desk, case)
    assert "Our mail to the person has not left yet" in page
    assert "can cancel until then" not in page
    cast.notices_left(case.reference, at=timezone.now())
    assert "can cancel until then" in open_page(desk, case)


def test_nobody_approves_a_list_that_they_have_not_seen(desk: Client, agent: User, colleague: User) -> None:
    """Sent back and prepared anew while the page was open, with other rows: those are looked at first."""
    case = desk_cast.make_case(right=Right.ERASURE)
    prepared(case, colleague)
    address = reverse("desk_request_action", args=[case.reference, "approve"])
    opened = boxes(desk.get(address))
    services.send_back(request_id=case.pk, actor=cast.staff_actor(colleague), at=timezone.now())
    prepared(case, colleague)

    refused = desk.post(address, opened)
    assert refused.status_code == 422
    assert "prepared anew since you opened the page" in refused.content.decode()
    assert desk.post(address, {}).status_code == 422
    assert status_of(case) == Status.AWAITING_APPROVAL
    assert desk.post(address, boxes(refused)).status_code == 302
    assert status_of(case) == Status.GRACE


def test_an_erasure_is_sent_back(desk: Client, colleague: User) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    prepared(case, colleague)
    assert act(desk, case, "send-back").status_code == 302
    assert status_of(case) == Status.IN_REVIEW
    assert not ErasurePreview.objects.filter(request=case).exists()


def test_kept_parts_name_ground_article_and_day(desk: Client, colleague: User) -> None:
    factories.make_invoice(email="gone@customer.example")
    case = desk_cast.make_case(right=Right.ERASURE, email="gone@customer.example")
    prepared(case, colleague)
    page = open_page(desk, case)
    assert "Duty of law (Art. 17(3)(b))" in page
    assert "Until Mon 31 December 2035" in page


def test_a_refusal_needs_a_ground_of_the_right_and_reasons(desk: Client) -> None:
    case = desk_cast.make_case()
    asked = desk.get(reverse("desk_request_action", args=[case.reference, "refuse"])).content.decode()
    assert "EXCESSIVE_REPEAT" in asked
    assert "NO_ERASURE_GROUND" not in asked
    empty = act(desk, case, "refuse", reason="")
    assert empty.status_code == 422
    assert "without one nothing can be refused" in empty.content.decode()
    wrong = act(desk, case, "refuse", ground="NO_ERASURE_GROUND", reason="You asked twice in a day.")
    assert wrong.status_code == 422
    assert "You asked twice in a day." in wrong.content.decode()
    assert status_of(case) == Status.IN_REVIEW
    bare = act(desk, case, "refuse", ground="EXCESSIVE_REPEAT", reason="You asked twice in a day.")
    assert (bare.status_code, 'id="id_evidence_error"' in bare.content.decode()) == (422, True)
    typed = {"ground": "EXCESSIVE_REPEAT", "reason": "You asked twice in a day.", "evidence": "R-1 was answered at noon."}
    assert act(desk, case, "refuse", **typed).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.ground) == (Status.REFUSED, "EXCESSIVE_REPEAT")
    assert Letter.objects.filter(about=case.reference, event="request_refused").count() == 1


def test_a_duty_of_law_needs_its_article_and_its_end(desk: Client) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    bare = act(desk, case, "refuse", ground="LEGAL_OBLIGATION", reason="Invoices alone.")
    assert bare.status_code == 422
    assert "Name the article." in bare.content.decode()
    assert "Give the day." in bare.content.decode()
    full = act(
        desk,
        case,
        "refuse",
        ground="LEGAL_OBLIGATION",
        reason="Invoices alone.",
        article="VAT Code, art. 60",
        until_on="2035-12-31",
    )
    assert full.status_code == 302
    assert status_of(case) == Status.REFUSED


def test_refusing_what_closed_meanwhile_keeps_the_reasons_that_were_typed(desk: Client) -> None:
    case = desk_cast.make_case(Status.ANSWERED)
    response = act(desk, case, "refuse", ground="UNFOUNDED", evidence="None.", reason="A long text that took an hour.")
    assert response.status_code == 422
    assert "A long text that took an hour." in response.content.decode()
    assert "The request has moved on" in response.content.decode()


def test_a_request_is_handed_over_and_taken_back_for_the_person(desk: Client, colleague: User) -> None:
    case = desk_cast.make_case()
    assert act(desk, case, "assign", agent=str(colleague.pk)).status_code == 302
    case.refresh_from_db()
    assert case.assigned_to == colleague
    assert act(desk, case, "assign", agent="not-an-agent").status_code == 422
    assert act(desk, case, "withdraw").status_code == 302
    assert status_of(case) == Status.WITHDRAWN
    assert act(desk, case, "withdraw").status_code == 422


def test_a_request_goes_only_to_somebody_of_the_desk(desk: Client) -> None:
    case = desk_cast.make_case()
    for stranger in (factories.make_user(), factories.make_staff(UserRole.HR)):
        assert act(desk, case, "assign", agent=str(stranger.pk)).status_code == 422
    case.refresh_from_db()
    assert case.assigned_to is None


def test_the_helpdesk_writes_and_the_person_is_told(desk: Client, agent: User) -> None:
    case = desk_cast.make_case()
    assert act(desk, case, "message", text="Which account do you mean?").status_code == 302
    message = Message.objects.get(request=case)
    assert (message.author, message.is_from_person) == (agent, False)
    assert Letter.objects.filter(about=case.reference, event="new_message").exists()
    assert "Which account do you mean?" in open_page(desk, case)
    empty = act(desk, case, "message", text=" ")
    assert empty.status_code == 422
    assert "Write something first." in empty.content.decode()


def test_the_form_of_a_message_says_how_it_reaches_the_person(desk: Client) -> None:
    by_mail = desk_cast.make_case()
    by_post = desk_cast.make_case()
    RightsRequest.objects.filter(pk=by_post.pk).update(email="", postal_address="Stationsstraat 1, 1700 Dilbeek")
    mailed, posted = "The person gets a mail that says you wrote", "Your words become a letter"
    page = open_page(desk, by_mail)
    assert (mailed in page, posted in page) == (True, False)
    page = open_page(desk, by_post)
    assert (mailed in page, posted in page) == (False, True)
    page = act(desk, by_post, "message", text=" ").content.decode()
    assert (mailed in page, posted in page) == (False, True)


def test_the_page_says_how_who_asks_was_recognised_as_what_was_done(desk: Client) -> None:
    case = desk_cast.make_case(Status.IN_REVIEW)
    page = open_page(desk, case)
    assert "Confirmed by our link to the address" in page
    assert "Link sent to the address" not in page


@pytest.mark.parametrize("is_demo", [True, False])
def test_only_the_demo_says_that_the_waiting_time_is_shortened(desk: Client, agent: User, colleague: User, settings, is_demo: bool) -> None:
    settings.IS_DEMO = is_demo
    case = desk_cast.make_case(Status.IN_REVIEW, Right.ERASURE)
    prepared(case, agent)
    assert ("shortened in this demo" in open_page(desk, case)) == is_demo
    services.approve_erasure(
        request_id=case.pk, agent_id=colleague.pk, actor=Actor(kind=ActorKind.STAFF, id=str(colleague.pk)), at=timezone.now()
    )
    assert ("shortened in this demo" in open_page(desk, case)) == is_demo
    cast.notices_left(case.reference, at=timezone.now())
    assert ("shortened in this demo" in open_page(desk, case)) == is_demo


def test_a_claimed_address_is_asked_by_a_link_and_never_believed(desk: Client) -> None:
    case = desk_cast.make_case()
    claim = IdentityClaim.objects.create(request=case, value="old@telenet.example", made_at=timezone.now())
    page = open_page(desk, case)
    assert "Ask old@telenet.example by a link" in page
    assert "Accept old@telenet.example" not in page
    forced = act(desk, case, "claim", claim=str(claim.pk), step="accept")
    assert forced.status_code == 422
    assert "proved by its mailbox alone" in forced.content.decode()
    assert act(desk, case, "claim", claim=str(claim.pk), step="ask").status_code == 302
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.ASKED
    assert Letter.objects.get(event="claim_address").recipient == "old@telenet.example"


@pytest.mark.parametrize(("step", "status"), [("accept", ClaimStatus.CONFIRMED), ("reject", ClaimStatus.REJECTED)])
def test_a_claimed_number_is_accepted_or_rejected(desk: Client, step: str, status: ClaimStatus) -> None:
    case = desk_cast.make_case()
    claim = IdentityClaim.objects.create(request=case, value="+32 2 555 01 40", made_at=timezone.now())
    assert "Accept +32 2 555 01 40" in open_page(desk, case)
    assert act(desk, case, "claim", claim=str(claim.pk), step=step).status_code == 302
    claim.refresh_from_db()
    assert claim.status == status
    assert act(desk, case, "claim", claim=str(claim.pk), step=step).status_code == 422


def test_a_customer_number_stays_what_somebody_says(desk: Client) -> None:
    case = desk_cast.make_case()
    claim = IdentityClaim.objects.create(request=case, value="K-1042", made_at=timezone.now())
    page = open_page(desk, case)
    assert "Reject K-1042" in page
    assert "Accept K-1042" not in page
    forced = act(desk, case, "claim", claim=str(claim.pk), step="accept")
    assert forced.status_code == 422
    assert "This is not a telephone number" in forced.content.decode()
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.OPEN


def test_a_claim_or_task_of_another_request_is_not_there(desk: Client) -> None:
    case, other = desk_cast.make_case(), desk_cast.make_case()
    claim = IdentityClaim.objects.create(request=other, value="K-1042", made_at=timezone.now())
    task = desk_cast.make_task(other, status=TaskStatus.MANUAL, finished_at=None, result={})
    assert act(desk, case, "claim", claim=str(claim.pk), step="accept").status_code == 404
    assert act(desk, case, "task", task=str(task.pk), step="done", rows="1").status_code == 404


def test_what_a_source_cannot_do_itself_is_done_by_hand(desk: Client) -> None:
    case = desk_cast.make_case(Status.COLLECTING)
    task = desk_cast.make_task(case, status=TaskStatus.MANUAL, finished_at=None, result={})
    page = open_page(desk, case)
    assert "Waiting for a person" in page
    without = act(desk, case, "task", task=str(task.pk), step="done")
    assert without.status_code == 422
    assert "How many rows? Write 0 for none." in without.content.decode()
    assert act(desk, case, "task", task=str(task.pk), step="done", rows="4").status_code == 302
    task.refresh_from_db()
    assert task.status == TaskStatus.DONE
    assert sum(task.result["counts"].values()) == 4
    assert act(desk, case, "task", task=str(task.pk), step="done", rows="4").status_code == 422


def test_leftovers_of_the_second_look_are_reported_and_tried_again(desk: Client) -> None:
    case = desk_cast.make_case(Status.CARRYING_OUT, Right.ERASURE)
    desk_cast.make_task(case, verb=Verb.ERASE, result={"parts": []})
    task = desk_cast.make_task(
        case,
        verb=Verb.RECHECK,
        status=TaskStatus.MANUAL,
        finished_at=None,
        result={"counts": {"contacts": 2}, "leftovers": {"contacts": 2}},
        error="leftovers",
    )
    page = open_page(desk, case)
    assert "2 rows are left over" in page
    assert act(desk, case, "task", task=str(task.pk), step="again").status_code == 302
    task.refresh_from_db()
    assert task.status == TaskStatus.WAITING


def test_a_new_link_is_sent_while_nobody_confirmed(desk: Client) -> None:
    case = desk_cast.make_case(Status.AWAITING_IDENTITY)
    assert act(desk, case, "link-again").status_code == 302
    assert Letter.objects.filter(about=case.reference, event="confirm_request").count() == 1
    shown = desk_cast.make_case(Status.IN_REVIEW)
    assert act(desk, shown, "link-again").status_code == 422


def test_sources_are_asked_again(desk: Client) -> None:
    case = desk_cast.make_case()
    desk_cast.make_task(case)
    assert act(desk, case, "ask-again").status_code == 302
    assert status_of(case) == Status.COLLECTING


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_every_deed_is_a_post_and_a_page_that_asks_changes_nothing(desk: Client, action: str) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    before = RightsRequest.objects.values().get(pk=case.pk)
    response = desk.get(reverse("desk_request_action", args=[case.reference, action]))
    assert response.status_code == (200 if DEEDS[action].page else 404)
    assert RightsRequest.objects.values().get(pk=case.pk) == before


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_every_deed_is_refused_to_everybody_else(action: str) -> None:
    case = desk_cast.make_case(right=Right.ERASURE)
    before = RightsRequest.objects.values().get(pk=case.pk)
    assert act(Client(), case, action).status_code == 302
    assert act(factories.sign_in(Client(), factories.make_user()), case, action).status_code == 404
    assert act(desk_cast.agent_client(Client(), UserRole.HR)[0], case, action).status_code == 404
    assert RightsRequest.objects.values().get(pk=case.pk) == before


def test_an_unknown_deed_or_request_is_not_there(desk: Client) -> None:
    case = desk_cast.make_case()
    assert act(desk, case, "destroy").status_code == 404
    assert desk.get(reverse("desk_request_open", args=["R-0000-00"])).status_code == 404
